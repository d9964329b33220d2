#!/usr/bin/env python3
"""Puts decision vectors to a simulator and compares its answers, line by line.

Usage: tests/conformance/vectors/run.py [--vectors FILE] COMMAND [ARGUMENT]...

COMMAND reads one SimulateCustomPolicy request a line and writes one answer a line, for example
`build/bin/portcullis simulate-custom-policy`. Without --vectors the sample beside this file is
used.

A vector is `{"request": ..., "expect": "allowed" | "explicitDeny" | "implicitDeny"}`.
"""

import argparse
import gzip
import json
import pathlib
import subprocess
import sys

SAMPLE = pathlib.Path(__file__).resolve().parent / "sample.jsonl"
FAILURES_SHOWN_MAX = 20
SECONDS_MAX = 300


def read_vectors(path):
    open_file = gzip.open if path.suffix == ".gz" else open
    with open_file(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def judge(vector, answer_line):
    """Returns what is wrong with the answer, or None."""
    try:
        answer = json.loads(answer_line)
        decisions = [result["EvalDecision"] for result in answer["EvaluationResults"]]
    except (ValueError, KeyError, TypeError):
        return f"no usable answer: {answer_line[:200]}"
    if answer.get("Id") != vector["request"].get("Id"):
        return f"answers another question: Id is {answer.get('Id')}"
    if decisions != [vector["expect"]]:
        return f"expected {vector['expect']}, got {', '.join(decisions) or 'nothing'}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--vectors", type=pathlib.Path, default=SAMPLE)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    if not arguments.command:
        parser.error("which command answers the questions?")

    vectors = read_vectors(arguments.vectors)
    questions = "".join(json.dumps(vector["request"]) + "\n" for vector in vectors)
    try:
        run = subprocess.run(arguments.command, input=questions, capture_output=True, text=True,
                             check=False, timeout=SECONDS_MAX)
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"{arguments.command[0]}: {error}")
        print(f"vectors: 0 passed, {len(vectors)} failed ({arguments.vectors.name})")
        return 1
    answers = run.stdout.split("\n")[:-1]
    sys.stderr.write(run.stderr[-4000:])

    failures = []
    for number, vector in enumerate(vectors):
        problem = judge(vector, answers[number]) if number < len(answers) else "no answer"
        if problem:
            failures.append(f"{vector['request'].get('Id', number + 1)}: {problem}")
    passed = len(vectors) - len(failures)
    if len(answers) > len(vectors):
        failures.append(f"{len(answers) - len(vectors)} answers too many")
    if run.returncode != 0:
        failures.append(f"the command ended with {run.returncode}")
    for failure in failures[:FAILURES_SHOWN_MAX]:
        print(failure)
    if len(failures) > FAILURES_SHOWN_MAX:
        print(f"... and {len(failures) - FAILURES_SHOWN_MAX} more")
    print(f"vectors: {passed} passed, {len(failures)} failed "
          f"({arguments.vectors.name})")
    return 1 if failures or not vectors else 0


if __name__ == "__main__":
    sys.exit(main())
