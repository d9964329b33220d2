#include "tests/unit/source/source_helpers.h"

#include <filesystem>
#include <fstream>

#include "gtest/gtest.h"

#include "server/base/str_cat.h"
#include "server/source/digest.h"

namespace portcullis::source {

namespace fs = std::filesystem;

TemporaryDirectory::TemporaryDirectory() {
  std::string pattern = (fs::temp_directory_path() / "portcullis-XXXXXX").string();
  const char* made = mkdtemp(pattern.data());
  EXPECT_NE(made, nullptr);
  path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string TemporaryDirectory::Path(std::string_view name) const {
  return base::StrCat(path_, "/", name);
}

void TemporaryDirectory::Write(std::string_view name, std::string_view content) const {
  fs::create_directories(fs::path(Path(name)).parent_path());
  std::ofstream file(Path(name), std::ios::binary | std::ios::trunc);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  EXPECT_TRUE(file.good()) << name;
}

void TemporaryDirectory::Remove(std::string_view name) const {
  fs::remove_all(Path(name));
}

void TemporaryDirectory::Link(std::string_view name, std::string_view target) const {
  const std::string temporary = Path(base::StrCat(name, "_tmp"));
  fs::create_symlink(target, temporary);
  fs::rename(temporary, Path(name));
}

bool FaultyFileSystem::FailsNow() {
  ++calls_;
  if (const auto action = actions_.find(calls_); action != actions_.end()) action->second();
  return persistent_ ? calls_ >= failing_call_ : calls_ == failing_call_;
}

namespace {
absl::Status Fault() {
  return absl::DataLossError("injected fault");
}
}  // namespace

absl::StatusOr<FileInfo> FaultyFileSystem::Stat(const std::string& path, Links links) {
  if (FailsNow()) return Fault();
  auto info = System().Stat(path, links);
  if (info.ok()) {
    info->modified_nanoseconds -= absl::ToInt64Nanoseconds(age_);
    info->changed_nanoseconds -= absl::ToInt64Nanoseconds(age_);
  }
  return info;
}

absl::StatusOr<std::string> FaultyFileSystem::ReadLink(const std::string& path) {
  if (FailsNow()) return Fault();
  return System().ReadLink(path);
}

absl::StatusOr<std::vector<std::string>> FaultyFileSystem::List(const std::string& path) {
  if (FailsNow()) return Fault();
  return System().List(path);
}

absl::StatusOr<std::string> FaultyFileSystem::Read(const std::string& path, size_t bytes_max) {
  if (FailsNow()) return Fault();
  return System().Read(path, bytes_max);
}

SourceDocument MakeDocument(std::string_view name, std::string_view content) {
  return {std::make_shared<const std::string>(name), std::make_shared<const std::string>(content),
          DigestOf(content)};
}

SourceReading MakeReading(const std::map<std::string, std::string>& documents,
                          const std::map<std::string, std::string>& secrets) {
  SourceReading reading;
  for (const auto& [name, content] : documents) {
    reading.documents.push_back(MakeDocument(name, content));
  }
  for (const auto& [name, content] : secrets) {
    reading.secrets.push_back(MakeDocument(name, content));
  }
  reading.key_ring = TestKeyRing();
  DigestBuilder digest;
  for (const auto& document : reading.documents) digest.Add(document.digest);
  reading.digest = digest.Finish();
  return reading;
}

Parsed ParseText(std::string_view text, const std::map<std::string, std::string>& documents,
                 const std::map<std::string, std::string>& secrets, const ParseLimits& limits) {
  const SourceReading reading = MakeReading(documents, secrets);
  const auto find = [](const std::vector<SourceDocument>& list,
                       std::string_view name) -> const SourceDocument* {
    for (const SourceDocument& document : list) {
      if (*document.name == name) return &document;
    }
    return nullptr;
  };
  References references;
  references.document = [&](std::string_view name) { return find(reading.documents, name); };
  references.secret = [&](std::string_view name) { return find(reading.secrets, name); };
  const ParsedFile file = ParseDefinitions(MakeDocument("a.yaml", text), references, limits);
  Parsed parsed;
  parsed.definitions = file.definitions;
  for (const auto& diagnostic : file.diagnostics) {
    parsed.diagnostics.push_back(store::FormatSourceDiagnostic(diagnostic));
  }
  return parsed;
}

std::shared_ptr<const session::KeyRing> TestKeyRing(uint8_t fill) {
  session::KeyRingEntry entry;
  entry.id = "test";
  entry.material.fill(fill);
  return *session::KeyRing::Create({entry});
}

std::string SmallFile(std::string_view user) {
  return base::StrCat("Account: \"111111111111\"\nAccounts: [{AccountId: \"111111111111\"}]\n",
                      "Users: [{UserName: ", user, "}]\n");
}

}  // namespace portcullis::source
