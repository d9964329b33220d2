// Directories and definitions for tests of sources.
#ifndef PORTCULLIS_TESTS_UNIT_SOURCE_SOURCE_HELPERS_H_
#define PORTCULLIS_TESTS_UNIT_SOURCE_SOURCE_HELPERS_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

#include "server/source/file_system.h"
#include "server/source/policy_source.h"
#include "server/source/schema.h"

namespace portcullis::source {

// A directory that is removed with everything in it. A name may lead into subdirectories, which are
// made as needed.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::string& path() const { return path_; }
  std::string Path(std::string_view name) const;
  void Write(std::string_view name, std::string_view content) const;
  void Remove(std::string_view name) const;
  // Replaces the link if there is one, as Kubernetes does: by renaming another over it.
  void Link(std::string_view name, std::string_view target) const;

 private:
  std::string path_;
};

// Fails the n-th call of any operation, and every one after it if `persistent`.
class FaultyFileSystem : public FileSystem {
 public:
  FaultyFileSystem(int failing_call, bool persistent)
      : failing_call_(failing_call), persistent_(persistent) {}

  bool fault_was_hit() const { return calls_ >= failing_call_; }
  int calls() const { return calls_; }
  // From now on the n-th call fails, counted from the first of all.
  void FailAt(int call) { failing_call_ = call; }
  // Makes files look as if nothing had happened to them lately.
  void ReportTimesBefore(absl::Duration age) { age_ = age; }
  // Runs before the n-th call, to change files in the middle of a reading.
  void BeforeCall(int call, std::function<void()> action) { actions_[call] = std::move(action); }

  absl::StatusOr<FileInfo> Stat(const std::string& path, Links links) override;
  absl::StatusOr<std::string> ReadLink(const std::string& path) override;
  absl::StatusOr<std::vector<std::string>> List(const std::string& path) override;
  absl::StatusOr<std::string> Read(const std::string& path, size_t bytes_max) override;

 private:
  bool FailsNow();

  int failing_call_;
  const bool persistent_;
  absl::Duration age_;
  int calls_ = 0;
  std::map<int, std::function<void()>> actions_;
};

SourceDocument MakeDocument(std::string_view name, std::string_view content);
SourceReading MakeReading(const std::map<std::string, std::string>& documents,
                          const std::map<std::string, std::string>& secrets = {});

// What the file `a.yaml` with this text means.
struct Parsed {
  std::shared_ptr<const store::FileDefinitions> definitions;
  std::vector<std::string> diagnostics;
};
Parsed ParseText(std::string_view text, const std::map<std::string, std::string>& documents = {},
                 const std::map<std::string, std::string>& secrets = {},
                 const ParseLimits& limits = ParseLimits());

std::shared_ptr<const session::KeyRing> TestKeyRing(uint8_t fill = 7);

// A small valid file: one account and one user with this name.
std::string SmallFile(std::string_view user = "ana");

}  // namespace portcullis::source

#endif  // PORTCULLIS_TESTS_UNIT_SOURCE_SOURCE_HELPERS_H_
