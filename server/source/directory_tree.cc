#include "server/source/directory_tree.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/clock.h"

#include "server/base/status_macros.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/source/digest.h"

namespace portcullis::source {
namespace {

constexpr std::string_view kDataLink = "..data";

// Times of files have the resolution of the kernel's tick, or of whole seconds on some file
// systems.
constexpr absl::Duration kTimestampResolution = absl::Seconds(2);

std::string Join(const std::string& base, const std::string& name) {
  return name.empty() ? base : base::StrCat(base, "/", name);
}

// Something that was there a moment ago is gone: the tree is changing.
absl::Status Vanished(const absl::Status& status) {
  return absl::UnavailableError(
      base::StrCat("changed while it was being read: ", std::string(status.message())));
}

std::string BaseOf(const std::string& root, const TreeListing& listing) {
  return listing.data_link.empty() ? root : Join(root, listing.data_link);
}

}  // namespace

DirectoryTree::DirectoryTree(FileSystem& files, DirectoryTreeOptions options)
    : files_(files), options_(std::move(options)) {}

absl::StatusOr<TreeListing> DirectoryTree::List() {
  TreeListing listing;
  ASSIGN_OR_RETURN(const FileInfo root, files_.Stat(options_.root, FileSystem::Links::kFollow));
  if (root.kind != FileKind::kDirectory) {
    return absl::FailedPreconditionError(base::StrCat(options_.root, " is not a directory"));
  }
  auto link = files_.ReadLink(Join(options_.root, std::string(kDataLink)));
  if (link.ok()) {
    if (link->empty() || link->find('/') != std::string::npos) {
      return absl::FailedPreconditionError(base::StrCat(options_.root, "/..data points to ",
                                                        base::Quoted(*link),
                                                        ", not to a directory beside it"));
    }
    listing.data_link = *std::move(link);
  } else if (!absl::IsNotFound(link.status())) {
    return link.status();
  }
  listing.directories.push_back(options_.root);
  RETURN_IF_ERROR(ListInto(BaseOf(options_.root, listing), "", 0, &listing));
  std::sort(listing.files.begin(), listing.files.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return listing;
}

absl::Status DirectoryTree::ListInto(const std::string& base, const std::string& relative,
                                     size_t depth, TreeListing* listing) {
  if (depth > options_.depth_max) {
    return absl::ResourceExhaustedError(
        base::StrCat(Join(base, relative), " is deeper than ", options_.depth_max, " directories"));
  }
  const auto names = files_.List(Join(base, relative));
  if (!names.ok()) {
    // A root that is missing is an error to be told; what is below it was just listed.
    return absl::IsNotFound(names.status()) && (depth > 0 || !listing->data_link.empty())
               ? Vanished(names.status())
               : names.status();
  }
  for (const std::string& name : *names) {
    if (name.starts_with('.')) continue;
    RETURN_IF_ERROR(AddEntry(base, relative.empty() ? name : base::StrCat(relative, "/", name),
                             depth, listing));
  }
  return absl::OkStatus();
}

absl::Status DirectoryTree::AddEntry(const std::string& base, const std::string& name, size_t depth,
                                     TreeListing* listing) {
  const std::string path = Join(base, name);
  auto info = files_.Stat(path, FileSystem::Links::kReport);
  const bool is_link = info.ok() && info->kind == FileKind::kSymbolicLink;
  if (is_link) info = files_.Stat(path, FileSystem::Links::kFollow);
  if (!info.ok()) return absl::IsNotFound(info.status()) ? Vanished(info.status()) : info.status();
  switch (info->kind) {
    case FileKind::kDirectory:
      if (is_link) {
        return absl::FailedPreconditionError(
            base::StrCat(path, " is a symbolic link to a directory; such links are not followed"));
      }
      listing->directories.push_back(path);
      return ListInto(base, name, depth + 1, listing);
    case FileKind::kRegular:
      if (!HasExtension(name)) return absl::OkStatus();
      if (listing->files.size() >= options_.files_max) {
        return absl::ResourceExhaustedError(
            base::StrCat(options_.root, " holds more than ", options_.files_max, " files"));
      }
      listing->files.push_back({name, *info});
      return absl::OkStatus();
    case FileKind::kSymbolicLink:
    case FileKind::kOther:
      if (!HasExtension(name)) return absl::OkStatus();
      return absl::FailedPreconditionError(base::StrCat(path, " is not a regular file"));
  }
  return absl::OkStatus();
}

bool DirectoryTree::HasExtension(std::string_view name) const {
  return options_.extensions.empty() ||
         std::any_of(options_.extensions.begin(), options_.extensions.end(),
                     [&](const std::string& extension) { return name.ends_with(extension); });
}

absl::StatusOr<std::vector<SourceDocument>> DirectoryTree::Read(const TreeListing& listing) {
  base_ = BaseOf(options_.root, listing);
  size_t total = 0;
  for (const TreeListing::File& file : listing.files) {
    if (file.info.size_bytes > options_.file_bytes_max) {
      return absl::ResourceExhaustedError(
          base::StrCat(file.name, " has ", file.info.size_bytes, " bytes, more than the limit of ",
                       options_.file_bytes_max, " per file; divide it"));
    }
    total += file.info.size_bytes;
  }
  if (total > options_.total_bytes_max) {
    return absl::ResourceExhaustedError(base::StrCat(options_.root, " holds ", total,
                                                     " bytes, more than the limit of ",
                                                     options_.total_bytes_max));
  }
  std::vector<SourceDocument> documents;
  documents.reserve(listing.files.size());
  absl::flat_hash_map<std::string, Known> known;
  known.reserve(listing.files.size());
  for (const TreeListing::File& file : listing.files) {
    const auto before = known_.find(file.name);
    if (before != known_.end() && before->second.info == file.info &&
        absl::FromUnixNanos(file.info.changed_nanoseconds) <
            before->second.read_at - kTimestampResolution) {
      documents.push_back(Recall(before->second));
      known.emplace(file.name, before->second);
      continue;
    }
    const absl::Time read_at = absl::Now();
    ASSIGN_OR_RETURN(SourceDocument document, ReadOne(file.name));
    // Equal contents are what they were before, whatever became of the file's times.
    if (before != known_.end() && before->second.document.digest == document.digest) {
      document = Recall(before->second);
    }
    known.emplace(file.name, Remember(file.info, read_at, document));
    documents.push_back(std::move(document));
  }
  known_ = std::move(known);
  return documents;
}

SourceDocument DirectoryTree::Recall(const Known& known) {
  SourceDocument document = known.document;
  if (document.content == nullptr) document.content = known.content.lock();
  return document;
}

DirectoryTree::Known DirectoryTree::Remember(const FileInfo& info, absl::Time read_at,
                                             const SourceDocument& document) const {
  Known known{info, read_at, document, document.content};
  if (!options_.keep_contents) known.document.content = nullptr;
  return known;
}

absl::StatusOr<std::shared_ptr<const std::string>> DirectoryTree::ReadAgain(
    const SourceDocument& document) {
  ASSIGN_OR_RETURN(const SourceDocument now, ReadOne(*document.name));
  if (now.digest != document.digest) {
    return absl::UnavailableError(
        base::StrCat("changed while it was being read: ", *document.name));
  }
  if (const auto known = known_.find(*document.name); known != known_.end()) {
    known->second.content = now.content;
  }
  return now.content;
}

absl::StatusOr<SourceDocument> DirectoryTree::ReadOne(const std::string& name) {
  auto content = files_.Read(Join(base_, name), options_.file_bytes_max);
  if (!content.ok()) {
    return absl::IsNotFound(content.status()) ? Vanished(content.status()) : content.status();
  }
  SourceDocument document;
  document.name = std::make_shared<const std::string>(name);
  document.digest = DigestOf(*content);
  document.content = std::make_shared<const std::string>(*std::move(content));
  return document;
}

int64_t NewestChangeNanoseconds(const TreeListing& listing) {
  int64_t newest = 0;
  for (const TreeListing::File& file : listing.files) {
    newest = std::max({newest, file.info.changed_nanoseconds, file.info.modified_nanoseconds});
  }
  return newest;
}

}  // namespace portcullis::source
