#include "server/engine/granting_policies.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/text.h"
#include "tests/unit/engine/world.h"

namespace portcullis::engine {
namespace {

using ::testing::ElementsAre;

constexpr std::string_view kAccount = "111122223333";
constexpr std::string_view kAna = "arn:aws:iam::111122223333:user/ana";

// A document with one statement of that effect, action element and more members.
std::string Statement(std::string_view effect, std::string_view element, std::string_view actions,
                      std::string_view more = {}) {
  return base::Concat({R"({"Version":"2012-10-17","Statement":{"Effect":")", effect, R"(",")",
                       element, R"(":)", actions, R"(,"Resource":"*")", more, "}}"});
}

std::unique_ptr<const policy::CompiledPolicySet> SetOf(const std::vector<std::string>& documents) {
  std::vector<policy::NamedPolicy> policies;
  for (const std::string& document : documents) {
    std::vector<policy::Diagnostic> diagnostics;
    policy::NamedPolicy named;
    named.policy = policy::CompilePolicyJson(document, policy::PolicyType::kInlineIdentity,
                                             policy::PolicyLimits{}, &diagnostics);
    named.id = "user/ana:p";
    if (named.policy == nullptr) {
      ADD_FAILURE() << document;
      continue;
    }
    policies.push_back(std::move(named));
  }
  return policy::CompiledPolicySet::Make(policies);
}

std::string Covered(const std::vector<std::string>& documents) {
  const auto set = SetOf(documents);
  const policy::CompiledPolicySet* const sets[] = {set.get()};
  std::string text;
  for (const std::string& service : ServicesCovered(sets, {"ec2", "s3", "sns", "sqs"})) {
    text += (text.empty() ? "" : " ") + service;
  }
  return text;
}

TEST(ServicesCovered, AreThoseThatSomethingCouldBeAllowedIn) {  // R-8.26
  struct Case {
    std::string_view effect;
    std::string_view element;
    std::string_view actions;
    std::string_view expected;
  };
  constexpr std::string_view kAllow = "Allow";
  for (const Case& test : {
           Case{kAllow, "Action", R"("s3:GetObject")", "s3"},
           Case{kAllow, "Action", R"("S3:Get*")", "s3"},
           Case{kAllow, "Action", R"(["s3:*","own:Do"])", "own s3"},  // Nobody knew of `own`.
           Case{kAllow, "Action", R"("*")", "ec2 s3 sns sqs"},
           Case{kAllow, "Action", R"("*:*")", "ec2 s3 sns sqs"},
           // Everything but what is excluded; a service is excluded only with all its actions.
           Case{kAllow, "NotAction", R"("s3:*")", "ec2 sns sqs"},
           Case{kAllow, "NotAction", R"("s3:Get*")", "ec2 s3 sns sqs"},
           Case{kAllow, "NotAction", R"(["s3:**","ec2:Run*"])", "ec2 sns sqs"},
           Case{kAllow, "NotAction", R"("own:Do")", "ec2 own s3 sns sqs"},
           Case{kAllow, "NotAction", R"("own:*")", "ec2 s3 sns sqs"},
           Case{kAllow, "NotAction", R"("*")", ""},
           // A Deny allows nothing.
           Case{"Deny", "Action", R"("s3:GetObject")", ""},
           Case{"Deny", "NotAction", R"("s3:GetObject")", ""},
       }) {
    EXPECT_EQ(Covered({Statement(test.effect, test.element, test.actions)}), test.expected)
        << test.effect << " " << test.element << " " << test.actions;
  }
}

TEST(ServicesCovered, ConditionsMayHoldAndDeniesTakeNothingAway) {
  constexpr std::string_view kNever =
      R"(,"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}})";
  EXPECT_EQ(Covered({Statement("Allow", "Action", R"("s3:*")", kNever)}), "s3");
  EXPECT_EQ(Covered({Statement("Allow", "Action", R"("s3:*")"),
                     Statement("Deny", "Action", R"("s3:*")")}),
            "s3");
  EXPECT_EQ(Covered({Statement("Allow", "Action", R"("s3:*")"),
                     Statement("Allow", "Action", R"("ec2:*")")}),
            "ec2 s3");
}

TEST(KnownServices, AreOfTheAccountOnly) {
  World world;
  world.Account(kAccount);
  world.Account("444455556666");
  world.User(kAccount, "ana", {Allow("s3:GetObject", "*"), Deny("ec2:*", "*")});
  world.Group(kAccount, "g", {Allow("sqs:*", "*")});
  world.Role(kAccount, "r", Trust(kAccount), {Allow("sns:Publish", "*")});
  world.Resource(kAccount, "arn:aws:dynamodb:eu-west-1:111122223333:table/t");
  world.User("444455556666", "eve", {Allow("secret:Do", "*")});
  world.Publish();
  const auto snapshot = world.store.Current();
  EXPECT_THAT(KnownServices(*snapshot, *snapshot->FindAccount(kAccount)),
              ElementsAre("dynamodb", "iam", "portcullis", "s3", "sns", "sqs", "sts"));
}

TEST(ServiceDisplayName, IsTheNamespaceOfWhatNobodyKnows) {
  EXPECT_EQ(ServiceDisplayName("s3"), "Amazon S3");
  EXPECT_EQ(ServiceDisplayName("own"), "own");
}

TEST(PoliciesGranting, NamesEachPolicyOnceAndWhoseItIs) {  // R-8.29
  constexpr std::string_view kReaders = "arn:aws:iam::111122223333:policy/team/Readers";
  World world;
  world.Account(kAccount);
  world.ManagedPolicy(kAccount, "Readers", Allow("s3:Get*", "*")).path = {"/team/", {}};
  world.Group(kAccount, "g", {Allow("s3:List*", "*"), Allow("sqs:*", "*")})
      .managed_policy_arns.push_back({std::string(kReaders), {}});
  store::UserDefinition& ana = world.User(kAccount, "ana", {Deny("s3:*", "*"), Allow("*", "*")});
  ana.groups.push_back({"g", {}});
  ana.managed_policy_arns.push_back({std::string(kReaders), {}});
  world.Publish();
  const auto snapshot = world.store.Current();
  const PolicyReference readers{"Readers", std::string(kReaders), "", ""};
  const PolicyReference everything{"p1", "", "USER", "ana"};
  const PolicyReference lists{"p0", "", "GROUP", "g"};
  const PolicyReference queues{"p1", "", "GROUP", "g"};
  const auto& sets = snapshot->FindUser(kAna)->identity;
  EXPECT_THAT(PoliciesGranting(sets, "s3"),
              ::testing::UnorderedElementsAre(readers, everything, lists));
  EXPECT_THAT(PoliciesGranting(sets, "sqs"), ::testing::UnorderedElementsAre(everything, queues));
  EXPECT_TRUE(readers.managed());
  EXPECT_FALSE(lists.managed());
}

}  // namespace
}  // namespace portcullis::engine
