#include "server/policy/simulation.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/policy/compile_for_test.h"

namespace portcullis::policy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view kAna = "arn:aws:iam::111122223333:user/div/ana";
constexpr std::string_view kObject = "arn:aws:s3:::bucket/key";
constexpr std::string_view kQueue = "arn:aws:sqs:eu-west-1:111122223333:jobs";
constexpr std::string_view kForeignQueue = "arn:aws:sqs:eu-west-1:999900001111:jobs";

std::string Policy(std::string_view statements) {
  return R"({"Version":"2012-10-17","Statement":[)" + std::string(statements) + "]}";
}

std::string AllowOf(std::string_view action, std::string_view resource = "*",
                    std::string_view rest = "") {
  return R"({"Effect":"Allow","Action":")" + std::string(action) + R"(","Resource":")" +
         std::string(resource) + "\"" + std::string(rest) + "}";
}

SimulationRequest RequestOf(std::string policy, std::string_view action,
                            std::string_view resource) {
  SimulationRequest request;
  request.policy_input_list.push_back(std::move(policy));
  request.action_names.emplace_back(action);
  request.resource_arns.emplace_back(resource);
  request.caller_arn = kAna;
  return request;
}

std::vector<SimulationResult> SimulateAll(const SimulationRequest& request,
                                          const SimulatedEntity& entity = {}) {
  std::vector<SimulationResult> results;
  const SimulationError error = Simulate(request, entity, &results);
  EXPECT_EQ(error.code, "") << error.message;
  return results;
}

SimulationResult RunOne(const SimulationRequest& request) {
  std::vector<SimulationResult> results = SimulateAll(request);
  EXPECT_THAT(results, SizeIs(1));
  return results.empty() ? SimulationResult() : results.front();
}

std::string ErrorOf(const SimulationRequest& request) {
  std::vector<SimulationResult> results(3);
  const SimulationError error = Simulate(request, {}, &results);
  EXPECT_THAT(results, IsEmpty());
  return error.code + ": " + error.message;
}

// R-9.5, R-9.11: actions times resources, in that order.
TEST(Simulate, AsksEveryActionOfEveryResource) {
  SimulationRequest request = RequestOf(Policy(AllowOf("s3:GetObject")), "s3:GetObject", kObject);
  request.action_names.emplace_back("s3:PutObject");
  request.resource_arns.emplace_back("*");
  const std::vector<SimulationResult> results = SimulateAll(request);
  ASSERT_THAT(results, SizeIs(4));
  EXPECT_EQ(results[0].action_name, "s3:GetObject");
  EXPECT_EQ(results[0].resource_name, kObject);
  EXPECT_EQ(results[0].effect, Effect::kAllow);
  EXPECT_EQ(results[1].resource_name, "*");
  EXPECT_EQ(results[2].action_name, "s3:PutObject");
  EXPECT_EQ(results[2].effect, Effect::kImplicitDeny);
}

TEST(Simulate, TakesTheStarForNoResource) {  // R-9.15, R-2.42.
  SimulationRequest request =
      RequestOf(Policy(AllowOf("s3:GetObject", kObject)), "s3:GetObject", "*");
  request.resource_arns.clear();
  const SimulationResult result = RunOne(request);
  EXPECT_EQ(result.resource_name, "*");
  EXPECT_EQ(result.effect, Effect::kImplicitDeny);
}

// R-9.19: the published example.
TEST(Simulate, KnowsWhereASingleStatementStands) {
  std::string policy = R"({"Version":"2012-10-17","Statement":)" + AllowOf("s3:GetObject");
  policy.insert(policy.size() - 1, std::string(166 - policy.size(), ' '));
  policy += "}";
  ASSERT_EQ(policy.size(), 167u);
  const SimulationResult result = RunOne(RequestOf(policy, "s3:GetObject", kObject));
  ASSERT_THAT(result.matched_statements, SizeIs(1));
  EXPECT_EQ(result.matched_statements[0].start, (base::Position{1, 38}));
  EXPECT_EQ(result.matched_statements[0].end, (base::Position{1, 167}));
}

// R-9.19: just after the `[`, or the `,` before.
TEST(Simulate, KnowsWhereStatementsOfAListStand) {
  const std::string policy = "{\"Version\":\"2012-10-17\",\"Statement\": [ " + AllowOf("s3:Get*") +
                             "\n ,\n  " + AllowOf("s3:GetObject") + "]}";
  const SimulationResult result = RunOne(RequestOf(policy, "s3:GetObject", kObject));
  ASSERT_THAT(result.matched_statements, SizeIs(2));
  EXPECT_EQ(result.matched_statements[0].start, (base::Position{1, 39}));
  EXPECT_EQ(result.matched_statements[1].start, (base::Position{2, 3}));
  EXPECT_EQ(result.matched_statements[1].end.line, 3u);
}

// R-9.17, A-110.
TEST(Simulate, NamesTheStatementsThatDecided) {
  SimulationRequest request = RequestOf(Policy(AllowOf("s3:*")), "s3:GetObject", kObject);
  request.policy_input_list.push_back(
      Policy(R"({"Effect":"Deny","Action":"s3:Get*","Resource":"*"})"));
  SimulationResult result = RunOne(request);
  EXPECT_EQ(result.effect, Effect::kExplicitDeny);
  ASSERT_THAT(result.matched_statements, SizeIs(1));
  EXPECT_EQ(result.matched_statements[0].source_policy_id, "PolicyInputList.2");
  EXPECT_EQ(result.matched_statements[0].source_policy_type, "IAM Policy");

  request.policy_input_list.pop_back();
  request.resource_policy =
      Policy(R"({"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"})");
  result = RunOne(request);
  EXPECT_EQ(result.effect, Effect::kAllow);
  std::vector<std::string> ids;
  for (const SimulatedStatement& statement : result.matched_statements) {
    ids.push_back(statement.source_policy_id + "/" + statement.source_policy_type);
  }
  EXPECT_THAT(ids, testing::UnorderedElementsAre("PolicyInputList.1/IAM Policy",
                                                 "ResourcePolicy/resource"));
}

// R-9.16, R-9.23.
TEST(Simulate, TellsWhatTheBoundarySays) {
  SimulationRequest request = RequestOf(Policy(AllowOf("sqs:*")), "sqs:SendMessage", kQueue);
  EXPECT_EQ(RunOne(request).allowed_by_permissions_boundary, std::nullopt);
  request.permissions_boundary_policy_input_list = {Policy(AllowOf("sqs:ReceiveMessage"))};
  SimulationResult result = RunOne(request);
  EXPECT_EQ(result.effect, Effect::kImplicitDeny);
  EXPECT_EQ(result.allowed_by_permissions_boundary, false);

  // A grant to the user itself passes the boundary (R-4.13).
  request.resource_policy = Policy(R"({"Effect":"Allow","Principal":{"AWS":")" + std::string(kAna) +
                                   R"("},"Action":"sqs:*","Resource":"*"})");
  result = RunOne(request);
  EXPECT_EQ(result.effect, Effect::kAllow);
  EXPECT_EQ(result.allowed_by_permissions_boundary, false);
}

// R-2.26, A-70: the simulated boundary is the caller's.
TEST(Simulate, AppliesNotPrincipalToCallersWithABoundary) {
  SimulationRequest request = RequestOf(Policy(AllowOf("sqs:*")), "sqs:SendMessage", kQueue);
  request.resource_policy =
      Policy(R"({"Effect":"Deny","NotPrincipal":{"AWS":[")" + std::string(kAna) +
             R"(","111122223333"]},"Action":"*","Resource":"*"})");
  EXPECT_EQ(RunOne(request).effect, Effect::kAllow);
  request.permissions_boundary_policy_input_list = {Policy(AllowOf("*"))};
  EXPECT_EQ(RunOne(request).effect, Effect::kExplicitDeny);
}

// R-9.7, R-9.22.
TEST(Simulate, TellsTheTwoSidesApartAcrossAccounts) {
  SimulationRequest request = RequestOf(Policy(AllowOf("sqs:*")), "sqs:SendMessage", kForeignQueue);
  SimulationResult result = RunOne(request);
  EXPECT_EQ(result.effect, Effect::kImplicitDeny);
  EXPECT_EQ(result.identity_decision, Effect::kAllow);
  EXPECT_EQ(result.resource_decision, Effect::kImplicitDeny);

  request.resource_policy = Policy(
      R"({"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sqs:*","Resource":"*"})");
  result = RunOne(request);
  EXPECT_EQ(result.effect, Effect::kAllow);
  EXPECT_EQ(result.resource_decision, Effect::kAllow);

  request.resource_arns = {std::string(kQueue)};
  EXPECT_EQ(RunOne(request).identity_decision, std::nullopt);
}

TEST(Simulate, TakesTheOwnerForArnsWithoutAccount) {
  SimulationRequest request = RequestOf(Policy(AllowOf("s3:*")), "s3:GetObject", kObject);
  EXPECT_EQ(RunOne(request).effect, Effect::kAllow);
  for (const std::string_view owner : {"999900001111", "arn:aws:iam::999900001111:root"}) {
    request.resource_owner = owner;
    EXPECT_EQ(RunOne(request).effect, Effect::kImplicitDeny) << owner;
  }
  request.resource_arns = {std::string(kQueue)};
  request.policy_input_list = {Policy(AllowOf("*"))};
  EXPECT_EQ(RunOne(request).effect, Effect::kAllow);
}

// R-9.20: spelled as first written; what was supplied is not missing.
TEST(Simulate, NamesTheKeysThatWereMissing) {
  SimulationRequest request = RequestOf(
      Policy(AllowOf("s3:GetObject", "arn:aws:s3:::bucket/${AWS:PrincipalTag/Team}",
                     R"(,"Condition":{"StringEquals":{"S3:Prefix":"a","shop:given":"b"}})") +
             "," + AllowOf("s3:PutObject", "*", R"(,"Condition":{"Bool":{"shop:other":"true"}})")),
      "s3:GetObject", kObject);
  request.context_entries = {{"Shop:Given", "string", {"b"}}};
  EXPECT_THAT(RunOne(request).missing_context_values,
              testing::UnorderedElementsAre("AWS:PrincipalTag/Team", "S3:Prefix"));
}

// R-9.9, R-2.58.
TEST(Simulate, TakesListTypesForMultivaluedKeys) {
  const std::string bare =
      Policy(AllowOf("s3:GetObject", "*", R"(,"Condition":{"StringEquals":{"shop:tags":"a"}})"));
  const std::string any = Policy(AllowOf(
      "s3:GetObject", "*", R"(,"Condition":{"ForAnyValue:StringEquals":{"shop:tags":"a"}})"));
  SimulationRequest request = RequestOf(bare, "s3:GetObject", kObject);
  request.context_entries = {{"shop:tags", "string", {"a"}}};
  EXPECT_EQ(RunOne(request).effect, Effect::kAllow);
  request.context_entries = {{"shop:tags", "stringList", {"a"}}};
  EXPECT_EQ(RunOne(request).effect, Effect::kImplicitDeny);
  request.policy_input_list = {any};
  request.context_entries = {{"shop:tags", "stringList", {"b", "a"}}};
  EXPECT_EQ(RunOne(request).effect, Effect::kAllow);
}

// R-9.13: what the caller's ARN says is there; what the request says counts more.
TEST(Simulate, FillsTheCallersKeys) {
  const std::string policy =
      Policy(AllowOf("s3:GetObject", "arn:aws:s3:::home/${aws:username}",
                     R"(,"Condition":{"StringEquals":{"aws:PrincipalAccount":"111122223333"}})"));
  SimulationRequest request = RequestOf(policy, "s3:GetObject", "arn:aws:s3:::home/ana");
  EXPECT_EQ(RunOne(request).effect, Effect::kAllow);
  request.context_entries = {{"AWS:UserName", "string", {"bo"}}};
  EXPECT_EQ(RunOne(request).effect, Effect::kImplicitDeny);
}

// R-4.38, A-5: where a role is assumed its policy must agree.
TEST(Simulate, NeedsTheTrustPolicysConsent) {
  SimulationRequest request =
      RequestOf(Policy(AllowOf("*")), "sts:AssumeRole", "arn:aws:iam::111122223333:role/Deploy");
  request.resource_policy =
      R"({"Version":"2012-10-17","Statement":{"Effect":"Allow",)"
      R"("Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}})";
  EXPECT_EQ(RunOne(request).effect, Effect::kImplicitDeny);
  // Trust policies may name identity providers, which resource-based policies may not (R-2.20).
  request.resource_policy =
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":)"
      R"({"Federated":"accounts.google.com"},"Action":"sts:AssumeRoleWithWebIdentity"},)"
      R"({"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}]})";
  EXPECT_EQ(RunOne(request).effect, Effect::kAllow);
}

TEST(Simulate, AddsToAnEntitysOwnPolicies) {  // R-9.1, R-9.3.
  const auto own = SetForTest({Policy(AllowOf("s3:GetObject"))}, PolicyType::kManaged);
  const auto boundary = SetForTest({Policy(AllowOf("s3:GetObject"))}, PolicyType::kManaged);
  EffectivePolicies policies;
  policies.identity.push_back(own.get());
  policies.boundary = boundary.get();
  Principal principal;
  principal.kind = PrincipalKind::kUser;
  principal.arn = kAna;
  principal.account = "111122223333";
  const SimulatedEntity entity = {&policies, &principal};

  SimulationRequest request;
  request.action_names = {"s3:GetObject", "s3:PutObject"};
  request.resource_arns = {std::string(kObject)};
  const auto effects = [&] {
    std::vector<Effect> found;
    for (const SimulationResult& result : SimulateAll(request, entity))
      found.push_back(result.effect);
    return found;
  };
  EXPECT_THAT(effects(), ElementsAre(Effect::kAllow, Effect::kImplicitDeny));
  request.policy_input_list = {Policy(AllowOf("s3:PutObject"))};
  EXPECT_THAT(effects(), ElementsAre(Effect::kAllow, Effect::kImplicitDeny));  // The boundary.
  request.permissions_boundary_policy_input_list = {Policy(AllowOf("s3:*"))};
  EXPECT_THAT(effects(), ElementsAre(Effect::kAllow, Effect::kAllow));
}

TEST(Simulate, TellsWhatTheOrganizationSays) {
  const auto own = SetForTest({Policy(AllowOf("*"))}, PolicyType::kManaged);
  const auto level = SetForTest({Policy(AllowOf("s3:*"))}, PolicyType::kServiceControl);
  EffectivePolicies policies;
  policies.identity.push_back(own.get());
  policies.service_control.push_back(level.get());
  SimulationRequest request;
  request.caller_arn = kAna;
  request.action_names = {"s3:GetObject", "sqs:SendMessage"};
  const std::vector<SimulationResult> results = SimulateAll(request, {&policies, nullptr});
  ASSERT_THAT(results, SizeIs(2));
  EXPECT_EQ(results[0].allowed_by_organizations, true);
  EXPECT_EQ(results[1].allowed_by_organizations, false);
  EXPECT_EQ(results[1].effect, Effect::kImplicitDeny);
}

// R-9.1: input is not stored, so quotas do not apply.
TEST(Simulate, TakesLargePolicies) {
  const std::string other =
      "," + AllowOf("sqs:SendMessage", "arn:aws:s3:::" + std::string(200, 'b'));
  std::string statements = AllowOf("s3:GetObject");
  while (statements.size() < 100'000) statements += other;
  EXPECT_EQ(RunOne(RequestOf(Policy(statements), "s3:GetObject", kObject)).effect, Effect::kAllow);
  while (statements.size() < 131'072) statements += other;
  EXPECT_THAT(ErrorOf(RequestOf(Policy(statements), "s3:GetObject", kObject)),
              HasSubstr("exceeds 131072 bytes"));
}

// R-9.24.
TEST(Simulate, RefusesInvalidInput) {
  const SimulationRequest good = RequestOf(Policy(AllowOf("*")), "s3:GetObject", kObject);
  const auto error_with = [&good](auto change) {
    SimulationRequest request = good;
    change(request);
    return ErrorOf(request);
  };
  using Request = SimulationRequest;
  EXPECT_EQ(error_with([](Request& r) { r.action_names = {"s3:Get*"}; }),
            "InvalidInput: ActionNames: `s3:Get*` is not an action such as `s3:GetObject`");
  EXPECT_THAT(error_with([](Request& r) { r.action_names.clear(); }), HasSubstr("ActionNames"));
  EXPECT_THAT(error_with([](Request& r) { r.resource_arns = {"bucket"}; }),
              HasSubstr("ResourceArns"));
  EXPECT_THAT(error_with([](Request& r) { r.policy_input_list.clear(); }),
              HasSubstr("PolicyInputList"));
  EXPECT_THAT(error_with([](Request& r) { r.policy_input_list = {"{}"}; }),
              HasSubstr("PolicyInputList.1: Syntax errors in policy. (1:1: error: "));
  EXPECT_THAT(error_with([](Request& r) { r.caller_arn = "arn:aws:iam::111122223333:role/R"; }),
              HasSubstr("CallerArn"));
  EXPECT_THAT(error_with([](Request& r) { r.caller_arn = "arn:aws:iam::111122223333:group/g"; }),
              HasSubstr("CallerArn"));
  EXPECT_THAT(error_with([](Request& r) {
                r.caller_arn.clear();
                r.resource_policy = Policy(R"({"Effect":"Allow","Principal":"*","Action":"*"})");
              }),
              HasSubstr("ResourcePolicy needs a CallerArn"));
  EXPECT_THAT(error_with([](Request& r) { r.resource_owner = "ana"; }), HasSubstr("ResourceOwner"));
  EXPECT_THAT(error_with([](Request& r) { r.resource_handling_option = "EC2-Classic-EBS"; }),
              HasSubstr("ResourceHandlingOption"));
  EXPECT_THAT(error_with([](Request& r) {
                r.permissions_boundary_policy_input_list.assign(2, Policy(AllowOf("*")));
              }),
              HasSubstr("more than one policy"));
}

TEST(Simulate, ChecksContextEntries) {  // R-9.9.
  SimulationRequest request = RequestOf(Policy(AllowOf("*")), "s3:GetObject", kObject);
  const auto error_of = [&request](SimulationContextEntry entry) {
    request.context_entries = {std::move(entry)};
    return ErrorOf(request);
  };
  EXPECT_THAT(error_of({"a:bc", "string", {"x"}}), HasSubstr("5 to 256 characters"));
  EXPECT_THAT(error_of({std::string(257, 'a'), "string", {"x"}}), HasSubstr("5 to 256 characters"));
  EXPECT_THAT(error_of({"shop:a", "text", {"x"}}), HasSubstr("unknown ContextKeyType"));
  EXPECT_THAT(error_of({"shop:a", "List", {"x"}}), HasSubstr("unknown ContextKeyType"));
  EXPECT_THAT(error_of({"shop:a", "string", {"x", "y"}}), HasSubstr("must end in List"));
  request.context_entries = {{"shop:a", "string", {"x"}}, {"SHOP:A", "string", {"x"}}};
  EXPECT_THAT(ErrorOf(request), HasSubstr("`SHOP:A` occurs twice"));
  request.context_entries = {{"a:bcd", "string", {"x"}}, {std::string(256, 'b'), "ipList", {}}};
  EXPECT_EQ(RunOne(request).effect, Effect::kAllow);
}

TEST(Simulate, LimitsHowMuchIsAsked) {
  SimulationRequest request = RequestOf(Policy(AllowOf("*")), "s3:GetObject", kObject);
  request.action_names.assign(100, "s3:GetObject");
  request.resource_arns.assign(101, std::string(kObject));
  EXPECT_THAT(ErrorOf(request), HasSubstr("more than 10000"));
  request.resource_arns.pop_back();
  EXPECT_THAT(SimulateAll(request), SizeIs(10000));
}

}  // namespace
}  // namespace portcullis::policy
