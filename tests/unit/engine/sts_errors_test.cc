// Section 5.13: every error that a caller of STS can cause, asked of the operations themselves.
//
// SignatureDoesNotMatch and IncompleteSignature (R-5.87, R-5.88) belong to signed requests and are
// tested with the module that verifies them; RegionDisabledException, InvalidAction and its kin
// (R-5.97, R-5.99) to the Query protocol; Throttling (R-5.100) to the transport. Where AWS has one
// code for several causes the status tells them apart by a reason of Portcullis's own.
#include <functional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "tests/unit/engine/sts_calls.h"
#include "tests/unit/federation/identity_token_maker.h"

namespace portcullis::engine {
namespace {

using ::testing::StartsWith;

using T = StsCallsTest;

// ---- Codes --------------------------------------------------------------------------------------

struct Row {
  std::string_view name;  // With its rule.
  std::function<absl::Status(T*)> call;
  std::string_view outcome;  // "CODE reason: text"; a text that ends in * is a beginning.
};

constexpr std::string_view kMfaUnable =
    "PERMISSION_DENIED AccessDenied: MultiFactorAuthentication failed, unable to validate MFA "
    "code.  Please verify your MFA serial number is valid and associated with this user.";

const Row kCodes[] = {
    // R-5.83
    {"AccessDenied: not permitted", [](T* t) { return t->AssumeAs(T::BobKey()); },
     "PERMISSION_DENIED AccessDenied: User: arn:aws:iam::111122223333:user/bob is not authorized "
     "to perform: sts:AssumeRole on resource: arn:aws:iam::111122223333:role/r because no "
     "identity-based policy allows the sts:AssumeRole action"},
    {"AccessDenied: no such role, R-4.79",
     [](T* t) {
       return t->AssumeAs(T::AnaKey(), [](auto* p) { p->role_arn = T::RoleArn("none"); });
     },
     "PERMISSION_DENIED AccessDenied: User: arn:aws:iam::111122223333:user/ana is not authorized "
     "to perform: sts:AssumeRole on resource: arn:aws:iam::111122223333:role/none because no role "
     "trust policy allows the sts:AssumeRole action"},
    {"AccessDenied: explicitly, R-4.76",
     [](T* t) {
       World::SetPolicies(&t->UserNamed("ana"), {Deny("sts:AssumeRole", "*")});
       t->the_world().Publish();
       return t->AssumeAs(T::AnaKey());
     },
     "PERMISSION_DENIED AccessDenied: User: arn:aws:iam::111122223333:user/ana is not authorized "
     "to perform: sts:AssumeRole on resource: arn:aws:iam::111122223333:role/r with an explicit "
     "deny in an identity-based policy"},
    {"AccessDenied: root, R-1.5", [](T* t) { return t->AssumeAs(T::RootKey()); },
     "PERMISSION_DENIED AccessDenied: Roles may not be assumed by root accounts."},
    {"AccessDenied: session credentials, R-5.13",
     [](T* t) { return t->GetSession(World::Token(t->SessionToken(T::AnaKey()))); },
     "PERMISSION_DENIED AccessDenied: Cannot call GetSessionToken with session credentials"},
    {"AccessDenied: session credentials, R-5.13",
     [](T* t) { return t->Federate(World::Token(t->RoleToken())); },
     "PERMISSION_DENIED AccessDenied: Cannot call GetFederationToken with session credentials"},
    {"AccessDenied: federated user, A-78",
     [](T* t) { return t->AssumeAs(World::Token(t->FederationToken(T::AnaKey(), "fred"))); },
     "PERMISSION_DENIED AccessDenied: Cannot call AssumeRole with federation token credentials"},
    {"AccessDenied: half of MFA, R-5.55",
     [](T* t) { return t->GetSession(T::AnaKey(), [](auto* p) { p->token_code = "123456"; }); },
     "PERMISSION_DENIED AccessDenied: MultiFactorAuthentication failed, must provide both MFA "
     "serial number and one time pass code."},
    {"AccessDenied: unknown device, R-5.56",
     [](T* t) {
       return t->GetSession(T::AnaKey(), [](auto* p) {
         p->serial_number = "arn:aws:iam::111122223333:mfa/none";
         p->token_code = "123456";
       });
     },
     kMfaUnable},
    {"AccessDenied: wrong code, R-5.56",
     [](T* t) {
       return t->GetSession(T::AnaKey(), [&](auto* p) {
         p->serial_number = std::string(T::kAnaDevice);
         p->token_code = t->Code(T::kBobSeed);
       });
     },
     "PERMISSION_DENIED AccessDenied: MultiFactorAuthentication failed with invalid MFA one time "
     "pass code."},
    {"AccessDenied: web identity, R-5.70, R-4.80",
     [](T* t) { return t->Web([](auto* p) { p->role_arn = T::RoleArn("none"); }); },
     "PERMISSION_DENIED AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity"},
    {"AccessDenied: SAML, R-4.80",
     [](T* t) {
       T::SetTrust(&t->RoleNamed("Analysts"), Trust(T::kAccount));
       t->the_world().Publish();
       return t->SamlWith();
     },
     "PERMISSION_DENIED AccessDenied: Not authorized to perform sts:AssumeRoleWithSAML"},
    // R-5.84: InvalidClientTokenId, told apart.
    {"InvalidClientTokenId: unknown key",
     [](T* t) { return t->AssumeAs(T::Key("AKIAAAAAAAAAAAAAAAAA")); },
     "UNAUTHENTICATED INVALID_ACCESS_KEY: The security token included in the request is invalid."},
    {"InvalidClientTokenId: inactive key",
     [](T* t) {
       t->UserNamed("ana").access_keys[0].active = false;
       t->the_world().Publish();
       return t->AssumeAs(T::AnaKey());
     },
     "UNAUTHENTICATED INVALID_ACCESS_KEY: The security token included in the request is invalid."},
    {"InvalidClientTokenId: wrong secret",
     [](T* t) {
       return t->AssumeAs({CallerProof::Kind::kAccessKey, T::kAnaKey, "another secret"});
     },
     "UNAUTHENTICATED INVALID_ACCESS_KEY: The security token included in the request is invalid."},
    {"InvalidClientTokenId: A-113 a session's key without its token",
     [](T* t) {
       const auto assumed = t->the_world().Assume(T::AnaKey(), World::Parameters(T::RoleArn("r")));
       return t->AssumeAs({CallerProof::Kind::kAccessKey, assumed->credentials.access_key_id,
                           assumed->credentials.secret_access_key});
     },
     "UNAUTHENTICATED INVALID_ACCESS_KEY: The security token included in the request is invalid."},
    {"InvalidClientTokenId: no token", [](T* t) { return t->AssumeAs(World::Token("garbage!")); },
     "UNAUTHENTICATED TOKEN_MALFORMED: *"},
    {"InvalidClientTokenId: forged token",
     [](T* t) {
       std::string token = t->RoleToken();
       token[token.size() / 2] = token[token.size() / 2] == 'A' ? 'B' : 'A';
       return t->AssumeAs(World::Token(token));
     },
     "UNAUTHENTICATED TOKEN_FORGED: *"},
    {"InvalidClientTokenId: deleted principal, R-6.10",
     [](T* t) {
       const std::string token = t->RoleToken();
       t->RoleNamed("r").create_date = absl::FromUnixSeconds(1700000000);
       t->the_world().Publish();
       return t->AssumeNextAs(token);
     },
     "UNAUTHENTICATED PRINCIPAL_GONE: *"},
    {"InvalidClientTokenId: IAM with a session, R-5.13",
     [](T* t) { return t->Ask(World::Token(t->SessionToken(T::AnaKey())), "iam:GetUser"); },
     "UNAUTHENTICATED InvalidClientTokenId: The security token included in the request is "
     "invalid"},
    {"InvalidClientTokenId: unknown key asked about, R-5.80",
     [](T* t) { return t->KeyInfo("AKIAAAAAAAAAAAAAAAAA"); },
     "UNAUTHENTICATED InvalidClientTokenId: *"},
    // R-5.85
    {"ExpiredToken",
     [](T* t) {
       const std::string token = t->RoleToken();
       t->the_world().clock.Advance(absl::Hours(1));
       return t->AssumeNextAs(token);
     },
     "UNAUTHENTICATED TOKEN_EXPIRED: The security token included in the request is expired"},
    {"ExpiredToken, of a session that was used before",
     [](T* t) {
       const std::string token = t->RoleToken();
       EXPECT_TRUE(t->AssumeNextAs(token).ok());
       t->the_world().clock.Advance(absl::Hours(1));
       return t->AssumeNextAs(token);
     },
     "UNAUTHENTICATED TOKEN_EXPIRED: The security token included in the request is expired"},
    {"InvalidClientTokenId: expired a week ago, R-5.85",
     [](T* t) {
       const std::string token = t->RoleToken();
       t->the_world().clock.Advance(absl::Hours(1 + 7 * 24));
       return t->AssumeNextAs(token);
     },
     "UNAUTHENTICATED InvalidClientTokenId: The security token included in the request is "
     "invalid"},
    // R-5.86
    {"ExpiredTokenException: web identity, R-5.65",
     [](T* t) {
       const std::string token = T::Signed(t->Claims());
       t->the_world().clock.Advance(absl::Seconds(900));
       return t->Web([&](auto* p) { p->web_identity_token = token; });
     },
     "INVALID_ARGUMENT ExpiredTokenException: Token expired: current date/time 1700000910 must be "
     "before the expiration date/time 1700000610"},
    {"ExpiredTokenException: SAML, R-5.75",
     [](T* t) {
       EXPECT_TRUE(t->SamlWith().ok());
       t->the_world().clock.Advance(absl::Minutes(5));
       return t->SamlWith();
     },
     "INVALID_ARGUMENT ExpiredTokenException: *"},
    // R-5.89
    {"MissingAuthenticationToken: a workload without a certificate",
     [](T* t) {
       WorkloadParameters parameters;
       parameters.role_arn = T::RoleArn("web");
       return t->the_world().sessions.AssumeRoleWithWorkloadIdentity(parameters, Peer()).status();
     },
     "UNAUTHENTICATED MissingAuthenticationToken: *"},
    {"MissingAuthenticationToken: nobody", [](T* t) { return t->AssumeAs(CallerProof()); },
     "INVALID_ARGUMENT CALLER_MISSING: *"},
    // R-5.90
    {"ValidationError: several members, R-5.5",
     [](T* t) {
       return t->AssumeAs(T::AnaKey(), [](auto* p) {
         p->role_session_name = "a";
         p->duration_seconds = 43201;
       });
     },
     "INVALID_ARGUMENT ValidationError: 2 validation errors detected: Value 'a' at "
     "'roleSessionName' failed to satisfy constraint: Member must have length greater than or "
     "equal to 2; Value '43201' at 'durationSeconds' failed to satisfy constraint: Member must "
     "have value less than or equal to 43200"},
    {"ValidationError: role's maximum, R-5.30",
     [](T* t) { return t->AssumeAs(T::AnaKey(), [](auto* p) { p->duration_seconds = 3601; }); },
     "INVALID_ARGUMENT ValidationError: The requested DurationSeconds exceeds the "
     "MaxSessionDuration set for this role."},
    {"ValidationError: chaining, R-5.31",
     [](T* t) {
       return t->AssumeNextAs(t->RoleToken(), [](auto* p) { p->duration_seconds = 3601; });
     },
     "INVALID_ARGUMENT ValidationError: The requested DurationSeconds exceeds the 1 hour session "
     "limit for roles assumed by role chaining."},
    {"ValidationError: source identity, A-90",
     [](T* t) {
       const std::string token = t->RoleToken([](auto* p) { p->source_identity = "ana"; });
       return t->AssumeNextAs(token, [](auto* p) { p->source_identity = "bob"; });
     },
     "INVALID_ARGUMENT ValidationError: The source identity is already set for this assume role "
     "session"},
    {"ValidationError: null, R-5.91",
     [](T* t) { return t->AssumeAs(T::AnaKey(), [](auto* p) { p->role_arn.clear(); }); },
     "INVALID_ARGUMENT ValidationError: 1 validation error detected: Value null at 'roleArn' "
     "failed to satisfy constraint: Member must not be null"},
    {"ValidationError: provider id, R-5.63",
     [](T* t) { return t->Web([](auto* p) { p->provider_id = "graph.facebook.com"; }); },
     "INVALID_ARGUMENT ValidationError: *"},
    // R-5.91
    {"InvalidParameterValue: duplicate tags, R-5.45",
     [](T* t) {
       return t->AssumeAs(T::AnaKey(), [](auto* p) { p->tags = {{"Team", "a"}, {"team", "a"}}; });
     },
     "INVALID_ARGUMENT InvalidParameterValue: Duplicate tag keys found. Please note that Tag keys "
     "are case insensitive."},
    {"InvalidParameterValue: reserved prefix, R-5.45",
     [](T* t) { return t->Federate(T::AnaKey(), [](auto* p) {
                  p->tags = {{"AWS:team", "a"}};
                }); },
     "INVALID_ARGUMENT InvalidParameterValue: *"},
    {"InvalidParameterValue: transitive and not passed, R-5.45",
     [](T* t) {
       return t->AssumeAs(T::AnaKey(), [](auto* p) { p->transitive_tag_keys = {"team"}; });
     },
     "INVALID_ARGUMENT InvalidParameterValue: The specified transitive tag key must be included in "
     "the requested tags."},
    {"InvalidParameterValue: inherited, A-88",
     [](T* t) {
       const std::string token = t->RoleToken([](auto* p) {
         p->tags = {{"team", "a"}};
         p->transitive_tag_keys = {"team"};
       });
       return t->AssumeNextAs(token, [](auto* p) { p->tags = {{"team", "a"}}; });
     },
     "INVALID_ARGUMENT InvalidParameterValue: One of the specified transitive tag keys can't be "
     "set because it conflicts with a transitive tag key from the calling session."},
    // R-5.92
    {"MalformedPolicyDocument",
     [](T* t) { return t->AssumeAs(T::AnaKey(), [](auto* p) { p->policy = "{"; }); },
     "INVALID_ARGUMENT MalformedPolicyDocument: *"},
    // R-5.93
    {"PackedPolicyTooLarge",
     [](T* t) { return t->Federate(T::AnaKey(), [](auto* p) { p->tags = Tags(50, 255); }); },
     "INVALID_ARGUMENT PackedPolicyTooLarge: Packed policy consumes *"},
    // R-5.94
    {"InvalidIdentityToken: no provider, R-5.66",
     [](T* t) {
       t->the_world().definitions().oidc_providers.clear();
       T::SetTrust(&t->RoleNamed("web"), Trust(T::kAccount));
       t->the_world().Publish();
       return t->Web();
     },
     "INVALID_ARGUMENT InvalidIdentityToken: No OpenIDConnect provider found in your account for "
     "https://oidc.example.com/id/1"},
    {"InvalidIdentityToken: audience, R-5.67",
     [](T* t) {
       return t->Web(
           [&](auto* p) { p->web_identity_token = T::Signed(t->Claims("", R"("elsewhere")")); });
     },
     "INVALID_ARGUMENT InvalidIdentityToken: Incorrect token audience"},
    {"InvalidIdentityToken: no key, R-5.68",
     [](T* t) {
       return t->Web([&](auto* p) {
         p->web_identity_token =
             federation::MakeToken(federation::SigningKey::For("ES256"), "ES256",
                                   R"({"alg":"ES256","kid":"9"})", t->Claims());
       });
     },
     "INVALID_ARGUMENT InvalidIdentityToken: Couldn't retrieve verification key from your identity "
     "provider, please reference AssumeRoleWithWebIdentity documentation for requirements"},
    {"InvalidIdentityToken: SAML",
     [](T* t) { return t->SamlWith([](auto* p) { p->saml_assertion = "AAAA"; }); },
     "INVALID_ARGUMENT InvalidIdentityToken: *"},
    // R-5.95
    {"IDPRejectedClaim: the provider said no",
     [](T* t) {
       const std::string xml = federation::SamlReplace(
           federation::SamlTestResponseXml(), "urn:oasis:names:tc:SAML:2.0:status:Success",
           "urn:oasis:names:tc:SAML:2.0:status:Responder");
       return t->SamlWith([&](auto* p) { p->saml_assertion = T::SamlRequest(xml).saml_assertion; });
     },
     "PERMISSION_DENIED IDPRejectedClaim: *"},
    // R-5.98
    {"InvalidAuthorizationMessageException", [](T* t) { return t->Decode("AAAA"); },
     "INVALID_ARGUMENT InvalidAuthorizationMessageException: *"},
};

class StsErrorCodesTest : public StsCallsTest, public testing::WithParamInterface<Row> {};

void PrintTo(const Row& row, std::ostream* out) {
  *out << row.name;
}

TEST_P(StsErrorCodesTest, IsWhatTheCallerGets) {
  const std::string outcome = Outcome(GetParam().call(this));
  std::string_view expected = GetParam().outcome;
  if (expected.ends_with("*")) {
    expected.remove_suffix(1);
    EXPECT_THAT(outcome, StartsWith(std::string(expected)));
  } else {
    EXPECT_EQ(outcome, expected);
  }
}

INSTANTIATE_TEST_SUITE_P(Codes, StsErrorCodesTest, testing::ValuesIn(kCodes));

// R-5.96, R-5.101: what passes, and may be tried again.
TEST_F(StsCallsTest, FailuresThatPass) {
  Oidc().jwks.text = nullptr;
  Oidc().jwks_url = {"https://keys.example.com/jwks", {1, 1}};
  world.Publish();
  class Unreachable : public federation::HttpFetcher {
   public:
    absl::StatusOr<federation::HttpResponse> Get(const std::string&, absl::Duration) override {
      return absl::UnavailableError("connection refused");
    }
  } fetcher;
  IdentityProviders providers(world.clock, &fetcher, {});
  Sessions sessions(world.store, world.clock,
                    {world.mfa, world.recorder, providers, world.authorizer, nullptr});
  const auto issued = sessions.AssumeRoleWithWebIdentity(WebParameters(), Peer());
  EXPECT_EQ(issued.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(base::ReasonOf(issued.status()), "IDPCommunicationError");

  const store::PolicyStore empty;
  Authorizer authorizer(empty, world.clock, world.recorder, nullptr);
  Sessions unloaded(empty, world.clock,
                    {world.mfa, world.recorder, providers, authorizer, nullptr});
  EXPECT_EQ(base::ReasonOf(unloaded.GetSessionToken(AnaKey(), {}, Peer()).status()), "NOT_LOADED");
  EXPECT_EQ(base::ReasonOf(unloaded.Validate("token", Peer()).status()), "NOT_LOADED");
}

// ---- Order --------------------------------------------------------------------------------------

// R-5.29: of two mistakes the earlier step's is reported.
const Row kOrder[] = {
    {"2 before 3: bad proof, bad parameter",
     [](T* t) {
       return t->AssumeAs(T::Key("AKIAAAAAAAAAAAAAAAAA"), [](auto* p) { p->role_arn = ""; });
     },
     "UNAUTHENTICATED INVALID_ACCESS_KEY: *"},
    {"3 before 4: bad parameter, root",
     [](T* t) { return t->AssumeAs(T::RootKey(), [](auto* p) { p->role_arn = ""; }); },
     "INVALID_ARGUMENT ValidationError: *"},
    {"4 before 5: root, half of MFA",
     [](T* t) { return t->AssumeAs(T::RootKey(), [](auto* p) { p->token_code = "123456"; }); },
     "PERMISSION_DENIED AccessDenied: Roles may not be assumed by root accounts."},
    {"5 before 6: bad code, no such role",
     [](T* t) {
       return t->AssumeAs(T::AnaKey(), [](auto* p) {
         p->role_arn = T::RoleArn("none");
         p->serial_number = "GAHT12345";
         p->token_code = "123456";
       });
     },
     kMfaUnable},
    {"6 before 7: not permitted, too long",
     [](T* t) { return t->AssumeAs(T::BobKey(), [](auto* p) { p->duration_seconds = 3601; }); },
     "PERMISSION_DENIED AccessDenied: User: *"},
    {"7 before 8: too long, source identity",
     [](T* t) {
       const std::string token = t->RoleToken([](auto* p) { p->source_identity = "ana"; });
       return t->AssumeNextAs(token, [](auto* p) {
         p->source_identity = "bob";
         p->duration_seconds = 3601;
       });
     },
     "INVALID_ARGUMENT ValidationError: The requested DurationSeconds *"},
    {"8 before 9: source identity, policy",
     [](T* t) {
       const std::string token = t->RoleToken([](auto* p) { p->source_identity = "ana"; });
       return t->AssumeNextAs(token, [](auto* p) {
         p->source_identity = "bob";
         p->policy = "{";
       });
     },
     "INVALID_ARGUMENT ValidationError: The source identity *"},
    {"9: parse before size",
     [](T* t) {
       return t->AssumeAs(T::AnaKey(), [](auto* p) {
         p->policy = "{";
         p->tags = Tags(50, 255);
       });
     },
     "INVALID_ARGUMENT MalformedPolicyDocument: *"},
};

INSTANTIATE_TEST_SUITE_P(Order, StsErrorCodesTest, testing::ValuesIn(kOrder));

}  // namespace
}  // namespace portcullis::engine
