// Policies in YAML files of a directory tree.
#ifndef PORTCULLIS_SERVER_SOURCE_YAML_DIRECTORY_SOURCE_H_
#define PORTCULLIS_SERVER_SOURCE_YAML_DIRECTORY_SOURCE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "server/source/directory_tree.h"
#include "server/source/policy_source.h"

namespace portcullis::source {

struct YamlDirectoryOptions {
  // `*.yaml` and `*.yml` below it are definitions; those and `*.json` can be referred to as policy
  // documents, `*.json` as key sets and `*.xml` as metadata.
  std::string policy_directory;
  // What `File` references of secrets are relative to. Empty: there are none.
  std::string secrets_directory;
  // Key files, `<id>.key`; a file `active` names the sealing key, otherwise the last id seals.
  // Empty: `fixed_key_ring` is used.
  std::string key_directory;
  std::shared_ptr<const session::KeyRing> fixed_key_ring;

  size_t file_bytes_max = size_t{32} << 20;
  size_t total_bytes_max = size_t{1} << 30;

  // A plain directory is taken as complete when nothing in it is newer than this: editors and
  // copies write files piece by piece. Not needed, and not used, for ConfigMap volumes. Keys are
  // not waited for: half of one is no key, and then the reading is begun anew.
  absl::Duration quiet_period = absl::Milliseconds(100);
  // How often a reading during which something changed is begun anew.
  int attempts_max = 8;
};

// Reads the three directories as one: a reading during which any of them changed is discarded and
// repeated; after `attempts_max` Load() gives up with UNAVAILABLE. A directory that is missing or
// empty is an error, never "no policies": a failed mount must not take rules away.
//
// Environment variables that begin with PORTCULLIS_SECRET_ are secrets of the reading, too.
class YamlDirectorySource : public PolicySource {
 public:
  // `files` must outlive this.
  YamlDirectorySource(FileSystem& files, YamlDirectoryOptions options);

  absl::StatusOr<SourceReading> Load() override;
  absl::StatusOr<std::shared_ptr<const std::string>> ReadAgain(
      const SourceDocument& document) override;

 private:
  struct Listings {
    TreeListing policies;
    TreeListing secrets;
    TreeListing keys;
    friend bool operator==(const Listings&, const Listings&) = default;
  };

  absl::StatusOr<Listings> ListAll();
  absl::StatusOr<SourceReading> ReadAll(const Listings& listings);
  // OK if `before` is still what the directories hold, UNAVAILABLE if not.
  absl::Status CheckUnchanged(const Listings& before);
  absl::Duration TimeUntilQuiet(const TreeListing& listing) const;

  YamlDirectoryOptions options_;
  DirectoryTree policies_;
  DirectoryTree secrets_;
  DirectoryTree keys_;
};

// Makes a ring of key files. INVALID_ARGUMENT if there is none, or for a malformed one.
absl::StatusOr<std::shared_ptr<const session::KeyRing>> KeyRingFromFiles(
    const std::vector<SourceDocument>& files);

}  // namespace portcullis::source

#endif  // PORTCULLIS_SERVER_SOURCE_YAML_DIRECTORY_SOURCE_H_
