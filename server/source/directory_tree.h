// Reads a directory tree as it stood at one instant.
#ifndef PORTCULLIS_SERVER_SOURCE_DIRECTORY_TREE_H_
#define PORTCULLIS_SERVER_SOURCE_DIRECTORY_TREE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "server/source/file_system.h"
#include "server/source/policy_source.h"

namespace portcullis::source {

// Each limit has an error of its own.
struct DirectoryTreeOptions {
  std::string root;
  std::vector<std::string> extensions;  // ".yaml"; empty: every file.
  size_t file_bytes_max = size_t{32} << 20;
  size_t total_bytes_max = size_t{1} << 30;
  size_t files_max = 200'000;
  size_t depth_max = 16;
  // Whether contents are remembered between readings. Policies are not: they are understood once,
  // and their text would be a third of all the memory that they need.
  bool keep_contents = true;
};

// The names and states of all files of a tree, without their contents.
struct TreeListing {
  struct File {
    std::string name;  // Relative to the root.
    FileInfo info;
    friend bool operator==(const File&, const File&) = default;
  };
  // Kubernetes' way to change many files at once: the root holds a symbolic link `..data` to the
  // directory with the files, and a change replaces the link. Empty if there is none.
  std::string data_link;
  std::vector<File> files;               // Sorted by name.
  std::vector<std::string> directories;  // As paths, the root first.

  friend bool operator==(const TreeListing&, const TreeListing&) = default;
};

// One directory tree, read again and again; files that have not changed are not read again. Hidden
// entries (a leading dot) are not part of the tree. Symbolic links to files are followed; links to
// directories and special files are errors, because leaving them out would leave policies out.
//
// Used by one thread at a time.
class DirectoryTree {
 public:
  DirectoryTree(FileSystem& files, DirectoryTreeOptions options);

  // Lists the tree. UNAVAILABLE if it changed meanwhile.
  absl::StatusOr<TreeListing> List();

  // The contents of everything in `listing`, sorted by name. UNAVAILABLE if something vanished.
  // They belong together only if List() still returns the same afterwards.
  //
  // With `keep_contents`, everything has its content; without, what is unchanged has it only if
  // somebody else still holds it.
  absl::StatusOr<std::vector<SourceDocument>> Read(const TreeListing& listing);

  // The content of a document that Read() gave last. UNAVAILABLE if the file has another one now.
  absl::StatusOr<std::shared_ptr<const std::string>> ReadAgain(const SourceDocument& document);

  const std::string& root() const { return options_.root; }

 private:
  // A file read before. It counts as unchanged while its state is the same and that state was not
  // so new when it was read that a later change could have left the same times.
  struct Known {
    FileInfo info;
    absl::Time read_at;
    SourceDocument document;                   // Without its content unless that is kept.
    std::weak_ptr<const std::string> content;  // Equal contents are one object while it lives.
  };

  absl::Status ListInto(const std::string& base, const std::string& relative, size_t depth,
                        TreeListing* listing);
  absl::Status AddEntry(const std::string& base, const std::string& name, size_t depth,
                        TreeListing* listing);
  bool HasExtension(std::string_view name) const;
  absl::StatusOr<SourceDocument> ReadOne(const std::string& name);
  Known Remember(const FileInfo& info, absl::Time read_at, const SourceDocument& document) const;
  static SourceDocument Recall(const Known& known);

  FileSystem& files_;
  DirectoryTreeOptions options_;
  std::string base_;  // Where the files of the last reading are.
  absl::flat_hash_map<std::string, Known> known_;
};

// The newest time of change in a listing, in nanoseconds since 1970.
int64_t NewestChangeNanoseconds(const TreeListing& listing);

}  // namespace portcullis::source

#endif  // PORTCULLIS_SERVER_SOURCE_DIRECTORY_TREE_H_
