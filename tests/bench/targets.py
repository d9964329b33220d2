"""What the figures must reach, and whether they do."""

import dataclasses
import statistics

IN_FLIGHT = (1, 16, 64, 256)
CERBOS_POLICIES = (10, 1000, 10_000)
TRANSPORTS = [("BM_Rpc/tcp", "principal asserted, TCP"), ("BM_Rpc/unix", "the same, Unix socket"),
              ("BM_Rpc/tls", "the same, TLS"), ("BM_Rpc_Token/tcp", "session token, TCP"),
              ("BM_Rpc_Token/unix", "the same, Unix socket")]


STREAM_FLIGHTS = (16, 64, 256)
STREAM_TRANSPORTS = [("BM_StreamAuthorize/tcp", "TCP"), ("BM_StreamAuthorize/unix", "Unix socket")]


@dataclasses.dataclass(frozen=True)
class Target:
    what: str
    relation: str  # "<=" or ">="
    bound: float
    measured: float
    unit: str = ""
    digits: int = 2

    def is_met(self):
        return (self.measured <= self.bound if self.relation == "<=" else
                self.measured >= self.bound)


class Figures:
    """Results by benchmark, with a word for what is missing."""

    def __init__(self, results):
        self._all = {}
        for result in results.values():
            self._all.update(result.get("benchmarks", {}))

    def has(self, benchmark):
        return benchmark in self._all

    def get(self, benchmark, counter):
        return self._all[benchmark][counter]

    def has_counter(self, benchmark, counter):
        return counter in self._all.get(benchmark, {})

    def names(self, prefix):
        return [name for name in self._all if name.startswith(prefix)]

    def each(self, benchmark, arguments, counter):
        return [self.get(f"{benchmark}/{argument}", counter) for argument in arguments]

    def ratio(self, benchmark, *others):
        """The median of the runs' own ratios of a time to the sum of others."""
        times = [self.get(name, "ns_of_runs") for name in (benchmark, *others)]
        return statistics.median(time / sum(rest) for time, *rest in zip(*times))


def all_targets(figures, trace):
    """Those whose benchmarks were run, and the names of the groups whose were not."""
    targets, missing = [], []
    for group in (rpc, cerbos, batch, stream, decision, start, reloads, sidecar, overload):
        try:
            targets += group(figures)
        except KeyError:
            missing.append(group.__name__)
    if trace is None:
        missing.append("trace")
    else:
        targets.append(Target("cache lines that requests of one thread write and those of "
                              "another touch", "<=", 0, trace["shared"],
                              digits=0))
    return targets, missing


def rpc(figures):
    targets = []
    for benchmark, name in TRANSPORTS:
        def worst(counter, choose, subject=benchmark):
            return choose(figures.each(subject, IN_FLIGHT, counter))
        prefix = f"Authorize to empty RPC, {name}, worst of 1 to 256 in flight: "
        targets += [
            Target(prefix + "throughput", ">=", 0.92, worst("authorize_rps_ratio", min)),
            Target(prefix + "server CPU", "<=", 1.10, worst("authorize_cpu_us_ratio", max)),
            Target(prefix + "p99", "<=", 1.15, worst("authorize_p99_us_ratio", max))]
    return targets


def cerbos(figures):
    targets = []
    for policies in CERBOS_POLICIES:
        name = f"BM_Cerbos/{policies}"
        def get(counter, subject=name):
            return figures.get(subject, counter)
        flights = IN_FLIGHT[1:]
        prefix = f"Cerbos, {policies:,} policies: "
        targets += [
            Target(prefix + "its CPU per decision to ours", ">=", 12,
                   min(get(f"at_{n}_cerbos_cpu_us_ratio") for n in flights), digits=1),
            Target(prefix + "our throughput to its", ">=", 6,
                   min(1 / get(f"at_{n}_cerbos_rps_ratio") for n in flights), digits=1),
            Target(prefix + "changed file served", "<=", 0.5, get("portcullis_changed_seconds"),
                   "s"),
            Target(prefix + "our memory under load to its", "<=", 0.5,
                   get("portcullis_load_mb") / get("cerbos_load_mb"))]
        if policies == CERBOS_POLICIES[-1]:
            targets.append(Target(prefix + "its time to ready to ours", ">=", 10,
                                  get("cerbos_ready_seconds") / get("portcullis_ready_seconds"),
                                  digits=1))
    return targets


def batch(figures):
    return [Target(f"BatchAuthorize, batches of {count}: decisions per second, one client", ">=",
                   1_000_000, max(figures.get(f"BM_Batch/{count}", "batch_rps"),
                                  figures.get(f"BM_Batch/{count}", "two_queues_rps")), digits=0)
            for count in (100, 500)]


def stream(figures):
    return [Target(f"StreamAuthorize to Authorize, {name}, worst of 16 to 256 in flight: "
                   "throughput", ">=", 1.5,
                   min(figures.each(benchmark, STREAM_FLIGHTS, "gathering_rps_ratio")))
            for benchmark, name in STREAM_TRANSPORTS]


def decision(figures):
    def nanoseconds(benchmark):
        return figures.get(benchmark, "ns")

    def flat(benchmark, arguments):
        first, *more = (f"{benchmark}/{argument}" for argument in arguments)
        return max(figures.ratio(name, first) for name in more)

    in_store = "BM_Authorize_PoliciesInStore"
    allocations = max(figures.get(name, "allocations") for name in (
        f"{in_store}/10", f"{in_store}/1000000", "BM_Authorize_RoleSession",
        "BM_Authorize_ResourcePolicies/10000", "BM_Authorize_ImplicitDeny"))
    return [
        Target("one decision, 10 policies with a condition", "<=", 400,
               nanoseconds(f"{in_store}/10"), "ns", 0),
        Target("role session with boundary, session policy, resource policy", "<=", 1500,
               nanoseconds("BM_Authorize_RoleSession"), "ns", 0),
        Target("flat: 10 to 1,000,000 policies in the store", "<=", 1.3,
               flat(in_store, (10, 1000, 100_000, 1_000_000))),
        # Nothing is flat that has to be fetched from memory; but no more than that may be added.
        Target("the same, every question about another caller, to the first with three dependent "
               "reads from as much memory", "<=", 1.3,
               figures.ratio(f"{in_store}_EveryTimeAnotherCaller/1000000",
                             f"{in_store}_EveryTimeAnotherCaller/10",
                             "BM_Reference_DependentReads/1000000/large_pages:0")),
        Target("flat: 1 to 10,000 statements on the caller", "<=", 1.3,
               flat("BM_Authorize_StatementsOnPrincipal", (1, 10, 100, 1000, 10_000))),
        Target("flat: 10 to 1,000,000 principals", "<=", 1.3,
               flat("BM_Authorize_PrincipalsInStore", (10, 10_000, 1_000_000))),
        Target("flat: 1 to 10,000 resource policies", "<=", 1.3,
               flat("BM_Authorize_ResourcePolicies", (1, 100, 10_000))),
        Target("heap allocations of a decision", "<=", 0, allocations, digits=0)]


def start(figures):
    def get(counter):
        return figures.get("BM_Start_ManyPolicies", counter)
    return [
        Target("100,000 policies of YAML, start to ready", "<=", 10, get("cold_seconds"), "s"),
        Target("one file of them changed, served", "<=", 0.3, get("changed_seconds"), "s"),
        Target("most memory while that is read, to that after the start", "<=", 1.3,
               get("reload_peak_ratio_max")),
        Target("memory of the server per statement", "<=", 700, get("bytes_per_statement"),
               "bytes", 0),
        Target("the same after nine changes", "<=", 700, get("bytes_per_statement_later"),
               "bytes", 0),
        Target("the same in the process, 1,000,000 statements", "<=", 700,
               figures.get("BM_Memory_PerStatement/1000000", "resident_bytes"), "bytes", 0)]


def reloads(figures):
    names = {0: "open loop, 5,000 per second", 1: "1 in flight", 16: "16 in flight"}
    targets = [Target(f"p99 while a file changes every 200 ms to quiet p99, {name}", "<=", 1.5,
                      figures.get(f"BM_Reloads/{argument}", "p99_ratio"))
               for argument, name in names.items()]
    # Otherwise the ratios say nothing.
    served = min(figures.get(f"BM_Reloads/{argument}", "reloads_per_second") for argument in names)
    return targets + [Target("meanwhile, changes served per second", ">=", 1, served, digits=1)]


def sidecar(figures):
    def get(counter):
        return figures.get("BM_Sidecar", counter)
    return [Target("the example: start to ready", "<=", 150, get("ready_ms"), "ms", 0),
            Target("the example: idle CPU", "<=", 0.2, get("idle_percent"), "%", 3),
            Target("the example: resident when idle", "<=", 40, get("idle_mb"), "MB", 1)]


def overload(figures):
    targets = []
    for burden in ("ordinary", "patterns"):
        for percent in (120, 150, 200):
            def get(counter, subject=f"BM_Overload/{burden}/{percent}"):
                return figures.get(subject, counter)
            recovery = get("recovery_seconds_max")
            name = f"{percent} % of capacity, {burden} questions"
            targets += [
                Target(f"at {name}: goodput to capacity", ">=", 0.9, get("goodput_share")),
                Target(f"after {name}: longest recovery", "<=", 1,
                       recovery if recovery >= 0 else float("inf"), "s")]
    return targets
