// What a large store weighs: bytes per ordinary policy statement, resident, and how long it takes
// to build. Prints counters; there is one iteration.

#include <malloc.h>
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "benchmark/benchmark.h"

#include "server/store/snapshot.h"
#include "tests/bench/world.h"

namespace portcullis::bench {
namespace {

// Bytes of this process in memory.
double ResidentBytes() {
  malloc_trim(0);  // Freed memory is not to be counted.
  std::FILE* const file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr) return 0;
  double size = 0;
  double resident = 0;
  const int read = std::fscanf(file, "%lf %lf", &size, &resident);  // In pages.
  std::fclose(file);
  return read == 2 ? resident * static_cast<double>(sysconf(_SC_PAGESIZE)) : 0;
}

double AllocatedBytes() {
  const struct mallinfo2 info = mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd);
}

// range(0) policies of one statement with one condition, ten to a user; the definitions that the
// snapshot was made from are gone. Per statement, so users and indexes are included.
void BM_Memory_PerStatement(benchmark::State& state) {
  const auto policy_count = static_cast<size_t>(state.range(0));
  for (auto _ : state) {
    const double resident = ResidentBytes();
    const double allocated = AllocatedBytes();
    World world;
    world.AddUsers(policy_count);
    const double with_definitions = ResidentBytes();
    world.Publish();
    const std::shared_ptr<const store::Snapshot> snapshot = world.store().Current();
    if (snapshot->statement_count() < policy_count) {
      state.SkipWithError("the snapshot does not hold every statement");
      return;
    }
    const auto count = static_cast<double>(policy_count);
    state.counters["resident_bytes"] = (ResidentBytes() - resident) / count;
    state.counters["allocated_bytes"] = (AllocatedBytes() - allocated) / count;
    state.counters["definitions_bytes"] = (with_definitions - resident) / count;
  }
}
BENCHMARK(BM_Memory_PerStatement)
    ->Arg(10'000)
    ->Arg(1'000'000)
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace portcullis::bench
