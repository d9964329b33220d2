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
    // OK, or why a content that the reading lacks could not be read again: UNAVAILABLE if the
    // reading is out of date.
    absl::Status readable;
    // nullptr iff a diagnostic is an error or the reading could not be read.
    std::shared_ptr<const store::Snapshot> snapshot;
    std::vector<store::SourceDiagnostic> diagnostics;
  };
  // Mistakes inside files come first: names are resolved only if every file could be understood.
  // `source` is where the reading came from; nullptr if no content is missing from it, as from the
  // first reading of a source.
  Result Load(const SourceReading& reading, PolicySource* source = nullptr);

 private:
  SnapshotLoaderOptions options_;
  DefinitionCache cache_;
};

}  // namespace portcullis::source

#endif  // PORTCULLIS_SERVER_SOURCE_SNAPSHOT_LOADER_H_
