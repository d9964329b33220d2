#include "tests/conformance/coverage.h"

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "gtest/gtest.h"

#include "server/policy/condition_keys.h"
#include "server/policy/condition_operators.h"

namespace portcullis::conformance {
namespace {

constexpr std::string_view kTopics[] = {
    "matches",    "does not match",       "several policy values",
    "absent key", "IfExists, absent key", "bad policy value",
};

void ExpectTopics(const std::vector<Case>& cases, std::string_view operator_name) {
  std::set<std::string> groups;
  for (const Case& made : cases) {
    if (made.suite == "operators/" + std::string(operator_name)) groups.insert(made.group);
  }
  for (const std::string_view topic : kTopics) {
    EXPECT_TRUE(groups.contains(std::string(topic)))
        << "operators/" << operator_name << ".yaml has no cases under `" << topic << "`";
  }
}

void EveryOperator(const std::vector<Case>& cases) {
  ASSERT_FALSE(policy::ConditionOperators().empty());
  for (const policy::ConditionOperator& row : policy::ConditionOperators()) {
    ExpectTopics(cases, row.name);
  }
  ExpectTopics(cases, "Null");  // No row: it tests presence, not a value.
}

// A case file names an operator that exists: a renamed row would leave its cases behind.
void NoOtherOperator(const std::vector<Case>& cases) {
  for (const Case& made : cases) {
    if (!made.suite.starts_with("operators/")) continue;
    const std::string name = made.suite.substr(made.suite.find('/') + 1);
    const auto parsed = policy::ParseOperator(name);
    ASSERT_TRUE(parsed.has_value()) << made.file;
    EXPECT_TRUE(parsed->canonical) << made.file;
  }
}

std::string Folded(std::string_view text) {
  std::string folded(text);
  for (char& c : folded) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return folded;
}

bool IsOf(const Case& made, const policy::ConditionKey& row) {
  if (!made.suite.starts_with("keys/")) return false;
  const std::string group = Folded(made.group);
  const std::string name = Folded(row.name);
  return row.prefix ? group.starts_with(name) : group == name;
}

void EveryKey(const std::vector<Case>& cases) {
  ASSERT_FALSE(policy::ConditionKeys().empty());
  for (const policy::ConditionKey& row : policy::ConditionKeys()) {
    std::set<std::string> topics;
    for (const Case& made : cases) {
      if (!IsOf(made, row)) continue;
      for (const std::string_view topic : {"present", "absent", "wrong type", "the name in"}) {
        if (made.name.starts_with(topic)) topics.insert(std::string(topic));
      }
      if (!made.supply.empty()) topics.insert("supply");
    }
    EXPECT_EQ(topics.size(), 5U) << "keys/*.yaml: cases missing for `" << row.name << "`";
  }
}

// The rows of appendix A that are about policies and their evaluation.
void EveryCornerCase(const std::vector<Case>& cases) {
  std::set<std::string> cited;
  for (const Case& made : cases) cited.insert(made.rules.begin(), made.rules.end());
  const std::pair<int, int> kRanges[] = {{1, 16},  {19, 74},   {83, 85},
                                         {97, 98}, {101, 107}, {109, 110}};
  for (const auto& [first, last] : kRanges) {
    for (int row = first; row <= last; ++row) {
      EXPECT_TRUE(cited.contains("A-" + std::to_string(row))) << "no case cites A-" << row;
    }
  }
}

class CoverageTest : public testing::Test {
 public:
  explicit CoverageTest(std::function<void()> body) : body_(std::move(body)) {}
  void TestBody() override { body_(); }

 private:
  const std::function<void()> body_;
};

}  // namespace

void RegisterCoverage(std::shared_ptr<const std::vector<Case>> cases) {
  const auto add = [&cases](const char* name, void (*check)(const std::vector<Case>&)) {
    testing::RegisterTest("coverage", name, nullptr, nullptr, __FILE__, __LINE__,
                          [cases, check]() -> testing::Test* {
                            return new CoverageTest([cases, check] { check(*cases); });
                          });
  };
  add("EveryOperator", EveryOperator);
  add("NoOtherOperator", NoOtherOperator);
  add("EveryKey", EveryKey);
  add("EveryCornerCase", EveryCornerCase);
}

}  // namespace portcullis::conformance
