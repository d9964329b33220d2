// A directory that appears whole, or not at all.
#ifndef PORTCULLIS_CLIENT_STAGED_DIRECTORY_H_
#define PORTCULLIS_CLIENT_STAGED_DIRECTORY_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace portcullis::client {

// Files are written to a hidden directory beside the target; Commit() renames it. Until then, and
// if anything fails, nothing is left behind and the target is as it was.
class StagedDirectory {
 public:
  // `target` must not exist, or be an empty directory; the directory that it is in must exist.
  // ALREADY_EXISTS, NOT_FOUND or what the system says otherwise.
  static absl::StatusOr<std::unique_ptr<StagedDirectory>> Create(const std::string& target);

  ~StagedDirectory();
  StagedDirectory(const StagedDirectory&) = delete;
  StagedDirectory& operator=(const StagedDirectory&) = delete;

  // Where the files are for now.
  const std::string& path() const { return path_; }

  // `name` is relative, without `..`; directories in it are made. A file of that name is replaced.
  absl::Status Write(const std::string& name, std::string_view content);

  // Puts the directory in its place. Nothing may be called afterwards.
  absl::Status Commit();

 private:
  StagedDirectory(std::string target, std::string path);

  const std::string target_;
  std::string path_;  // Empty after Commit().
};

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_STAGED_DIRECTORY_H_
