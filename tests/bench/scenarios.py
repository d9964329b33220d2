"""What tests/bench/run measures: one scenario after the other, each a program and its options."""

import dataclasses
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

import neighbours

ROOT = pathlib.Path(__file__).resolve().parents[2]
SECONDS_MAX = 3600

# How often a program is run. A disturbance that lasts for a minute is then in one run of each of
# its benchmarks, not in all runs of some of them.
RUNS = 5
QUICK = 2  # Runs, and rounds, at most.


@dataclasses.dataclass(frozen=True)
class Scenario:
    name: str
    program: str
    filter: str = "."
    runs: int = RUNS
    # In each run, of servers in processes of their own, which take turns within the benchmark; 0
    # without any.
    rounds: int = 0


def with_servers(name, filter, runs=1, rounds=9):
    return Scenario(name, "bench_rpc", filter, runs, rounds)


SCENARIOS = [
    Scenario("decision", "bench_decision"),
    Scenario("session", "bench_session"),
    Scenario("door", "bench_door"),
    Scenario("signature", "bench_signature"),
    Scenario("identity_token", "bench_identity_token"),
    Scenario("activity", "bench_activity"),
    Scenario("memory", "bench_memory"),
    Scenario("contention", "bench_contention"),
    # Where in memory a process happens to lie makes several percent, more than what is measured.
    with_servers("rpc", "BM_Rpc", runs=30, rounds=1),
    with_servers("check", "BM_Door"),
    with_servers("batch", "BM_Batch"),
    with_servers("stream", "BM_Stream"),
    with_servers("open_loop", "BM_OpenLoop"),
    with_servers("overload", "BM_Overload"),
    with_servers("reloads", "BM_Reloads"),
    with_servers("start", "BM_Start"),
    with_servers("sidecar", "BM_Sidecar"),
    with_servers("cerbos", "BM_Cerbos"),
]


class Failed(Exception):
    """A benchmark that did not run, or gave a wrong answer."""


def run(scenario, bin_directory, quick, cerbos):
    """Returns {"when", "load", "loop_ms", "benchmarks": {name: {counter: number}}}: medians of the
    runs, "ns" processor time and "wall_ns" time, both in nanoseconds; "ns_of_runs", a list.
    `loop_ms`: neighbours.loop_milliseconds() before and after."""
    load = os.getloadavg()[0]
    loop_ms = [neighbours.loop_milliseconds()]
    started = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
    command = command_of(scenario, bin_directory, quick, cerbos)
    runs = min(scenario.runs, QUICK) if quick else scenario.runs
    benchmarks = medians([run_once(command) for _ in range(runs)])
    loop_ms.append(neighbours.loop_milliseconds())
    return {"when": started, "load": load, "loop_ms": loop_ms, "quick": quick,
            "benchmarks": benchmarks}


def command_of(scenario, bin_directory, quick, cerbos):
    command = [str(bin_directory / scenario.program), f"--benchmark_filter={scenario.filter}"]
    if scenario.rounds:
        command.append(f"--rounds={min(scenario.rounds, QUICK) if quick else scenario.rounds}")
    elif quick:
        command.append("--benchmark_min_time=0.05")
    else:
        # In a new process a decision takes a tenth longer for the better part of a second.
        command += ["--benchmark_min_warmup_time=0.7", "--benchmark_min_time=0.2"]
    if scenario.name == "cerbos":
        if cerbos is None:
            raise Failed("Cerbos could not be installed")
        command.append(f"--cerbos={cerbos}")
    return command


def run_once(command):
    """{name: {counter: number}} of one run of a program."""
    with tempfile.TemporaryDirectory() as directory:
        out = pathlib.Path(directory) / "out.json"
        done = subprocess.run([*command, f"--benchmark_out={out}", "--benchmark_out_format=json"],
                              cwd=ROOT, timeout=SECONDS_MAX, capture_output=True, text=True,
                              check=False)
        if done.returncode != 0 or not out.exists():
            raise Failed(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr[-2000:]}")
        return counters_by_name(json.loads(out.read_text(encoding="utf-8")))


def counters_by_name(report):
    result = {}
    for entry in report["benchmarks"]:
        if entry.get("error_occurred"):
            raise Failed(f"{entry['name']}: {entry['error_message']}")
        if entry.get("run_type") == "aggregate":
            continue
        scale = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}[entry["time_unit"]]
        counters = {key: value for key, value in entry.items()
                    if isinstance(value, (int, float)) and not isinstance(value, bool)}
        counters["ns"] = entry["cpu_time"] * scale
        counters["wall_ns"] = entry["real_time"] * scale
        result[plain_name(entry.get("run_name", entry["name"]))] = counters
    return result


def medians(runs):
    result = {}
    for name, counters in runs[0].items():
        result[name] = {counter: statistics.median(one[name][counter] for one in runs)
                        for counter in counters}
        result[name]["ns_of_runs"] = [one[name]["ns"] for one in runs]
    return result


def plain_name(name):
    """"BM_Rpc/tcp/16" of "BM_Rpc/tcp/16/iterations:1/real_time"."""
    parts = [part for part in name.split("/")
             if not part.startswith(("iterations:", "min_time:")) and part != "real_time"]
    return "/".join(parts)
