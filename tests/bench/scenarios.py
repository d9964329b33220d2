"""What tests/bench/run measures: one scenario after the other, each a program and its options."""

import dataclasses
import json
import os
import pathlib
import subprocess
import tempfile
import time

import neighbours

ROOT = pathlib.Path(__file__).resolve().parents[2]
SECONDS_MAX = 3600


@dataclasses.dataclass(frozen=True)
class Scenario:
    name: str
    program: str
    filter: str = "."
    # With servers in processes of their own, which take turns within the benchmark.
    rounds: bool = False


SCENARIOS = [
    Scenario("decision", "bench_decision"),
    Scenario("session", "bench_session"),
    Scenario("door", "bench_door"),
    Scenario("signature", "bench_signature"),
    Scenario("identity_token", "bench_identity_token"),
    Scenario("activity", "bench_activity"),
    Scenario("memory", "bench_memory"),
    Scenario("contention", "bench_contention"),
    Scenario("rpc", "bench_rpc", "BM_Rpc", rounds=True),
    Scenario("check", "bench_rpc", "BM_Door", rounds=True),
    Scenario("batch", "bench_rpc", "BM_Batch", rounds=True),
    Scenario("stream", "bench_rpc", "BM_Stream", rounds=True),
    Scenario("open_loop", "bench_rpc", "BM_OpenLoop", rounds=True),
    Scenario("overload", "bench_rpc", "BM_Overload", rounds=True),
    Scenario("reloads", "bench_rpc", "BM_Reloads", rounds=True),
    Scenario("start", "bench_rpc", "BM_Start", rounds=True),
    Scenario("sidecar", "bench_rpc", "BM_Sidecar", rounds=True),
    Scenario("cerbos", "bench_rpc", "BM_Cerbos", rounds=True),
]


class Failed(Exception):
    """A benchmark that did not run, or gave a wrong answer."""


def run(scenario, bin_directory, quick, cerbos):
    """Returns {"when", "load", "loop_ms", "benchmarks": {name: {counter: number}}}, times in
    nanoseconds of processor time; medians. `loop_ms`: neighbours.loop_milliseconds() before and
    after."""
    with tempfile.TemporaryDirectory() as directory:
        out = pathlib.Path(directory) / "out.json"
        command = [str(bin_directory / scenario.program), f"--benchmark_filter={scenario.filter}",
                   f"--benchmark_out={out}", "--benchmark_out_format=json"]
        if scenario.rounds:
            command.append(f"--rounds={2 if quick else 9}")
        elif quick:
            command.append("--benchmark_min_time=0.05")
        else:
            command += ["--benchmark_repetitions=5",
                        "--benchmark_report_aggregates_only=true"]
        if scenario.name == "cerbos":
            if cerbos is None:
                raise Failed("Cerbos could not be installed")
            command.append(f"--cerbos={cerbos}")
        load = os.getloadavg()[0]
        loop_ms = [neighbours.loop_milliseconds()]
        started = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
        done = subprocess.run(command, cwd=ROOT, timeout=SECONDS_MAX, capture_output=True,
                              text=True, check=False)
        if done.returncode != 0 or not out.exists():
            raise Failed(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr[-2000:]}")
        benchmarks = medians(json.loads(out.read_text(encoding="utf-8")))
        loop_ms.append(neighbours.loop_milliseconds())
        return {"when": started, "load": load, "loop_ms": loop_ms, "quick": quick,
                "benchmarks": benchmarks}


def medians(report):
    result = {}
    for entry in report["benchmarks"]:
        if entry.get("error_occurred"):
            raise Failed(f"{entry['name']}: {entry['error_message']}")
        if entry.get("run_type") == "aggregate" and entry["aggregate_name"] != "median":
            continue
        scale = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}[entry["time_unit"]]
        counters = {key: value for key, value in entry.items()
                    if isinstance(value, (int, float)) and not isinstance(value, bool)}
        counters["ns"] = entry["cpu_time"] * scale
        counters["wall_ns"] = entry["real_time"] * scale
        result[plain_name(entry.get("run_name", entry["name"]))] = counters
    return result


def plain_name(name):
    """"BM_Rpc/tcp/16" of "BM_Rpc/tcp/16/iterations:1/real_time"."""
    parts = [part for part in name.split("/")
             if not part.startswith(("iterations:", "min_time:")) and part != "real_time"]
    return "/".join(parts)
