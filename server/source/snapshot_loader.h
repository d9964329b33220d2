// From a reading to a snapshot.
#ifndef PORTCULLIS_SERVER_SOURCE_SNAPSHOT_LOADER_H_
#define PORTCULLIS_SERVER_SOURCE_SNAPSHOT_LOADER_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "server/source/definition_cache.h"
#include "server/source/policy_source.h"
#include "server/store/snapshot.h"
#include "server/store/snapshot_builder.h"

namespace portcullis::source {

struct SnapshotLoaderOptions {
  store::Quotas quotas;
  std::string partition = "aws";
  ParseLimits limits;
  size_t threads_max = 2;
};

// Parses and builds, and keeps what it needs to do less the next time. For the reload thread, and
// for commands that check a directory without serving it. Used by one thread at a time.
class SnapshotLoader {
 public:
  explicit SnapshotLoader(const SnapshotLoaderOptions& options);

  struct Result {
    std::shared_ptr<const store::Snapshot> snapshot;  // nullptr iff a diagnostic is an error.
    std::vector<store::SourceDiagnostic> diagnostics;
  };
  // Mistakes inside files come first: names are resolved only if every file could be understood.
  Result Load(const SourceReading& reading);

 private:
  SnapshotLoaderOptions options_;
  DefinitionCache cache_;
};

}  // namespace portcullis::source

#endif  // PORTCULLIS_SERVER_SOURCE_SNAPSHOT_LOADER_H_
