#include "tests/unit/client/import_helpers.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <unistd.h>

#include "gtest/gtest.h"

#include "client/account_export.h"
#include "client/offline_tree.h"

namespace portcullis::client {
namespace {

namespace fs = std::filesystem;

const store::Account& OwnAccount(const store::Snapshot& snapshot) {
  for (const auto& account : snapshot.accounts()) {
    if (!account->external) return *account;
  }
  ADD_FAILURE() << "there is no account";
  return *snapshot.accounts()[0];
}

std::string Printed(const absl::StatusOr<base::Shape>& shape) {
  EXPECT_TRUE(shape.ok()) << shape.status();
  if (!shape.ok()) return "";
  const absl::StatusOr<std::string> text = LayOutShape(*shape);
  EXPECT_TRUE(text.ok()) << text.status();
  return text.ok() ? *text : "";
}

}  // namespace

ScratchDirectory::ScratchDirectory() {
  static std::atomic<int> count = 0;
  path_ = fs::path(testing::TempDir()) /
          ("import-" + std::to_string(getpid()) + "-" + std::to_string(count++));
  fs::remove_all(path_);
  fs::create_directories(path_);
}

ScratchDirectory::~ScratchDirectory() {
  fs::remove_all(path_);
}

std::string ScratchDirectory::Path(std::string_view name) const {
  return path_ + "/" + std::string(name);
}

std::vector<std::string> ScratchDirectory::Names() const {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(path_)) {
    names.push_back(fs::relative(entry.path(), path_).string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string FileContents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  std::stringstream contents;
  contents << file.rdbuf();
  return contents.str();
}

std::map<std::string, std::string> TreeContents(const std::string& directory) {
  std::map<std::string, std::string> contents;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (!entry.is_regular_file()) continue;
    contents[fs::relative(entry.path(), directory).string()] = FileContents(entry.path());
  }
  return contents;
}

std::vector<std::string> Lines(const std::vector<ImportReport::Entry>& entries,
                               std::string_view severity) {
  std::vector<std::string> lines;
  for (const ImportReport::Entry& entry : entries) lines.push_back(entry.ToText(severity));
  return lines;
}

std::vector<std::string> Import(std::string_view details, const std::string& directory) {
  AwsImportInput input;
  input.details.push_back({"dump.json", std::string(details)});
  return Import(input, directory);
}

std::vector<std::string> Import(const AwsImportInput& input, const std::string& directory) {
  ImportReport report;
  AwsAccount account = ReadAwsAccount(input, &report);
  const auto result = WriteAwsAccount(std::move(account), directory, false, &report);
  if (!result.ok()) return {std::string(result.status().message())};
  EXPECT_EQ(result->written, !report.has_errors());
  return Lines(report.errors(), "error");
}

std::shared_ptr<const store::Snapshot> Load(const std::string& directory) {
  OfflineTreeOptions options;
  options.directory = directory;
  const auto tree = LoadOfflineTree(options);
  EXPECT_TRUE(tree.ok()) << tree.status();
  if (!tree.ok()) return nullptr;
  for (const auto& diagnostic : tree->diagnostics) {
    EXPECT_NE(diagnostic.diagnostic.severity, policy::Severity::kError)
        << store::FormatSourceDiagnostic(diagnostic);
  }
  return tree->snapshot;
}

std::string Export(const store::Snapshot& snapshot) {
  return Printed(ExportDetails(snapshot, OwnAccount(snapshot)));
}

std::string ExportedResources(const store::Snapshot& snapshot) {
  return Printed(ExportResources(snapshot, OwnAccount(snapshot)));
}

}  // namespace portcullis::client
