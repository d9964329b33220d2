"""The figures as Markdown."""

import targets as target_rules

CERBOS_FLIGHTS = (16, 64, 256)


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def number(value, digits=0):
    return f"{value:,.{digits}f}"


def milliseconds(microseconds):
    return number(microseconds / 1000, 2 if microseconds < 10_000 else 0)


def nanoseconds(value):
    """As one reads it."""
    for bound, divisor, unit, digits in ((10_000, 1, "ns", 0), (1e7, 1e3, "us", 1),
                                         (1e10, 1e6, "ms", 0)):
        if value < bound:
            return f"{number(value / divisor, digits)} {unit}"
    return f"{number(value / 1e9, 1)} s"


def render(results, trace, facts):
    """All tables whose benchmarks were run. `facts`: lines about machine and programs."""
    figures = target_rules.Figures(results)
    all_targets, missing = target_rules.all_targets(figures, trace)
    parts = ["\n".join(f"- {fact}" for fact in facts) + "\n",
             "### Targets\n", targets_table(all_targets)]
    if missing:
        parts.append(f"Not measured: {', '.join(missing)}.\n")
    for section in (rpc, batch, stream, cerbos, loads, reloads, start, sidecar, check, in_process):
        text = section(figures)
        if text:
            parts.append(text)
    if trace is not None:
        parts.append(contention(trace))
    parts.append(times(results))
    return "\n".join(parts)


def targets_table(all_targets):
    rows = [[target.what,
             f"{'at most' if target.relation == '<=' else 'at least'} "
             f"{number(target.bound, decimals(target))} {target.unit}".rstrip(),
             f"{number(target.measured, target.digits)} {target.unit}".rstrip(),
             "met" if target.is_met() else "**not met**"] for target in all_targets]
    return table(["What", "Target", "Measured", ""], rows)


def decimals(target):
    return 0 if target.bound == int(target.bound) else max(target.digits, 1)


def rpc(figures):
    rows = []
    subjects = target_rules.TRANSPORTS + [("BM_Rpc_Audited", "asserted, TCP, audit log")]
    for benchmark, name in subjects:
        for flight in target_rules.IN_FLIGHT:
            row = f"{benchmark}/{flight}"
            if not figures.has(row):
                continue

            def get(counter, subject=row):
                return figures.get(subject, counter)
            rows.append([
                name if flight == 1 else "", str(flight), number(get("empty_cpu_us"), 1),
                number(get("authorize_cpu_us"), 1), number(get("authorize_cpu_us_ratio"), 2),
                number(get("empty_rps")), number(get("authorize_rps")),
                number(get("authorize_rps_ratio"), 2), milliseconds(get("empty_p50_us")),
                milliseconds(get("authorize_p50_us")), milliseconds(get("empty_p99_us")),
                milliseconds(get("authorize_p99_us")), number(get("authorize_p99_us_ratio"), 2)])
    if not rows:
        return ""
    return "### Authorize over gRPC, next to an empty call\n\n" + table(
        ["Call", "in flight", "CPU us, empty", "ours", "ratio", "calls/s, empty", "ours", "ratio",
         "p50 ms, empty", "ours", "p99 ms, empty", "ours", "ratio"], rows)


def batch(figures):
    rows = []
    for name in figures.names("BM_Batch/"):
        count = name.split("/")[1]
        for subject, label in (("batch", "all allowed, one queue"),
                               ("two_queues", "all allowed, two queues"),
                               ("half_denied", "half denied, one queue"),
                               ("authorize", "Authorize, one by one")):
            rows.append([count, label, number(figures.get(name, f"{subject}_rps")),
                         number(figures.get(name, f"{subject}_cpu_us"), 2),
                         number(figures.get(name, f"{subject}_client_cpu_us"), 2),
                         milliseconds(figures.get(name, f"{subject}_p99_us"))])
    if not rows:
        return ""
    return "### BatchAuthorize through one client, 8 calls in flight\n\n" + table(
        ["Questions in a call", "", "decisions/s", "CPU us per decision", "client's",
         "p99 ms of a call"], rows)


def stream(figures):
    rows = [[name.split("/")[1]] + [number(figures.get(name, counter), digits)
                                    for counter, digits in (
                                        ("call_cpu_us", 1), ("stream_cpu_us", 1), ("call_rps", 0),
                                        ("stream_rps", 0), ("stream_rps_ratio", 2))]
            for name in figures.names("BM_Stream/")]
    if not rows:
        return ""
    return "### What a stream can save: constant answers by calls and by streams\n\n" + table(
        ["In flight", "CPU us, calls", "streams", "answers/s, calls", "streams", "ratio"],
        rows) + "\n" + stream_authorize(figures)


def stream_authorize(figures):
    rows = []
    for benchmark, name in target_rules.STREAM_TRANSPORTS:
        for flight in target_rules.STREAM_FLIGHTS:
            row = f"{benchmark}/{flight}"
            if not figures.has(row):
                continue
            rows.append([name if flight == target_rules.STREAM_FLIGHTS[0] else "", str(flight)] + [
                number(figures.get(row, counter), digits)
                for counter, digits in (
                    ("calls_cpu_us", 1), ("single_cpu_us", 1), ("gathering_cpu_us", 1),
                    ("calls_rps", 0), ("single_rps", 0), ("single_rps_ratio", 2),
                    ("gathering_rps", 0), ("gathering_rps_ratio", 2))])
    if not rows:
        return ""
    return "### Authorize by calls and by StreamAuthorize, 8 connections\n\n" + table(
        ["", "In flight", "CPU us, calls", "one question in a message", "all that wait",
         "decisions/s, calls", "one in a message", "ratio", "all that wait", "ratio"], rows)


def cerbos(figures):
    rows, starts = [], []
    for policies in target_rules.CERBOS_POLICIES:
        name = f"BM_Cerbos/{policies}"
        if not figures.has(name) or not figures.has_counter(name, "cerbos_load_mb"):
            continue

        def get(counter, subject=name):
            return figures.get(subject, counter)
        for flight in CERBOS_FLIGHTS:
            at = f"at_{flight}_"
            rows.append([
                number(policies) if flight == CERBOS_FLIGHTS[0] else "", str(flight),
                number(get(at + "cerbos_cpu_us")), number(get(at + "portcullis_cpu_us"), 1),
                number(get(at + "cerbos_cpu_us_ratio"), 1), number(get(at + "cerbos_rps")),
                number(get(at + "portcullis_rps")),
                number(1 / get(at + "cerbos_rps_ratio"), 1),
                milliseconds(get(at + "cerbos_p99_us")),
                milliseconds(get(at + "portcullis_p99_us"))])
        starts.append([number(policies)] + [
            f"{number(get('cerbos_' + what), digits)} / {number(get('portcullis_' + what), digits)}"
            for what, digits in (("ready_seconds", 2), ("start_mb", 0), ("load_mb", 0),
                                 ("changed_seconds", 2))])
    if not rows:
        return ""
    return "### Next to Cerbos\n\n" + table(
        ["Policies", "in flight", "CPU us, Cerbos", "ours", "ratio", "decisions/s, Cerbos", "ours",
         "ratio", "p99 ms, Cerbos", "ours"], rows) + "\n" + table(
        ["Policies", "s to ready, Cerbos / ours", "MB at start", "MB under load",
         "s until a changed file is served"], starts)


def loads(figures):
    rows = []
    for percent in (50, 80):
        name = f"BM_OpenLoop/{percent}"
        if not figures.has(name):
            continue
        for subject, label in (("empty", "empty call"), ("authorize", "Authorize")):
            rows.append([f"{percent} %", label] + [
                milliseconds(figures.get(name, f"{subject}_{part}_us"))
                for part in ("p50", "p99", "p999")] + [
                f"{number(figures.get(name, f'{subject}_unanswered') * 100, 2)} %"])
    text = ""
    if rows:
        text += "### Questions that come when they come\n\n" + table(
            ["Of capacity", "", "p50 ms", "p99 ms", "p99.9 ms", "refused or late, worst round"],
            rows)
    over = []
    for burden in ("ordinary", "patterns"):
        for percent in (120, 150, 200):
            name = f"BM_Overload/{burden}/{percent}"
            if not figures.has(name):
                continue
            def get(counter, subject=name):
                return figures.get(subject, counter)
            over.append([burden, f"{number(get('offered_share') * 100)} %",
                         number(get("capacity_calls_per_second") * get("questions_per_call")),
                         f"{number(get('goodput_share') * 100)} %",
                         f"{number(get('refused_share') * 100)} %",
                         f"{number(get('late_share') * 100)} %",
                         milliseconds(get("wait_of_right_us")),
                         number(get("client_lag_ms"), 1),
                         number(get("recovery_seconds"), 2),
                         number(get("recovery_seconds_max"), 2)])
    if over:
        text += "\n" + table(["Questions", "Offered, of capacity", "capacity, decisions/s",
                              "goodput, of capacity", "calls refused", "calls too late",
                              "ms until a right answer, median", "client's own lag, ms",
                              "s to recover", "longest"], over)
    return text


def reloads(figures):
    names = {0: "open loop, 5,000/s", 1: "1 in flight", 16: "16 in flight"}
    rows = [[label] + [milliseconds(figures.get(f"BM_Reloads/{argument}", counter)) for counter in (
        "quiet_p50_us", "reloading_p50_us", "quiet_p99_us", "reloading_p99_us")] +
        [number(figures.get(f"BM_Reloads/{argument}", "p99_ratio"), 2),
         number(figures.get(f"BM_Reloads/{argument}", "reloads_per_second"), 1)]
        for argument, label in names.items() if figures.has(f"BM_Reloads/{argument}")]
    if not rows:
        return ""
    return "### While a file of 10,000 policies changes every 200 ms\n\n" + table(
        ["Load", "p50 ms, quiet", "changing", "p99 ms, quiet", "changing", "ratio",
         "revisions served per second"], rows)


def start(figures):
    name = "BM_Start_ManyPolicies"
    if not figures.has(name):
        return ""

    def get(counter):
        return figures.get(name, counter)
    return f"### {number(get('policies'))} policies in {number(get('files'))} files\n\n" + table(
        ["s to ready", "s until a changed file is served", "longest", "MB resident",
         "bytes per statement", "after nine changes", "peak while reading a change, to the start",
         "highest"],
        [[number(get("cold_seconds"), 2), number(get("changed_seconds"), 3),
          number(get("changed_seconds_max"), 3), number(get("resident_mb")),
          number(get("bytes_per_statement")), number(get("bytes_per_statement_later")),
          number(get("reload_peak_ratio"), 2),
          number(get("reload_peak_ratio_max"), 2)]])


def sidecar(figures):
    name = "BM_Sidecar"
    if not figures.has(name):
        return ""

    def get(counter):
        return figures.get(name, counter)
    return "### The example as a sidecar\n\n" + table(
        ["ms to ready", "the first time", "idle CPU, %", "MB idle", "MB after 20,000 calls",
         "MB of program, with symbols"],
        [[number(get("ready_ms")), number(get("first_ready_ms")), number(get("idle_percent"), 3),
          number(get("idle_mb"), 1), number(get("used_mb"), 1), number(get("program_mb"), 1)]])


def check(figures):
    rows = []
    for flight in (16, 64):
        name = f"BM_Door_InFlight/{flight}"
        if not figures.has(name):
            continue
        for subject, label in (("empty", "empty call"), ("authorize", "Authorize, session token"),
                               ("bearer", "Check, session token"), ("signed", "Check, signed")):
            ratio = "" if subject == "empty" else number(
                figures.get(name, f"{subject}_cpu_us_ratio"), 2)
            rows.append([str(flight) if subject == "empty" else "", label,
                         number(figures.get(name, f"{subject}_cpu_us"), 1), ratio,
                         number(figures.get(name, f"{subject}_rps")),
                         milliseconds(figures.get(name, f"{subject}_p50_us")),
                         milliseconds(figures.get(name, f"{subject}_p99_us"))])
    if not rows:
        return ""
    return "### Envoy's Check\n\n" + table(
        ["In flight", "", "CPU us", "to empty", "calls/s", "p50 ms", "p99 ms"], rows)


def in_process(figures):
    rows = []
    for name in figures.names("BM_"):
        if name.startswith(("BM_Rpc", "BM_Door", "BM_Batch", "BM_Open", "BM_Over", "BM_Reload",
                            "BM_Start", "BM_Stream", "BM_Sidecar",
                            "BM_Cerbos")) or name.endswith(
                                ("_BigO", "_RMS")):
            continue
        allocations = (number(figures.get(name, "allocations"), 0)
                       if figures.has_counter(name, "allocations") else "")
        notes = ", ".join(f"{counter.replace('_', ' ')} {number(figures.get(name, counter))}"
                          for counter in ("resident_bytes", "allocated_bytes")
                          if figures.has_counter(name, counter))
        rows.append([f"`{name}`", nanoseconds(figures.get(name, "ns")), allocations, notes])
    if not rows:
        return ""
    return "### In the process\n\n" + table(["Benchmark", "time", "heap allocations", ""], rows)


def contention(trace):
    return ("### What threads share\n\n"
            f"Two threads answered {trace['requests']} requests each, half of them of a user of "
            "their own and half of one session, with metrics. Each wrote to "
            f"{trace['lines']} cache lines; {trace['shared']} of these are touched by the other "
            "thread, too, and written to in at least every tenth request; "
            f"{trace['seldom']} less often. With an audit log {trace['audited']['shared']}, of its "
            "queue.\n")


def times(results):
    rows = [[name, result["when"], result["commit"], number(result["load"], 1),
             " / ".join(number(taken, 1) for taken in result["loop_ms"])]
            for name, result in results.items()]
    return ("### When\n\n" + table(["Scenario", "UTC", "Commit", "load average before",
                                    "ms a fixed loop took, before / after"], rows) +
            "\nWhere a core is shared with another machine, the loop takes up to twice as long "
            "while that one is busy, and so does everything else.\n")
