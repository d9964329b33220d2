#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/str_cat.h"
#include "tests/unit/store/build_helpers.h"

namespace portcullis::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// What the builder says about a resource-based policy that names `principal`.
std::vector<std::string> Check(const std::string& principal) {
  TestFile file("a.yaml");
  file.Account(kDev);
  file.Account(kPartner).external = true;
  file.User(kDev, "ana").id = At("AIDAJQABLZS4A3QDU576Q", 1);
  file.Group(kDev, "Developers");
  file.Role(kDev, "UpdateApp").path = At("/app/", 1);
  file.OidcProvider(kDev, "https://idp.example.com");
  file.Resource(kDev, "arn:aws:s3:::b").policy = ResourcePolicy(principal, 7);
  std::vector<std::string> texts = BuildFrom(file).diagnostics;
  for (std::string& text : texts) text.erase(0, text.find(": ") + 2);  // Without the place.
  return texts;
}

// R-2.24.
TEST(CheckPrincipalsTest, PrincipalsThatExistAreAccepted) {
  for (const char* principal : {
           R"("*")",
           R"({"AWS":"*"})",
           R"({"AWS":"111111111111"})",
           R"({"AWS":"arn:aws:iam::111111111111:root"})",
           R"({"AWS":"arn:aws:iam::111111111111:user/ana"})",
           R"({"AWS":"arn:aws:iam::111111111111:role/app/UpdateApp"})",
           // The role exists, whatever the session's name; its path is not part of the ARN
           // (R-1.30).
           R"({"AWS":"arn:aws:sts::111111111111:assumed-role/UpdateApp/any"})",
           R"({"AWS":"arn:aws:sts::111111111111:federated-user/anybody"})",
           R"({"AWS":"AIDAJQABLZS4A3QDU576Q"})",
           R"({"Service":"backup.amazonaws.com"})",
           // External accounts hold no entities here, so any below them may be named.
           R"({"AWS":"999999999999"})",
           R"({"AWS":"arn:aws:iam::999999999999:user/eve"})",
           R"({"AWS":"arn:aws:iam::999999999999:role/x/R"})",
           R"({"AWS":"arn:aws:sts::999999999999:assumed-role/R/s"})",
       }) {
    EXPECT_THAT(Check(principal), IsEmpty()) << principal;
  }
}

TEST(CheckPrincipalsTest, PrincipalsThatDoNotExistAreErrors) {
  const struct {
    const char* principal;
    const char* diagnostic;
  } cases[] = {
      {R"({"AWS":"222222222222"})",
       "error: principal names account `222222222222`, which is not declared; declare it under "
       "`Accounts`, with `External: true` if it is kept elsewhere"},
      {R"({"AWS":"arn:aws:iam::222222222222:user/ana"})",
       "error: principal `arn:aws:iam::222222222222:user/ana` is in account `222222222222`, which "
       "is "
       "not declared; declare it under `Accounts`, with `External: true` if it is kept elsewhere"},
      {R"({"AWS":"arn:aws:iam::111111111111:user/anna"})",
       "error: principal `arn:aws:iam::111111111111:user/anna` does not exist; did you mean "
       "`arn:aws:iam::111111111111:user/ana`?"},
      {R"({"AWS":"arn:aws:iam::111111111111:role/UpdateApp"})",
       "error: principal `arn:aws:iam::111111111111:role/UpdateApp` does not exist; did you mean "
       "`arn:aws:iam::111111111111:role/app/UpdateApp`?"},
      {R"({"AWS":"arn:aws:sts::111111111111:assumed-role/Gone/s"})",
       "error: principal `arn:aws:sts::111111111111:assumed-role/Gone/s` does not exist"},
      // R-1.37: role names are matched with case.
      {R"({"AWS":"arn:aws:sts::111111111111:assumed-role/updateapp/s"})",
       "error: principal `arn:aws:sts::111111111111:assumed-role/updateapp/s` does not exist"},
      // R-1.2.
      {R"({"AWS":"arn:aws-cn:iam::111111111111:user/ana"})",
       "error: principal `arn:aws-cn:iam::111111111111:user/ana` is of another partition than "
       "`aws`"},
      {R"({"AWS":"arn:aws-cn:iam::111111111111:root"})",
       "error: principal `111111111111` is of another partition than `aws`"},
      // R-6.11: an orphan is legal and matches nobody.
      {R"({"AWS":"AROAJQABLZS4A3QDU576Q"})",
       "warning: principal `AROAJQABLZS4A3QDU576Q` is the id of no user and no role: it matches "
       "nobody"},
  };
  for (const auto& c : cases) EXPECT_THAT(Check(c.principal), ElementsAre(c.diagnostic));
}

// R-2.20.
TEST(CheckPrincipalsTest, FederatedPrincipalsOfTrustPolicies) {
  const auto check = [](std::string_view provider) {
    TestFile file("a.yaml");
    file.Account(kDev);
    file.OidcProvider(kDev, "https://idp.example.com");
    file.SamlProvider(kDev, "Corp");
    file.Role(kDev, "Web").trust_policy = Policy(
        "",
        base::StrCat(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":)",
                     R"({"Federated":")", provider,
                     R"("},"Action":"sts:AssumeRoleWithWebIdentity","Condition":)"
                     R"({"StringEquals":{"idp.example.com:aud":"x"}}}]})"),
        policy::PolicyType::kTrust, 7);
    return BuildFrom(file).diagnostics;
  };
  EXPECT_THAT(check("arn:aws:iam::111111111111:oidc-provider/idp.example.com"), IsEmpty());
  EXPECT_THAT(check("accounts.google.com"), IsEmpty());
  EXPECT_THAT(check("arn:aws:iam::111111111111:saml-provider/Corp"), IsEmpty());
  EXPECT_THAT(
      check("arn:aws:iam::111111111111:saml-provider/corp"),  // R-1.33.
      ElementsAre(::testing::HasSubstr(
          "error: principal `arn:aws:iam::111111111111:saml-provider/corp` does not exist; did you "
          "mean `arn:aws:iam::111111111111:saml-provider/Corp`?")));
  EXPECT_THAT(
      check("arn:aws:iam::111111111111:oidc-provider/idp.example.org"),
      ElementsAre(::testing::HasSubstr(
          "error: principal `arn:aws:iam::111111111111:oidc-provider/idp.example.org` does not "
          "exist; did you mean `arn:aws:iam::111111111111:oidc-provider/idp.example.com`?")));
}

// A policy kept in a file of its own is reported there.
TEST(CheckPrincipalsTest, ReportsTheFileOfTheDocument) {
  TestFile file("a.yaml");
  file.Account(kDev);
  PolicyDefinition trust = TrustPolicy(R"({"AWS":"222222222222"})", 3);
  trust.file = std::make_shared<const std::string>("trust.json");
  file.Role(kDev, "R").trust_policy = trust;
  ASSERT_EQ(BuildFrom(file).diagnostics.size(), 1u);
  EXPECT_EQ(BuildFrom(file).diagnostics[0].substr(0, 13), "trust.json:3:");
}

}  // namespace
}  // namespace portcullis::store
