#include "server/policy/statement_index.h"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/policy/compile_for_test.h"

namespace portcullis::policy {
namespace {

// The numbers that the index gives for a request, in order.
std::vector<uint32_t> Candidates(const StatementIndex& index, std::string_view action,
                                 std::string_view resource) {
  const RequestContext context;
  AuthorizationRequest request;
  PrepareRequest({}, action, resource, "", &context, &request);
  std::multiset<uint32_t> numbers;
  index.ForEachCandidate(request, [&](uint32_t number) { numbers.insert(number); });
  return {numbers.begin(), numbers.end()};
}

// One statement's action and resource parts each.
std::vector<uint32_t> CandidatesOf(const std::vector<std::string>& parts, std::string_view action,
                                   std::string_view resource) {
  std::string statements;
  for (const std::string& part : parts) {
    statements += (statements.empty() ? "" : ",") + (R"({"Effect":"Allow",)" + part + "}");
  }
  const auto policy = CompileForTest(Document(statements));
  std::vector<const CompiledStatement*> pointers;
  for (const CompiledStatement& statement : policy->statements()) pointers.push_back(&statement);
  return Candidates(StatementIndex(pointers), action, resource);
}

using Numbers = std::vector<uint32_t>;

TEST(StatementIndex, Actions) {
  const std::vector<std::string> kParts = {
      R"("Action":"box:Get","Resource":"*")",
      R"("Action":["BOX:GET","box:get","box:Put"],"Resource":"*")",
      R"("Action":["box:Put","box:P*"],"Resource":"*")",
      R"("Action":["box:*","tub:*","tub:Get"],"Resource":"*")",
      R"("Action":"*","Resource":"*")",
      R"("NotAction":"box:Get","Resource":"*")",
  };
  EXPECT_EQ(CandidatesOf(kParts, "box:Get", "*"), (Numbers{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(CandidatesOf(kParts, "box:List", "*"), (Numbers{2, 3, 4, 5}));
  EXPECT_EQ(CandidatesOf(kParts, "tub:Get", "*"), (Numbers{3, 4, 5}));
  EXPECT_EQ(CandidatesOf(kParts, "pot:Get", "*"), (Numbers{4, 5}));
}

TEST(StatementIndex, Resources) {
  const std::vector<std::string> kParts = {
      R"("Action":"box:Get","Resource":"arn:aws:box:::a/*")",
      R"("Action":"box:Get","Resource":"arn:aws:box:::a/b/*")",
      R"("Action":"box:Get","Resource":["arn:aws:box:::a/b/c","arn:aws:box:::a/*"])",
      R"("Action":"box:Get","Resource":["arn:aws:box:::x","arn:aws:box:::y"])",
      R"("Action":"box:Get","NotResource":"arn:aws:box:::a/b/c")",
      R"("Action":"box:Get","Resource":["arn:aws:box:::a/b/c","*"])",
      R"("Action":"box:Get","Resource":"arn:aws:box:*:*:q")",
  };
  EXPECT_EQ(CandidatesOf(kParts, "box:Get", "arn:aws:box:::a/b/c"), (Numbers{0, 1, 2, 4, 5, 6}));
  EXPECT_EQ(CandidatesOf(kParts, "box:Get", "arn:aws:box:::y"), (Numbers{3, 4, 5, 6}));
  EXPECT_EQ(CandidatesOf(kParts, "box:Get", "arn:aws:tub:::y"), (Numbers{4, 5}));
  EXPECT_EQ(CandidatesOf(kParts, "box:Get", "*"), (Numbers{4, 5}));
}

// A statement that would stand in very many places moves to a wider bucket, and is still found
// once.
TEST(StatementIndex, ManyActionsAndResources) {
  std::string actions;
  std::string resources;
  for (int i = 0; i < 40; ++i) {
    const std::string comma = i == 0 ? "" : ",";
    actions += comma + "\"box:Get" + std::to_string(i) + "\"";
    resources += comma + "\"arn:aws:box:::item" + std::to_string(i) + "/*\"";
  }
  const std::vector<std::string> kParts = {"\"Action\":[" + actions + "],\"Resource\":[" +
                                           resources + "]"};
  EXPECT_EQ(CandidatesOf(kParts, "box:Get7", "arn:aws:box:::item7/x"), Numbers{0});
  EXPECT_EQ(CandidatesOf(kParts, "tub:Get7", "arn:aws:box:::item7/x"), Numbers{});
}

}  // namespace
}  // namespace portcullis::policy
