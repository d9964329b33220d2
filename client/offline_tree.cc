#include "client/offline_tree.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"

#include "server/base/status_macros.h"
#include "server/federation/documents.h"
#include "server/session/key_ring.h"
#include "server/source/file_system.h"
#include "server/source/snapshot_loader.h"
#include "server/source/yaml_directory_source.h"

namespace portcullis::client {
namespace {

// Policies are checked as they would be served, which includes a key ring; this one seals nothing.
absl::StatusOr<std::shared_ptr<const session::KeyRing>> AnyKeyRing() {
  ASSIGN_OR_RETURN(session::KeyRingEntry entry,
                   session::KeyRing::ParseKeyFile("check", session::KeyRing::GenerateKeyFile()));
  std::vector<session::KeyRingEntry> entries;
  entries.push_back(std::move(entry));
  return session::KeyRing::Create(std::move(entries));
}

absl::StatusOr<source::SourceReading> ReadDirectory(const OfflineTreeOptions& options) {
  if (options.directory.empty()) return absl::InvalidArgumentError("the directory has no name");
  source::YamlDirectoryOptions reading;
  reading.policy_directory = options.directory;
  reading.secrets_directory = options.secrets;
  ASSIGN_OR_RETURN(reading.fixed_key_ring, AnyKeyRing());
  reading.quiet_period = absl::ZeroDuration();  // Whoever asks has finished writing.
  return source::YamlDirectorySource(source::FileSystem::System(), reading).Load();
}

}  // namespace

absl::StatusOr<OfflineTree> LoadOfflineTree(const OfflineTreeOptions& options) {
  ASSIGN_OR_RETURN(const source::SourceReading reading, ReadDirectory(options));
  source::SnapshotLoaderOptions loading;
  loading.limits.validate_jwks = federation::CheckKeySet;
  loading.limits.validate_saml_metadata = federation::CheckSamlMetadata;
  loading.limits.policy.allow_wildcard_trust_with_condition = options.allow_wildcard_trust;
  loading.threads_max = std::max(std::thread::hardware_concurrency(), 1U);
  source::SnapshotLoader::Result loaded = source::SnapshotLoader(loading).Load(reading);
  return OfflineTree{std::move(loaded.snapshot), std::move(loaded.diagnostics),
                     reading.documents.size()};
}

std::string PathInTree(const std::string& directory, const std::string& file) {
  return absl::StrCat(directory, directory.back() == '/' ? "" : "/", file);
}

}  // namespace portcullis::client
