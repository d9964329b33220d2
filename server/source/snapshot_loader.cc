#include "server/source/snapshot_loader.h"

#include <utility>

namespace portcullis::source {

SnapshotLoader::SnapshotLoader(const SnapshotLoaderOptions& options)
    : options_(options), cache_(options.limits, options.threads_max) {}

SnapshotLoader::Result SnapshotLoader::Load(const SourceReading& reading, PolicySource* source) {
  DefinitionCache::Result parsed = cache_.Parse(reading, source);
  Result result;
  result.readable = parsed.readable;
  result.diagnostics = std::move(parsed.diagnostics);
  if (!parsed.ok) return result;
  store::SnapshotBuilder builder(options_.quotas);
  builder.SetPartition(options_.partition);
  builder.SetKeyRing(reading.key_ring);
  builder.SetDigest(reading.digest);
  for (auto& file : parsed.files) builder.Add(std::move(file));
  result.snapshot = builder.Build(&result.diagnostics);
  return result;
}

}  // namespace portcullis::source
