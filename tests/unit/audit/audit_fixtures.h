// Sinks and records that the tests of this directory share.
#ifndef PORTCULLIS_TESTS_UNIT_AUDIT_AUDIT_FIXTURES_H_
#define PORTCULLIS_TESTS_UNIT_AUDIT_AUDIT_FIXTURES_H_

#include <stdlib.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"

#include "server/audit/record.h"
#include "server/audit/sink.h"

namespace portcullis::audit {

// What a MemorySink was given; outlives the queue that owns the sink.
struct Memory {
  absl::Mutex mutex;
  std::string text;      // Guarded by `mutex`.
  bool blocked = false;  // Guarded by `mutex`; while true, Write() waits.
  std::atomic<bool> failing{false};
  std::atomic<int> attempts{0};
  std::atomic<int> flushes{0};
  std::atomic<int> reopens{0};

  void SetBlocked(bool value) {
    const absl::MutexLock lock(&mutex);
    blocked = value;
  }
  std::vector<std::string> Lines() {
    const absl::MutexLock lock(&mutex);
    std::vector<std::string> lines = absl::StrSplit(text, '\n');
    lines.pop_back();  // After the last newline.
    return lines;
  }
};

class MemorySink : public Sink {
 public:
  explicit MemorySink(Memory* memory, metrics::AuditSink label = metrics::AuditSink::kFile)
      : memory_(*memory), label_(label) {}

  absl::Status Write(std::string_view lines) override {
    ++memory_.attempts;
    const absl::MutexLock lock(&memory_.mutex);
    memory_.mutex.Await(absl::Condition(
        +[](bool* blocked) { return !*blocked; }, &memory_.blocked));
    if (memory_.failing) return absl::ResourceExhaustedError("disk full");
    memory_.text.append(lines);
    return absl::OkStatus();
  }
  absl::Status Flush() override {
    ++memory_.flushes;
    return absl::OkStatus();
  }
  void Reopen() override { ++memory_.reopens; }
  metrics::AuditSink label() const override { return label_; }

 private:
  Memory& memory_;
  const metrics::AuditSink label_;
};

// An allowed everyday decision with that id.
inline Record Allowed(const std::string& id) {
  Record record;
  record.event = Event::kAuthorize;
  record.outcome = Outcome::kAllow;
  record.principal_kind = policy::PrincipalKind::kUser;
  record.time = absl::FromUnixSeconds(1790000000);
  record.Set(Text::kDecisionId, id);
  return record;
}

inline Record Denied(const std::string& id) {
  Record record = Allowed(id);
  record.outcome = Outcome::kImplicitDeny;
  return record;
}

// A directory that disappears with the object.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "audit_test_XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string File(const std::string& name) const { return path_ + "/" + name; }
  std::string Read(const std::string& name) const {
    std::ifstream file(File(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

 private:
  std::string path_;
};

}  // namespace portcullis::audit

#endif  // PORTCULLIS_TESTS_UNIT_AUDIT_AUDIT_FIXTURES_H_
