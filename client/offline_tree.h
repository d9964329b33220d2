// Loads a directory of policies as a server would, without one.
#ifndef PORTCULLIS_CLIENT_OFFLINE_TREE_H_
#define PORTCULLIS_CLIENT_OFFLINE_TREE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "server/store/definitions.h"
#include "server/store/snapshot.h"

namespace portcullis::client {

struct OfflineTreeOptions {
  std::string directory;
  std::string secrets;  // Empty: none.
  bool allow_wildcard_trust = false;
};

struct OfflineTree {
  std::shared_ptr<const store::Snapshot> snapshot;  // nullptr iff a diagnostic is an error.
  std::vector<store::SourceDiagnostic> diagnostics;
  size_t file_count = 0;
};

// Reads, checks and builds. An error only if the directory cannot be read; mistakes in it are
// diagnostics, with files relative to it.
absl::StatusOr<OfflineTree> LoadOfflineTree(const OfflineTreeOptions& options);

// The file as the caller would name it, so that editors find it.
std::string PathInTree(const std::string& directory, const std::string& file);

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_OFFLINE_TREE_H_
