#include <string>
#include <string_view>

#include "gtest/gtest.h"

#include "server/policy/request_context.h"
#include "server/policy/simulation_internal.h"

namespace portcullis::policy::simulation {
namespace {

// The only value of a key, or "absent".
std::string ValueOf(const RequestContext& context, std::string_view name) {
  const ContextValues values = context.Find(ConditionKeyName(name));
  return values.present() ? std::string(values.values.front()) : "absent";
}

// R-9.8.
TEST(PrincipalOf, KnowsWhoMayCall) {
  EXPECT_EQ(PrincipalOf("arn:aws:iam::111122223333:root").kind, PrincipalKind::kRoot);
  EXPECT_EQ(PrincipalOf("arn:aws:iam::111122223333:user/ana").kind, PrincipalKind::kUser);
  EXPECT_EQ(PrincipalOf("arn:aws:sts::111122223333:assumed-role/R/s").kind,
            PrincipalKind::kRoleSession);
  EXPECT_EQ(PrincipalOf("arn:aws:sts::111122223333:federated-user/bo").kind,
            PrincipalKind::kFederatedUser);
  EXPECT_EQ(PrincipalOf("sns.amazonaws.com").kind, PrincipalKind::kService);
  EXPECT_EQ(PrincipalOf("arn:aws:iam::111122223333:user/ana").account, "111122223333");
  EXPECT_EQ(PrincipalOf("sns.amazonaws.com").account, "");
}

TEST(PrincipalOf, KnowsWhoMayNot) {
  for (const std::string_view caller :
       {"", "ana", "*", "111122223333", "arn:aws:iam::111122223333:role/R",
        "arn:aws:iam::111122223333:group/g", "arn:aws:iam::111122223333:assumed-role/R/s",
        "arn:aws:iam::111122223333:saml-provider/Corp", "arn:aws:iam::111122223333:user/*"}) {
    EXPECT_EQ(PrincipalOf(caller).kind, PrincipalKind::kAnonymous) << caller;
  }
}

struct KeysCase {
  std::string_view caller;
  std::string_view principal_arn;
  std::string_view userid;
  std::string_view username;
  std::string_view type;
};

// The table of section 1.5. Unique ids are not in an ARN.
TEST(FillCallerKeys, FollowsTheTableOfPrincipals) {
  const KeysCase cases[] = {
      {"arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:root", "111122223333", "absent",
       "Account"},
      {"arn:aws:iam::111122223333:user/x/ana", "arn:aws:iam::111122223333:user/x/ana", "absent",
       "ana", "User"},
      {"arn:aws:sts::111122223333:assumed-role/R/s", "arn:aws:iam::111122223333:role/R", "absent",
       "absent", "AssumedRole"},
      {"arn:aws:sts::111122223333:federated-user/bo", "arn:aws:sts::111122223333:federated-user/bo",
       "111122223333:bo", "absent", "FederatedUser"},
      {"sns.amazonaws.com", "absent", "absent", "absent", "AWSService"},
  };
  for (const KeysCase& c : cases) {
    RequestContext context;
    FillCallerKeys(PrincipalOf(c.caller), &context);
    EXPECT_EQ(ValueOf(context, "aws:PrincipalArn"), c.principal_arn) << c.caller;
    EXPECT_EQ(ValueOf(context, "aws:userid"), c.userid) << c.caller;
    EXPECT_EQ(ValueOf(context, "aws:username"), c.username) << c.caller;
    EXPECT_EQ(ValueOf(context, "aws:PrincipalType"), c.type) << c.caller;
  }
}

TEST(FillCallerKeys, UsesWhatIsKnownOfSessions) {
  Principal principal = PrincipalOf("arn:aws:sts::111122223333:assumed-role/R/s");
  principal.issuer_arn = "arn:aws:iam::111122223333:role/eng/R";
  principal.unique_id = "AROACKCEVSQ6C2EXAMPLE";
  RequestContext context;
  FillCallerKeys(principal, &context);
  EXPECT_EQ(ValueOf(context, "aws:PrincipalArn"),
            "arn:aws:iam::111122223333:role/eng/R");  // R-1.30.
  EXPECT_EQ(ValueOf(context, "aws:userid"), "AROACKCEVSQ6C2EXAMPLE:s");
  EXPECT_EQ(ValueOf(context, "aws:PrincipalIsAWSService"), "false");
}

TEST(FillCallerKeys, KeepsWhatIsThere) {
  const std::string_view given = "bo";
  RequestContext context;
  context.AddOwned("AWS:USERNAME", absl::MakeConstSpan(&given, 1), false);
  FillCallerKeys(PrincipalOf("arn:aws:iam::111122223333:user/ana"), &context);
  EXPECT_EQ(ValueOf(context, "aws:username"), "bo");
}

TEST(FillCallerKeys, SaysNothingOfNobody) {
  RequestContext context;
  FillCallerKeys(Principal(), &context);
  EXPECT_EQ(context.size(), 0u);
}

}  // namespace
}  // namespace portcullis::policy::simulation
