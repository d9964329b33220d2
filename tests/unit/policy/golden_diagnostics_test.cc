// Runs tests/golden/diagnostics/*.test: what authors read about their mistakes.
//
// A file has comments (`#`, one of them naming the type of policy), the policy, `--`, the
// diagnostics, `--`, and the sentence IAM would answer, or nothing if the policy is accepted.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/policy/compiled_policy.h"
#include "server/policy/diagnostic.h"
#include "server/policy/policy_type.h"

namespace portcullis::policy {
namespace {

constexpr std::string_view kDirectory = "tests/golden/diagnostics";

struct Golden {
  std::optional<PolicyType> type;
  std::string policy;
  std::string diagnostics;
  std::string iam_message;
};

std::optional<PolicyType> TypeNamed(std::string_view name) {
  for (int i = 0; i < kPolicyTypeCount; ++i) {
    const auto type = static_cast<PolicyType>(i);
    if (TraitsOf(type).name == name) return type;
  }
  return std::nullopt;
}

Golden ReadGolden(const std::filesystem::path& path) {
  constexpr std::string_view kTypePrefix = "# type: ";
  Golden golden;
  std::string* const parts[] = {&golden.policy, &golden.diagnostics, &golden.iam_message};
  size_t part = 0;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line == "--") {
      part = std::min(part + 1, std::size(parts) - 1);
    } else if (part == 0 && line.starts_with('#')) {
      if (line.starts_with(kTypePrefix)) golden.type = TypeNamed(line.substr(kTypePrefix.size()));
    } else {
      *parts[part] += line + "\n";
    }
  }
  return golden;
}

std::vector<std::filesystem::path> GoldenFiles() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(kDirectory)) {
    if (entry.path().extension() == ".test") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

class GoldenDiagnosticsTest : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(GoldenDiagnosticsTest, AreAsWritten) {
  const Golden golden = ReadGolden(GetParam());
  ASSERT_TRUE(golden.type.has_value()) << "no line `# type: ...` with the name of a policy type";

  std::vector<Diagnostic> diagnostics;
  const auto compiled =
      CompilePolicyJson(golden.policy, *golden.type, PolicyLimits{}, &diagnostics);

  std::string printed;
  for (const Diagnostic& diagnostic : diagnostics) printed += FormatDiagnostic(diagnostic) + "\n";
  EXPECT_EQ(printed, golden.diagnostics);
  EXPECT_EQ(compiled != nullptr, !HasErrors(diagnostics));
  EXPECT_EQ(HasErrors(diagnostics) ? IamMessage(diagnostics) + "\n" : "", golden.iam_message);
}

// Lower case, no final period, a row if and only if there is a sentence for it.
TEST_P(GoldenDiagnosticsTest, FollowTheHouseStyle) {
  const Golden golden = ReadGolden(GetParam());
  std::vector<Diagnostic> diagnostics;
  CompilePolicyJson(golden.policy, golden.type.value_or(PolicyType::kManaged), PolicyLimits{},
                    &diagnostics);
  ASSERT_FALSE(diagnostics.empty());
  for (const Diagnostic& diagnostic : diagnostics) {
    SCOPED_TRACE(diagnostic.message);
    ASSERT_FALSE(diagnostic.message.empty());
    EXPECT_NE(diagnostic.message.back(), '.');
    // A word of the policy language may stand first: `Sid`.
    EXPECT_TRUE(diagnostic.message.starts_with("Sid ") ||
                std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZ").find(diagnostic.message.front()) ==
                    std::string_view::npos);
    EXPECT_EQ(diagnostic.iam_message.empty(), diagnostic.row == MalformedRow::kNone);
    EXPECT_GE(diagnostic.position.line, 1u);
    EXPECT_GE(diagnostic.position.column, 1u);
  }
}

INSTANTIATE_TEST_SUITE_P(Files, GoldenDiagnosticsTest, testing::ValuesIn(GoldenFiles()),
                         [](const auto& file) { return file.param.stem().string(); });

}  // namespace
}  // namespace portcullis::policy
