#include "server/engine/federated_sessions.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "tests/unit/engine/federated_world.h"
#include "tests/unit/federation/identity_token_maker.h"

namespace portcullis::engine {
namespace {

using base::Concat;
using federation::SamlReplace;
using federation::SamlTestResponseXml;
using policy::Effect;

constexpr std::string_view kWebAction = R"("sts:AssumeRoleWithWebIdentity")";
constexpr std::string_view kWebActions =
    R"("sts:AssumeRoleWithWebIdentity","sts:TagSession","sts:SetSourceIdentity")";
constexpr std::string_view kSamlActions =
    R"("sts:AssumeRoleWithSAML","sts:TagSession","sts:SetSourceIdentity")";
constexpr std::string_view kWebDenied =
    "PERMISSION_DENIED AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity";
constexpr std::string_view kSamlDenied =
    "PERMISSION_DENIED AccessDenied: Not authorized to perform sts:AssumeRoleWithSAML";
constexpr std::string_view kBad = "INVALID_ARGUMENT InvalidIdentityToken: ";

// ---- Web identity -------------------------------------------------------------------------------

class WebIdentityTest : public FederatedTest {};

TEST_F(WebIdentityTest, LooksIntoATokenWithoutBelieving) {
  const auto claimed = UnverifiedIdentityOf(Signed(Claims()) + "A");
  ASSERT_TRUE(claimed.ok()) << claimed.status();
  EXPECT_EQ(claimed->issuer, kIssuer);
  EXPECT_EQ(claimed->subject, kSubject);
  EXPECT_EQ(base::ReasonOf(UnverifiedIdentityOf("a.b.c").status()), "InvalidIdentityToken");
}

TEST_F(WebIdentityTest, TellsWhatItIssued) {  // R-5.63, R-5.28, R-5.30
  world.Publish();
  const auto issued = AssumeWeb(WebParameters());
  ASSERT_TRUE(issued.ok()) << issued.status();
  EXPECT_EQ(issued->provider, kIssuer);
  EXPECT_EQ(issued->audience, "sts.example.com");
  EXPECT_EQ(issued->subject, kSubject);
  EXPECT_EQ(issued->token_expiration, world.clock.Now() + absl::Minutes(10));
  EXPECT_EQ(issued->role.assumed_role_arn, "arn:aws:sts::111122223333:assumed-role/web/pod-7");
  EXPECT_EQ(issued->role.assumed_role_id.substr(0, 4), "AROA");
  EXPECT_EQ(issued->role.assumed_role_id.substr(issued->role.assumed_role_id.find(':')), ":pod-7");
  EXPECT_EQ(issued->role.credentials.expiration, world.clock.Now() + absl::Hours(1));
  EXPECT_EQ(issued->role.credentials.access_key_id.substr(0, 4), "ASIA");
  EXPECT_FALSE(issued->role.packed_policy_size.has_value());
  const session::SessionClaims claims = ClaimsOf(issued->role.credentials.session_token);
  EXPECT_EQ(claims.kind, session::SessionKind::kWebIdentity);
  EXPECT_EQ(claims.federated_provider, kProvider);
  EXPECT_EQ(claims.federated_subject, kSubject);
  EXPECT_EQ(claims.federated_audience, "sts.example.com");
  EXPECT_EQ(claims.issuer_access_key_id, "");
  EXPECT_EQ(claims.chain_depth, 0u);
  EXPECT_TRUE(claims.chain.empty());
}

struct TrustRow {
  std::string_view rule;
  std::string_view condition;
  std::string_view audience;
  std::string_view more;  // Claims besides.
  bool allowed;
};
constexpr std::string_view kOne = R"("sts.example.com")";
constexpr std::string_view kListOfOne = R"(["sts.example.com"])";
constexpr std::string_view kTwo = R"(["sts.example.com","y"])";
constexpr TrustRow kTrustRows[] = {
    {"no condition", "", kOne, "", true},
    {"R-3.48 string", R"({"StringEquals":{"oidc.example.com/id/1:aud":"sts.example.com"}})", kOne,
     "", true},
    {"A-97", R"({"StringEquals":{"oidc.example.com/id/1:aud":"sts.example.com"}})", kListOfOne, "",
     true},
    {"A-98", R"({"StringEquals":{"oidc.example.com/id/1:aud":"sts.example.com"}})", kTwo, "",
     false},
    {"A-98 with a set operator",
     R"({"ForAnyValue:StringEquals":{"oidc.example.com/id/1:aud":"sts.example.com"}})", kTwo, "",
     true},
    {"R-3.48 azp of several", R"({"StringEquals":{"oidc.example.com/id/1:aud":"app-2"}})", kTwo,
     R"(,"azp":"app-2")", true},
    {"R-3.49", R"({"ForAnyValue:StringEquals":{"oidc.example.com/id/1:oaud":"y"}})", kTwo,
     R"(,"azp":"app-2")", true},
    {"R-3.50",
     R"({"StringEquals":{"oidc.example.com/id/1:sub":"system:serviceaccount:default:web"}})", kOne,
     "", true},
    {"R-3.50 case",
     R"({"StringEquals":{"oidc.example.com/id/1:sub":"system:serviceaccount:default:WEB"}})", kOne,
     "", false},
    {"another provider's key",
     R"({"StringEquals":{"oidc.example.com/id/2:aud":"sts.example.com"}})", kOne, "", false},
    {"R-3.51", R"({"ForAnyValue:StringEquals":{"oidc.example.com/id/1:amr":"otp"}})", kOne,
     R"(,"amr":["pwd","otp"])", true},
    {"R-3.51 is multivalued", R"({"StringEquals":{"oidc.example.com/id/1:amr":"otp"}})", kOne,
     R"(,"amr":["otp"])", false},
    {"R-3.53 email", R"({"StringEquals":{"oidc.example.com/id/1:email":"a@b.example"}})", kOne,
     R"(,"email":"a@b.example")", true},
    {"R-3.53 exposed", R"({"StringEquals":{"oidc.example.com/id/1:environment":"prod"}})", kOne,
     R"(,"environment":"prod")", true},
    {"R-3.53 not exposed", R"({"StringEquals":{"oidc.example.com/id/1:ref":"main"}})", kOne,
     R"(,"ref":"main")", false},
    {"R-3.20",
     R"({"StringEquals":{"aws:FederatedProvider":)"
     R"("arn:aws:iam::111122223333:oidc-provider/oidc.example.com/id/1"}})",
     kOne, "", true},
    {"R-3.7", R"({"StringEquals":{"aws:PrincipalAccount":"anonymous"}})", kOne, "", true},
    {"R-3.11", R"({"StringEquals":{"aws:PrincipalType":"Anonymous"}})", kOne, "", true},
    {"R-3.12", R"({"StringEquals":{"aws:userid":"anonymous"}})", kOne, "", true},
    {"R-5.71", R"({"StringEquals":{"sts:RoleSessionName":"pod-7"}})", kOne, "", true},
    {"R-5.71 another name", R"({"StringEquals":{"sts:RoleSessionName":"pod-8"}})", kOne, "", false},
    {"R-3.63", R"({"Null":{"aws:MultiFactorAuthPresent":"true"}})", kOne, "", true},
    {"no external id, R-5.44", R"({"Null":{"sts:ExternalId":"false"}})", kOne, "", false},
    {"R-3.31", R"({"StringEquals":{"aws:RequestTag/team":"red"}})", kOne,
     R"(,"https://aws.amazon.com/tags":{"principal_tags":{"team":["red"]}})", true},
    {"R-3.39", R"({"StringEquals":{"sts:SourceIdentity":"alice"}})", kOne,
     R"(,"https://aws.amazon.com/source_identity":"alice")", true},
};

TEST_F(WebIdentityTest, ConditionsOfTheTrustPolicy) {
  Oidc().exposed_claims = {{"environment", {1, 1}}};
  for (const TrustRow& row : kTrustRows) {
    SetTrust(&RoleNamed("web"), FederatedTrust(kProvider, kWebActions, row.condition));
    world.Publish();
    const auto issued = AssumeWeb(WebParameters(Signed(Claims(row.more, row.audience))));
    EXPECT_EQ(Outcome(issued.status()), row.allowed ? "" : kWebDenied) << row.rule;
  }
}

TEST_F(WebIdentityTest, TrustPolicyAloneDecides) {  // R-4.54, R-5.70, R-4.79
  const std::string other = Concat({kProvider, "x"});
  store::OidcProviderDefinition another = Oidc();
  another.url.text += "x";
  world.definitions().oidc_providers.push_back(another);
  const std::pair<std::string_view, std::string> rows[] = {
      {"names another provider", FederatedTrust(other, kWebAction)},
      {"names an account", Trust(kAccount, kWebAction)},
      {"other actions", FederatedTrust(kProvider, R"("sts:AssumeRole","sts:TagSession")")},
      {"SAML's action", FederatedTrust(kProvider, R"("sts:AssumeRoleWithSAML")")},
  };
  for (const auto& [name, trust] : rows) {
    SetTrust(&RoleNamed("web"), trust);
    world.Publish();
    EXPECT_EQ(Outcome(AssumeWeb(WebParameters()).status()), kWebDenied) << name;
  }
  SetTrust(&RoleNamed("web"), FederatedTrust(kProvider, kWebAction));
  world.Publish();
  for (const std::string_view role : {"absent", "WEB"}) {  // R-1.33
    session::WebIdentityParameters parameters = WebParameters();
    parameters.role_arn = RoleArn(role);
    EXPECT_EQ(Outcome(AssumeWeb(parameters).status()), kWebDenied) << role;
  }
}

TEST_F(WebIdentityTest, TagsAndSourceIdentityNeedTheTrustPolicyToo) {  // R-5.48, R-4.58
  SetTrust(&RoleNamed("web"), FederatedTrust(kProvider, kWebAction));
  world.Publish();
  const std::string tagged =
      Signed(Claims(R"(,"https://aws.amazon.com/tags/principal_tags/team":"red")"));
  const std::string named = Signed(Claims(R"(,"https://aws.amazon.com/source_identity":"alice")"));
  EXPECT_EQ(Outcome(AssumeWeb(WebParameters(tagged)).status()),
            "PERMISSION_DENIED AccessDenied: Not authorized to perform sts:TagSession");
  EXPECT_EQ(Outcome(AssumeWeb(WebParameters(named)).status()),
            "PERMISSION_DENIED AccessDenied: Not authorized to perform sts:SetSourceIdentity");
}

TEST_F(WebIdentityTest, TagsAndSourceIdentityOfTheToken) {  // R-5.50, R-5.53
  SetTrust(&RoleNamed("web"), FederatedTrust(kProvider, kWebActions));
  world.Publish();
  const std::string_view shapes[] = {
      R"(,"https://aws.amazon.com/tags":{"principal_tags":{"Team":["red"],"Unit":["x"]},)"
      R"("transitive_tag_keys":["Team"]},"https://aws.amazon.com/source_identity":"alice")",
      R"(,"https://aws.amazon.com/tags/principal_tags/Team":"red",)"
      R"("https://aws.amazon.com/tags/principal_tags/Unit":"x",)"
      R"("https://aws.amazon.com/tags/transitive_tag_keys":["Team"],)"
      R"("https://aws.amazon.com/source_identity":"alice")",
  };
  for (const std::string_view shape : shapes) {
    const auto issued = AssumeWeb(WebParameters(Signed(Claims(shape))));
    ASSERT_TRUE(issued.ok()) << issued.status();
    EXPECT_TRUE(issued->role.packed_policy_size.has_value());
    const session::SessionClaims claims = ClaimsOf(issued->role.credentials.session_token);
    EXPECT_EQ(claims.source_identity, "alice");
    std::vector<session::SessionTag> tags = claims.tags;
    std::sort(tags.begin(), tags.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
    EXPECT_EQ(tags,
              (std::vector<session::SessionTag>{{"Team", "red", true}, {"Unit", "x", false}}));
  }
}

struct BadRow {
  std::string_view rule;
  std::string_view more;
  std::string_view outcome;  // Its start.
};
// What a provider says obeys the rules for what callers say.
constexpr BadRow kVouchedRows[] = {
    {"R-5.45 duplicate",
     R"(,"https://aws.amazon.com/tags":{"principal_tags":{"team":"a","TEAM":"b"}})",
     "INVALID_ARGUMENT InvalidIdentityToken: Duplicate tag keys found."},
    {"R-1.38 reserved", R"(,"https://aws.amazon.com/tags":{"principal_tags":{"aws:x":"a"}})",
     "INVALID_ARGUMENT InvalidIdentityToken: Tag keys must not begin"},
    {"R-5.22 transitive and not passed",
     R"(,"https://aws.amazon.com/tags":{"principal_tags":{"a":"b"},"transitive_tag_keys":["c"]})",
     "INVALID_ARGUMENT InvalidIdentityToken: The specified transitive tag key"},
    {"R-5.21 characters", R"(,"https://aws.amazon.com/tags":{"principal_tags":{"a":"b;c"}})",
     "INVALID_ARGUMENT InvalidIdentityToken: 1 validation error detected: Value 'b;c' at "
     "'tags.1.member.value'"},
    {"R-5.26 characters", R"(,"https://aws.amazon.com/source_identity":"aws:alice")",
     "INVALID_ARGUMENT InvalidIdentityToken: 1 validation error detected: Value 'aws:alice' at "
     "'sourceIdentity'"},
    {"R-5.26 length", R"(,"https://aws.amazon.com/source_identity":"a")",
     "INVALID_ARGUMENT InvalidIdentityToken: 1 validation error detected: Value 'a' at "
     "'sourceIdentity'"},
};

TEST_F(WebIdentityTest, WhatAProviderSaysIsCheckedLikeAParameter) {
  SetTrust(&RoleNamed("web"), FederatedTrust(kProvider, kWebActions));
  world.Publish();
  for (const BadRow& row : kVouchedRows) {
    const std::string outcome =
        Outcome(AssumeWeb(WebParameters(Signed(Claims(row.more)))).status());
    EXPECT_EQ(outcome.substr(0, row.outcome.size()), row.outcome) << row.rule;
  }
}

TEST_F(WebIdentityTest, ProvidersBelongToTheAccountOfTheRole) {  // A-99, R-5.66
  world.Role(kOther, "web", FederatedTrust(kProvider, kWebAction));
  world.Publish();
  session::WebIdentityParameters parameters = WebParameters();
  parameters.role_arn = RoleArn("web", kOther);
  const std::string refused =
      Concat({kBad, "No OpenIDConnect provider found in your account for ", kIssuer});
  EXPECT_EQ(Outcome(AssumeWeb(parameters).status()), refused);
  // Exactly the URL: no slash more, no other case.
  for (const std::string_view issuer :
       {"https://oidc.example.com/id/1/", "https://OIDC.example.com/id/1",
        "http://oidc.example.com/id/1"}) {
    const std::string claims =
        SamlReplace(Claims(), Concat({"\"", kIssuer, "\""}), Concat({"\"", issuer, "\""}));
    EXPECT_EQ(Outcome(AssumeWeb(WebParameters(Signed(claims))).status()),
              Concat({kBad, "No OpenIDConnect provider found in your account for ", issuer}));
  }
}

TEST_F(WebIdentityTest, TimesWithFiveMinutesOfGrace) {  // R-5.65
  world.Publish();
  const int64_t now = absl::ToUnixSeconds(world.clock.Now());
  const std::string token = Signed(Claims());  // For 600 seconds.
  world.clock.Advance(absl::Seconds(600 + 299));
  WebToken(WebParameters(token));
  WebToken(WebParameters(token));  // Replay is allowed.
  world.clock.Advance(absl::Seconds(1));
  EXPECT_EQ(
      Outcome(AssumeWeb(WebParameters(token)).status()),
      base::StrCat("INVALID_ARGUMENT ExpiredTokenException: Token expired: current date/time ",
                   now + 900, " must be before the expiration date/time ", now + 600));
  const std::string later = base::StrCat(R"(,"nbf":)", now + 900 + 300);
  WebToken(WebParameters(Signed(Claims(later))));
  const std::string too_late = base::StrCat(R"(,"nbf":)", now + 900 + 301);
  EXPECT_EQ(base::ReasonOf(AssumeWeb(WebParameters(Signed(Claims(too_late)))).status()),
            "InvalidIdentityToken");
}

TEST_F(WebIdentityTest, TokensThatAreNone) {  // R-5.64, R-5.67, R-5.68
  world.Publish();
  const std::string good = Signed(Claims());
  const std::string other_key = federation::MakeToken(federation::SigningKey::Ec("P-256"), "ES256",
                                                      R"({"alg":"ES256","kid":"1"})", Claims());
  const std::string unknown_kid = federation::MakeToken(
      federation::SigningKey::For("ES256"), "ES256", R"({"alg":"ES256","kid":"2"})", Claims());
  const std::string none =
      Concat({federation::SigningInput(R"({"alg":"none"})", Claims()), ".AAAA"});
  const std::pair<std::string, std::string_view> rows[] = {
      {"abcd", "The ID Token provided is not a valid JWT."},
      {good.substr(0, good.size() - 4) + "AAAA", "The token's signature is not valid"},
      {other_key, "The token's signature is not valid"},
      {unknown_kid,
       "Couldn't retrieve verification key from your identity provider, please "
       "reference AssumeRoleWithWebIdentity documentation for requirements"},
      {none, "The signing algorithm `none` is not supported"},
      {Signed(Claims("", R"("elsewhere")")), "Incorrect token audience"},
      {Signed(Claims(R"(,"azp":"elsewhere")")), "Incorrect token audience"},
      {Signed(SamlReplace(Claims(), R"("aud":"sts.example.com",)", "")),
       "Missing a required claim: aud"},
      {Signed(SamlReplace(Claims(), R"("sub":"system:serviceaccount:default:web",)", "")),
       "Missing a required claim: sub"},
  };
  for (const auto& [token, text] : rows) {
    const std::string expected = Concat({kBad, text});
    EXPECT_EQ(Outcome(AssumeWeb(WebParameters(token)).status()).substr(0, expected.size()),
              expected);
  }
}

TEST_F(WebIdentityTest, ProviderIdIsForBuiltInProviders) {  // R-5.63
  world.Publish();
  session::WebIdentityParameters parameters = WebParameters();
  parameters.provider_id = "www.amazon.com";
  EXPECT_EQ(base::ReasonOf(AssumeWeb(parameters).status()), "ValidationError");
}

TEST_F(WebIdentityTest, LifetimeAndSessionPolicies) {  // R-5.8, R-5.36
  RoleNamed("web").max_session_duration_seconds = 7200;
  World::SetPolicies(&RoleNamed("web"), {Allow("app:*", "*")});
  world.Publish();
  session::WebIdentityParameters parameters = WebParameters();
  parameters.duration_seconds = 7201;
  EXPECT_EQ(base::ReasonOf(AssumeWeb(parameters).status()), "ValidationError");
  parameters.duration_seconds = 7200;
  parameters.policy = Allow("app:Read", "*");
  const auto issued = AssumeWeb(parameters);
  ASSERT_TRUE(issued.ok()) << issued.status();
  EXPECT_EQ(issued->role.credentials.expiration, world.clock.Now() + absl::Hours(2));
  EXPECT_TRUE(issued->role.packed_policy_size.has_value());
  EXPECT_EQ(DecideToken(issued->role.credentials.session_token, "app:Read"), Effect::kAllow);
  EXPECT_EQ(DecideToken(issued->role.credentials.session_token, "app:Write"),
            Effect::kImplicitDeny);
  parameters.policy = "{";
  EXPECT_EQ(base::ReasonOf(AssumeWeb(parameters).status()), "MalformedPolicyDocument");
}

struct LaterRow {
  std::string_view rule;
  std::string_view condition;
  bool matches;
};

TEST_F(WebIdentityTest, KeysOfLaterRequests) {  // R-3.24, R-3.20, R-1.25
  const LaterRow rows[] = {
      {"aud", R"({"StringEquals":{"oidc.example.com/id/1:aud":"sts.example.com"}})", true},
      {"sub",
       R"({"StringEquals":{"oidc.example.com/id/1:sub":"system:serviceaccount:default:web"}})",
       true},
      {"amr", R"({"ForAnyValue:StringEquals":{"oidc.example.com/id/1:amr":"otp"}})", true},
      {"not oaud", R"({"Null":{"oidc.example.com/id/1:oaud":"true"}})", true},
      {"not email", R"({"Null":{"oidc.example.com/id/1:email":"true"}})", true},
      {"not what is exposed", R"({"Null":{"oidc.example.com/id/1:x:sub":"true"}})", true},
      {"provider",
       R"({"StringEquals":{"aws:FederatedProvider":)"
       R"("arn:aws:iam::111122223333:oidc-provider/oidc.example.com/id/1"}})",
       true},
      {"type", R"({"StringEquals":{"aws:PrincipalType":"AssumedRole"}})", true},
      {"principal", R"({"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/web"}})",
       true},
      {"id", R"({"StringLike":{"aws:userid":"AROA*:pod-7"}})", true},
      {"issue time", R"({"Null":{"aws:TokenIssueTime":"false"}})", true},
  };
  Oidc().exposed_claims = {{"x:sub", {1, 1}}};
  std::vector<std::string> policies;
  for (const LaterRow& row : rows) {
    const std::string action = base::StrCat("later:A", policies.size());
    policies.push_back(Conditional("Allow", action, row.condition));
  }
  World::SetPolicies(&RoleNamed("web"), policies);
  world.Publish();
  const std::string token = WebToken(
      WebParameters(Signed(Claims(R"(,"amr":["otp"],"email":"a@b.example","x:sub":"y")"))));
  for (size_t i = 0; i < std::size(rows); ++i) {
    EXPECT_EQ(DecideToken(token, base::StrCat("later:A", i)), Effect::kAllow) << rows[i].rule;
  }
}

TEST_F(WebIdentityTest, TheNextHopIsChaining) {  // R-5.31, R-5.47, R-5.52
  SetTrust(&RoleNamed("web"), FederatedTrust(kProvider, kWebActions));
  World::SetPolicies(&RoleNamed("web"), {Allow("sts:*", "*")});
  world.Role(kAccount, "next", Trust(RoleArn("web"), kAllStsActions)).max_session_duration_seconds =
      43200;
  world.Publish();
  const std::string web = WebToken(WebParameters(Signed(
      Claims(R"(,"https://aws.amazon.com/tags":{"principal_tags":{"team":"red","unit":"x"},)"
             R"("transitive_tag_keys":["team"]},"https://aws.amazon.com/source_identity":"al")"))));
  session::AssumeRoleParameters parameters = World::Parameters(RoleArn("next"));
  parameters.duration_seconds = 3601;
  EXPECT_EQ(base::ReasonOf(world.Assume(World::Token(web), parameters).status()),
            "ValidationError");
  parameters.duration_seconds = 3600;
  const session::SessionClaims claims = ClaimsOf(AssumedToken(World::Token(web), parameters));
  EXPECT_EQ(claims.chain_depth, 1u);
  EXPECT_EQ(claims.source_identity, "al");
  EXPECT_EQ(claims.tags, (std::vector<session::SessionTag>{{"team", "red", true}}));
  EXPECT_EQ(claims.chain,
            std::vector<std::string>{"arn:aws:sts::111122223333:assumed-role/web/pod-7"});
  // Only source identity and tags survive: nothing of the provider does (R-6.5).
  EXPECT_EQ(claims.federated_provider, "");
  EXPECT_TRUE(claims.federated_keys.empty());
}

TEST_F(WebIdentityTest, ATokenThatSaysTooMuchForASession) {
  world.Publish();
  std::string methods;  // Incompressible, so that nothing of it fits.
  uint64_t state = 1;
  while (methods.size() < 14000) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    methods += base::StrCat(methods.empty() ? "" : ",", "\"", state, "\"");
  }
  const std::string token = Signed(Claims(Concat({R"(,"amr":[)", methods, "]"})));
  const auto issued = AssumeWeb(WebParameters(token));
  if (issued.ok()) {
    EXPECT_LE(issued->role.credentials.session_token.size(), session::kTokenBytesMax);
  } else {
    EXPECT_EQ(base::ReasonOf(issued.status()), "InvalidIdentityToken") << issued.status();
  }
}

// ---- SAML ---------------------------------------------------------------------------------------

class SamlTest : public FederatedTest {
 protected:
  SamlTest() { MoveToSamlTime(); }

  static std::string Attribute(std::string_view name, std::string_view value) {
    return Concat({R"(<saml:Attribute Name="https://aws.amazon.com/SAML/Attributes/)", name,
                   R"("><saml:AttributeValue>)", value, "</saml:AttributeValue></saml:Attribute>"});
  }
  static std::string With(std::string_view attributes) {
    return SamlReplace(SamlTestResponseXml(), "</saml:AttributeStatement>",
                       Concat({attributes, "</saml:AttributeStatement>"}));
  }
};

TEST_F(SamlTest, TellsWhatItIssued) {  // R-5.73, R-3.55
  world.Publish();
  const auto issued = AssumeSaml(SamlRequest());
  ASSERT_TRUE(issued.ok()) << issued.status();
  EXPECT_EQ(issued->subject, "alice@example.com");
  EXPECT_EQ(issued->subject_type, "persistent");
  EXPECT_EQ(issued->issuer, "https://idp.example.com/saml");
  EXPECT_EQ(issued->audience, "https://signin.aws.amazon.com/saml");
  EXPECT_EQ(issued->name_qualifier, "b2mcUV8lTfuTvjhPRKG4/lCLIag=");
  EXPECT_EQ(issued->role.assumed_role_arn, "arn:aws:sts::123456789012:assumed-role/Analysts/alice");
  EXPECT_EQ(issued->role.credentials.expiration, world.clock.Now() + absl::Hours(1));
  const session::SessionClaims claims = ClaimsOf(issued->role.credentials.session_token);
  EXPECT_EQ(claims.kind, session::SessionKind::kSaml);
  EXPECT_EQ(claims.federated_provider, federation::kSamlTestProvider);
  EXPECT_EQ(claims.federated_subject, "alice@example.com");
}

TEST_F(SamlTest, SessionEndsNoLaterThanTheProvidersOwn) {  // R-5.9, R-5.34
  SamlRoleDefinition().max_session_duration_seconds = 43200;
  world.Publish();
  session::SamlParameters parameters = SamlRequest();  // SessionNotOnOrAfter in 8 hours.
  parameters.duration_seconds = 43200;
  auto issued = AssumeSaml(parameters);
  ASSERT_TRUE(issued.ok()) << issued.status();
  EXPECT_EQ(issued->role.credentials.expiration, world.clock.Now() + absl::Hours(8));
  parameters = SamlRequest(
      SamlReplace(SamlTestResponseXml(), "2026-11-22T20:00:00Z", "2026-11-22T12:10:00Z"));
  issued = AssumeSaml(parameters);
  ASSERT_TRUE(issued.ok()) << issued.status();
  EXPECT_EQ(issued->role.credentials.expiration, world.clock.Now() + absl::Minutes(10));
  parameters.duration_seconds = 43201;
  EXPECT_EQ(base::ReasonOf(AssumeSaml(parameters).status()), "ValidationError");
}

TEST_F(SamlTest, SessionDurationBoundsConsoleSessionsOnly) {  // R-5.34
  SamlRoleDefinition().max_session_duration_seconds = 43200;
  world.Publish();
  session::SamlParameters parameters = SamlRequest(With(Attribute("SessionDuration", "900")));
  parameters.duration_seconds = 7200;
  const auto issued = AssumeSaml(parameters);
  ASSERT_TRUE(issued.ok()) << issued.status();
  EXPECT_EQ(issued->role.credentials.expiration, world.clock.Now() + absl::Hours(2));
}

TEST_F(SamlTest, KeysOfTrustAndOfLaterRequests) {  // R-3.54, R-3.24, R-3.20
  const std::pair<std::string_view, std::string_view> trusted[] = {
      {"aud", R"({"StringEquals":{"saml:aud":"https://signin.aws.amazon.com/saml"}})"},
      {"iss", R"({"StringEquals":{"saml:iss":"https://idp.example.com/saml"}})"},
      {"sub", R"({"StringEquals":{"saml:sub":"alice@example.com"}})"},
      {"sub_type", R"({"StringEquals":{"saml:sub_type":"persistent"}})"},
      {"doc", R"({"StringEquals":{"saml:doc":"123456789012/ExampleCorp"}})"},
      {"namequalifier",
       R"({"StringEquals":{"saml:namequalifier":"b2mcUV8lTfuTvjhPRKG4/lCLIag="}})"},
      {"no provider key", R"({"Null":{"aws:FederatedProvider":"true"}})"},
  };
  for (const auto& [name, condition] : trusted) {
    SetTrust(&SamlRoleDefinition(),
             FederatedTrust(federation::kSamlTestProvider, kSamlActions, condition));
    world.Publish();
    EXPECT_EQ(Outcome(AssumeSaml(SamlRequest()).status()), "") << name;
  }
  const std::pair<std::string_view, std::string_view> later[] = {
      {"sub", R"({"StringEquals":{"saml:sub":"alice@example.com"}})"},
      {"sub_type", R"({"StringEquals":{"saml:sub_type":"persistent"}})"},
      {"namequalifier",
       R"({"StringEquals":{"saml:namequalifier":"b2mcUV8lTfuTvjhPRKG4/lCLIag="}})"},
      {"no aud", R"({"Null":{"saml:aud":"true"}})"},
      {"no iss", R"({"Null":{"saml:iss":"true"}})"},
      {"no doc", R"({"Null":{"saml:doc":"true"}})"},
      {"no provider", R"({"Null":{"aws:FederatedProvider":"true"}})"},
  };
  for (const auto& [name, condition] : later) {
    World::SetPolicies(&SamlRoleDefinition(), {Conditional("Allow", "app:Use", condition)});
    world.Publish();
    EXPECT_EQ(DecideToken(SamlToken(SamlRequest()), "app:Use"), Effect::kAllow) << name;
  }
}

TEST_F(SamlTest, WhoMayNot) {  // R-4.80, R-5.74, R-5.66
  world.Role(kSamlAccount, "Others", FederatedTrust(federation::kSamlTestProvider, kSamlActions));
  world.Role(kAccount, "Analysts", FederatedTrust(federation::kSamlTestProvider, kSamlActions));
  world.Publish();
  session::SamlParameters parameters = SamlRequest();
  parameters.role_arn = RoleArn("Others", kSamlAccount);  // Not one of the assertion's.
  EXPECT_EQ(Outcome(AssumeSaml(parameters).status()), kSamlDenied);
  parameters.role_arn = RoleArn("Analysts");  // The provider is another account's.
  EXPECT_EQ(base::ReasonOf(AssumeSaml(parameters).status()), "InvalidIdentityToken");
  parameters = SamlRequest();
  parameters.principal_arn = "arn:aws:iam::123456789012:saml-provider/None";
  EXPECT_EQ(base::ReasonOf(AssumeSaml(parameters).status()), "InvalidIdentityToken");
  SetTrust(&world.definitions().roles[1],
           FederatedTrust(federation::kSamlTestProvider, kSamlActions,
                          R"({"StringEquals":{"saml:sub":"bob@example.com"}})"));
  world.Publish();
  EXPECT_EQ(Outcome(AssumeSaml(SamlRequest()).status()), kSamlDenied);
}

TEST_F(SamlTest, TagsAndSourceIdentity) {  // R-5.50, R-5.53, R-5.48
  const std::string xml =
      With(Concat({Attribute("PrincipalTag:Team", "red"), Attribute("TransitiveTagKeys", "Team"),
                   Attribute("SourceIdentity", "alice")}));
  world.Publish();
  EXPECT_EQ(Outcome(AssumeSaml(SamlRequest(xml)).status()),
            "PERMISSION_DENIED AccessDenied: Not authorized to perform sts:TagSession");
  SetTrust(&SamlRoleDefinition(), FederatedTrust(federation::kSamlTestProvider, kSamlActions));
  world.Publish();
  const session::SessionClaims claims = ClaimsOf(SamlToken(SamlRequest(xml)));
  EXPECT_EQ(claims.tags, (std::vector<session::SessionTag>{{"Team", "red", true}}));
  EXPECT_EQ(claims.source_identity, "alice");
  const std::string bad = With(Attribute("SourceIdentity", "a b"));
  EXPECT_EQ(base::ReasonOf(AssumeSaml(SamlRequest(bad)).status()), "InvalidIdentityToken");
}

TEST_F(SamlTest, ProofsThatAreNone) {  // R-5.75, R-5.74
  world.Publish();
  session::SamlParameters stranger = SamlRequest();
  stranger.saml_assertion = federation::SamlEncode(federation::SamlSign(
      SamlTestResponseXml(), "_assertion", federation::SamlTestKey::Stranger()));
  EXPECT_EQ(base::ReasonOf(AssumeSaml(stranger).status()), "InvalidIdentityToken");
  session::SamlParameters unsigned_one = SamlRequest();
  unsigned_one.saml_assertion = federation::SamlEncode(SamlTestResponseXml());
  EXPECT_EQ(base::ReasonOf(AssumeSaml(unsigned_one).status()), "InvalidIdentityToken");
  const std::string short_name = SamlReplace(SamlTestResponseXml(), ">alice<", ">a<");
  EXPECT_EQ(base::ReasonOf(AssumeSaml(SamlRequest(short_name)).status()), "InvalidIdentityToken");
  const session::SamlParameters late = SamlRequest();
  world.clock.Advance(absl::Minutes(4));  // Five minutes after issuance.
  EXPECT_EQ(Outcome(AssumeSaml(late).status()), "");
  world.clock.Advance(absl::Seconds(1));
  EXPECT_EQ(base::ReasonOf(AssumeSaml(late).status()), "ExpiredTokenException");
}

}  // namespace
}  // namespace portcullis::engine
