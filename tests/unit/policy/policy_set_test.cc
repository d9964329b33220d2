#include "server/policy/policy_set.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/policy/compile_for_test.h"

namespace portcullis::policy {
namespace {

using Indexing = CompiledPolicySet::Indexing;

// A small random world, in which statements and requests meet often.
class Generator {
 public:
  explicit Generator(uint32_t seed) : random_(seed) {}

  std::string Policy() {
    std::string statements;
    for (int count = 1 + Below(3); count > 0; --count) {
      if (!statements.empty()) statements += ",";
      statements += Statement();
    }
    return Document(statements);
  }

  std::string Action() {
    return Pick({"box", "boxx", "ec2"}) + ":" + Pick({"Get", "GetAll", "Put"});
  }

  std::string Resource() {
    if (Below(10) == 0) return "*";
    return "arn:aws:" + Pick({"box", "boxx"}) + ":" + Pick({"", "eu"}) + ":" + Pick({"", "1"}) +
           ":" + Path();
  }

 private:
  int Below(int limit) { return static_cast<int>(random_() % static_cast<uint32_t>(limit)); }
  std::string Pick(const std::vector<std::string>& choices) {
    return choices[static_cast<size_t>(Below(static_cast<int>(choices.size())))];
  }
  std::string Path() {
    std::string path;
    for (int size = 1 + Below(4); size > 0; --size) path += Pick({"a", "b", "ab", "/"});
    return path;
  }

  std::string ActionPattern() {
    switch (Below(8)) {
      case 0:
        return "*";
      case 1:
        return Pick({"box", "boxx", "ec2"}) + ":" + Pick({"*", "Get*", "?et", "*t"});
      default:
        return Action();
    }
  }
  std::string ResourcePattern() {
    switch (Below(7)) {
      case 0:
        return "*";
      case 1:
        return "arn:aws:" + Pick({"box", "boxx", "box:*", "box:eu*"});
      case 2:
        return "arn:aws:box:*:" + Pick({"*", "1", "?"}) + ":" + Path() + Pick({"", "*", "?b"});
      case 3:
        return "arn:aws:box:::" + Path() + Pick({"*", "/*", "?", "${aws:username}"});
      default: {
        const std::string resource = Resource();
        return resource == "*" ? resource : resource + Pick({"", "*", "/*"});
      }
    }
  }
  std::string List(std::string (Generator::*entry)(), int count_max) {
    std::string list;
    for (int count = 1 + Below(count_max); count > 0; --count) {
      if (!list.empty()) list += ",";
      list += "\"" + (this->*entry)() + "\"";
    }
    return "[" + list + "]";
  }
  std::string Statement() {
    return R"({"Effect":"Allow",")" + Pick({"Action", "Action", "Action", "NotAction"}) +
           "\":" + List(&Generator::ActionPattern, Below(20) == 0 ? 40 : 3) + ",\"" +
           Pick({"Resource", "Resource", "Resource", "NotResource"}) +
           "\":" + List(&Generator::ResourcePattern, Below(20) == 0 ? 20 : 4) + "}";
  }

  std::minstd_rand random_;
};

// The statements that match, by policy and place, and how many were looked at.
struct Answer {
  std::set<std::pair<uint32_t, uint32_t>> matching;
  size_t visited = 0;
  bool twice = false;
};

Answer Ask(const CompiledPolicySet& set, const AuthorizationRequest& request) {
  Answer answer;
  std::set<const CompiledStatement*> seen;
  set.ForEachCandidate(request, [&](const StatementHandle& handle) {
    ++answer.visited;
    answer.twice |= !seen.insert(handle.statement).second;
    if (MatchesAction(*handle.statement, request) && MatchesResource(*handle.statement, request)) {
      answer.matching.insert({handle.policy, handle.statement->index});
    }
  });
  return answer;
}

// The same without looking for candidates.
std::set<std::pair<uint32_t, uint32_t>> AskEvery(const CompiledPolicySet& set,
                                                 const AuthorizationRequest& request) {
  std::set<std::pair<uint32_t, uint32_t>> matching;
  for (uint32_t policy = 0; policy < set.policies().size(); ++policy) {
    for (const CompiledStatement& statement : set.policies()[policy].policy().statements()) {
      if (MatchesAction(statement, request) && MatchesResource(statement, request)) {
        matching.insert({policy, statement.index});
      }
    }
  }
  return matching;
}

TEST(CompiledPolicySet, IndexAndFiltersChangeNothing) {
  size_t matching = 0;
  for (uint32_t seed = 1; seed <= 300; ++seed) {
    Generator generator(seed);
    std::vector<std::string> policies(1 + seed % 40);
    for (std::string& policy : policies) policy = generator.Policy();
    const auto indexed = SetForTest(policies, PolicyType::kInlineIdentity, Indexing::kAlways);
    const auto filtered = SetForTest(policies, PolicyType::kInlineIdentity, Indexing::kNever);
    RequestContext context;
    context.AddOwned("aws:username", {"a"}, false);
    AuthorizationRequest request;
    for (int i = 0; i < 40; ++i) {
      const std::string action = generator.Action();
      const std::string resource = generator.Resource();
      PrepareRequest({}, action, resource, "", &context, &request);
      const Answer with = Ask(*indexed, request);
      const Answer without = Ask(*filtered, request);
      const auto expected = AskEvery(*filtered, request);
      ASSERT_EQ(with.matching, expected) << "seed " << seed << " " << action << " " << resource;
      ASSERT_EQ(without.matching, expected) << "seed " << seed << " " << action << " " << resource;
      ASSERT_FALSE(with.twice || without.twice)
          << "seed " << seed << " " << action << " " << resource;
      matching += with.matching.size();
    }
  }
  EXPECT_GT(matching, 10000u);  // The world is small enough to say something.
}

std::vector<std::string> ManyPolicies(size_t count, std::string_view action) {
  std::vector<std::string> policies;
  for (size_t i = 0; i < count; ++i) {
    const std::string number = std::to_string(i);
    policies.push_back(Document(R"({"Effect":"Allow","Action":")" + std::string(action) +
                                R"(","Resource":"arn:aws:s3:::bucket-)" + number + "/*\"}"));
  }
  return policies;
}

TEST(CompiledPolicySet, LooksAtFewOfMany) {
  RequestContext context;
  AuthorizationRequest request;
  PrepareRequest({}, "s3:GetObject", "arn:aws:s3:::bucket-777/key", "", &context, &request);
  for (const std::string_view action : {"s3:GetObject", "s3:Get*", "*"}) {
    const auto set = SetForTest(ManyPolicies(2000, action));
    const Answer answer = Ask(*set, request);
    EXPECT_EQ(answer.matching.size(), 1u) << action;
    EXPECT_EQ(answer.visited, 1u) << action;
  }
}

TEST(CompiledPolicySet, SmallSetsHaveFilters) {
  RequestContext context;
  AuthorizationRequest request;
  constexpr size_t kCount = CompiledPolicySet::kScanStatementsMax;
  for (const size_t count : {kCount, kCount + 1}) {
    const auto set = SetForTest(ManyPolicies(count, "s3:Get"));
    PrepareRequest({}, "s3:Get", "arn:aws:s3:::bucket-7/key", "", &context, &request);
    EXPECT_EQ(Ask(*set, request).visited, 1u) << count;
    for (const std::string_view action : {"ec2:Run", "s3:Put", "s3:GetObjectTagging"}) {
      PrepareRequest({}, action, "arn:aws:s3:::bucket-7/key", "", &context, &request);
      EXPECT_EQ(Ask(*set, request).visited, 0u) << count << " " << action;
    }
  }
}

TEST(CompiledPolicySet, Empty) {
  const auto set = CompiledPolicySet::Make({});
  const auto indexed = CompiledPolicySet::Make({}, Indexing::kAlways);
  RequestContext context;
  AuthorizationRequest request;
  PrepareRequest({}, "s3:Get", "*", "", &context, &request);
  EXPECT_EQ(set->statement_count(), 0u);
  EXPECT_TRUE(set->policies().empty());
  EXPECT_EQ(Ask(*set, request).visited, 0u);
  EXPECT_EQ(Ask(*indexed, request).visited, 0u);
}

TEST(CompiledPolicySet, NamesItsPolicies) {
  const auto set = SetForTest({Document(R"({"Effect":"Allow","Action":"a:b","Resource":"*"})"),
                               Document(R"({"Effect":"Deny","Action":"a:b","Resource":"*"})")});
  RequestContext context;
  AuthorizationRequest request;
  PrepareRequest({}, "a:b", "*", "", &context, &request);
  std::vector<std::string> ids;
  set->ForEachCandidate(request, [&](const StatementHandle& handle) {
    ids.emplace_back(set->policies()[handle.policy].id());
  });
  EXPECT_EQ(ids, (std::vector<std::string>{"p0", "p1"}));
}

TEST(CompiledPolicySet, KeepsWhatItsPoliciesNeed) {
  const auto policy =
      CompileForTest(Document(R"({"Effect":"Allow","Action":"a:b","Resource":"*"})"));
  std::vector<NamedPolicy> named;
  for (const std::string_view file : {"a.yaml", "b.yaml", "", "c.yaml", "d.yaml"}) {
    named.push_back({policy, "id of " + std::string(file),
                     file.empty() ? nullptr : std::make_shared<const std::string>(file)});
  }
  const auto set = CompiledPolicySet::Make(named);
  named.clear();
  EXPECT_EQ(policy->use_count(), 6);
  ASSERT_EQ(set->policies().size(), 5u);
  EXPECT_EQ(set->policies()[1].source_file(), "b.yaml");
  EXPECT_EQ(set->policies()[1].id(), "id of b.yaml");
  EXPECT_EQ(set->policies()[2].source_file(), "");
  EXPECT_EQ(set->policies()[2].id(), "id of ");
  EXPECT_EQ(set->policies()[4].source_file(), "d.yaml");
  EXPECT_EQ(&set->policies()[4].policy(), policy.get());
}

}  // namespace
}  // namespace portcullis::policy
