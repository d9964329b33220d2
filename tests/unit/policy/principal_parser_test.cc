#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/policy/parse_for_test.h"

namespace portcullis::policy {
namespace {

Parsed ParsePrincipal(std::string_view principal, PolicyType type = PolicyType::kResource,
                      std::string_view effect = "Allow") {
  std::string members = R"("Effect":")" + std::string(effect) + R"(","Action":"sts:AssumeRole",)";
  if (type != PolicyType::kTrust) members += R"("Resource":"*",)";
  return ParseStatementOf(members + "\"Principal\":" + std::string(principal), type);
}

bool IsAccepted(std::string_view principal, PolicyType type = PolicyType::kResource,
                std::string_view effect = "Allow") {
  return ParsePrincipal(principal, type, effect).document.has_value();
}

// R-2.12.
TEST(ParsePrincipals, KeepsTypesAndOrder) {
  const Parsed parsed = ParsePrincipal(
      R"({"Service":"sns.amazonaws.com","AWS":["111122223333","*"],"CanonicalUser":")" +
      std::string(64, 'a') + R"("})");
  ASSERT_TRUE(parsed.document.has_value());
  const std::vector<PrincipalEntry>& principals = parsed.statement().principals;
  ASSERT_EQ(principals.size(), 4u);
  EXPECT_EQ(principals[0].type, PrincipalType::kService);
  EXPECT_EQ(principals[0].value.text, "sns.amazonaws.com");
  EXPECT_EQ(principals[1].type, PrincipalType::kAws);
  EXPECT_EQ(principals[1].value.text, "111122223333");
  EXPECT_EQ(principals[2].type, PrincipalType::kAws);
  EXPECT_EQ(principals[2].value.text, "*");
  EXPECT_EQ(principals[3].type, PrincipalType::kCanonicalUser);
}

TEST(ParsePrincipals, TakesTheBareStarForEveryone) {  // R-2.13.
  const Parsed parsed = ParsePrincipal("\"*\"");
  ASSERT_TRUE(parsed.document.has_value());
  EXPECT_EQ(parsed.statement().principals.at(0).type, PrincipalType::kEveryone);
}

TEST(ParsePrincipals, TakesEveryFormOfR213ToR222) {
  for (const std::string_view principal :
       {R"({"AWS":"*"})", R"({"AWS":"111122223333"})",
        R"({"AWS":"arn:aws:iam::111122223333:root"})",
        R"({"AWS":"arn:aws:iam::111122223333:user/x/ana"})",
        R"({"AWS":"arn:aws:iam::111122223333:role/Deploy"})",
        R"({"AWS":"arn:aws:sts::111122223333:assumed-role/Deploy/s1"})",
        R"({"AWS":"arn:aws:sts::111122223333:federated-user/bo"})",
        R"({"AWS":"AROACKCEVSQ6C2EXAMPLE"})", R"({"Service":"states.eu-west-1.amazonaws.com"})"}) {
    EXPECT_TRUE(IsAccepted(principal)) << principal;
  }
}

TEST(ParsePrincipals, RefusesEverythingElse) {
  for (const std::string_view principal : {R"("111122223333")",
                                           R"("arn:aws:iam::111122223333:root")",
                                           R"("")",
                                           "1",
                                           "null",
                                           "[]",
                                           R"({"aws":"*"})",
                                           R"({"Group":"x"})",
                                           R"({"AWS":null})",
                                           R"({"AWS":{"x":"y"}})",
                                           R"({"AWS":["*",["*"]]})",
                                           R"({"AWS":""})",
                                           R"({"AWS":"arn:aws:iam::111122223333:role/*"})",
                                           R"({"AWS":"arn:aws:iam::*:root"})",
                                           R"({"AWS":"1111*"})",
                                           R"({"AWS":"arn:aws:iam::111122223333:group/g"})",
                                           R"({"AWS":"sns.amazonaws.com"})",
                                           R"({"Service":"*"})",
                                           R"({"Service":"arn:aws:iam::111122223333:root"})",
                                           R"({"Federated":"accounts.google.com"})",
                                           R"({"CanonicalUser":"abc"})"}) {
    EXPECT_FALSE(IsAccepted(principal)) << principal;
  }
}

// R-2.20: only in trust policies.
TEST(ParsePrincipals, TakesProvidersInTrustPolicies) {
  for (const std::string_view principal :
       {R"({"Federated":"accounts.google.com"})",
        R"({"Federated":"cognito-identity.amazonaws.com"})",
        R"({"Federated":"arn:aws:iam::111122223333:saml-provider/Corp"})",
        R"({"Federated":"arn:aws:iam::111122223333:oidc-provider/id.example.com"})"}) {
    EXPECT_TRUE(IsAccepted(principal, PolicyType::kTrust)) << principal;
  }
  for (const std::string_view principal :
       {R"({"Federated":"*"})", R"({"Federated":"id.example.com"})",
        R"({"Federated":"arn:aws:iam::111122223333:user/ana"})"}) {
    EXPECT_FALSE(IsAccepted(principal, PolicyType::kTrust)) << principal;
  }
}

// R-2.96, A-102: nobody may assume every role; a Deny may concern everybody.
TEST(ParsePrincipals, GuardsTrustPoliciesAgainstEveryone) {
  EXPECT_FALSE(IsAccepted("\"*\"", PolicyType::kTrust, "Allow"));
  EXPECT_FALSE(IsAccepted(R"({"AWS":"*"})", PolicyType::kTrust, "Allow"));
  EXPECT_FALSE(IsAccepted(R"({"AWS":["111122223333","*"]})", PolicyType::kTrust, "Allow"));
  EXPECT_FALSE(IsAccepted("\"*\"", PolicyType::kTrust, "Deny"));
  EXPECT_TRUE(IsAccepted(R"({"AWS":"*"})", PolicyType::kTrust, "Deny"));
}

TEST(ParsePrincipals, WantsEveryoneInResourceControlPolicies) {  // R-2.90.
  EXPECT_TRUE(IsAccepted("\"*\"", PolicyType::kResourceControl, "Deny"));
  EXPECT_FALSE(IsAccepted(R"({"AWS":"*"})", PolicyType::kResourceControl, "Deny"));
}

// The sentence names the type and the value as written (R-2.112).
TEST(ParsePrincipals, FillsIamsSentence) {
  const Parsed parsed = ParsePrincipal(R"({"Service":"lambda"})");
  EXPECT_EQ(IamMessage(parsed.diagnostics), R"(Invalid principal in policy: "Service":"lambda")");
}

// R-2.96: the operator's switch.
TEST(ParsePrincipals, WildcardsInTrustPoliciesNeedTheSwitchAndACondition) {
  const auto parse = [](bool allowed, std::string_view principal, std::string_view condition) {
    PolicyLimits limits;
    limits.allow_wildcard_trust_with_condition = allowed;
    return ParseStatementOf("\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\",\"Principal\":" +
                                std::string(principal) + std::string(condition),
                            PolicyType::kTrust, limits);
  };
  constexpr std::string_view kCondition =
      R"(,"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}})";
  EXPECT_TRUE(parse(true, R"({"AWS":"*"})", kCondition).document.has_value());
  EXPECT_TRUE(parse(true, R"({"AWS":["111122223333","*"]})", kCondition).document.has_value());
  EXPECT_EQ(parse(true, R"({"AWS":"*"})", kCondition).Warnings(),
            std::vector<std::string>{"a trust policy that allows every principal depends on its "
                                     "conditions alone"});

  const std::vector<std::string> refused = {"a trust policy must not allow every principal"};
  EXPECT_EQ(parse(true, R"({"AWS":"*"})", "").Errors(), refused);
  EXPECT_EQ(parse(true, R"({"AWS":"*"})", R"(,"Condition":{})").Errors(), refused);
  EXPECT_EQ(parse(true, R"({"AWS":"*"})", R"(,"Condition":{"StringEquals":{}})").Errors(), refused);
  EXPECT_EQ(parse(false, R"({"AWS":"*"})", kCondition).Errors(), refused);
  // AWS refuses the bare form, too.
  EXPECT_EQ(parse(true, R"("*")", kCondition).Errors(), refused);
}

}  // namespace
}  // namespace portcullis::policy
