// Every limit of sections 5.2 to 5.12, at and past it, asked of the operations themselves: bad
// input never reaches a token.
#include <functional>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "tests/unit/engine/sts_calls.h"

namespace portcullis::engine {
namespace {

using T = StsCallsTest;

// The last value that is accepted as a parameter, and the first that is not: "" or the reason. What
// is accepted may fail later for another reason, given as `then`.
struct Limit {
  std::string_view name;
  std::function<absl::Status(T*)> at;
  std::function<absl::Status(T*)> past;
  std::string_view reason = "ValidationError";
  std::string_view then = "";
};

template <typename Change>
std::function<absl::Status(T*)> A(Change change) {
  return [change](T* t) { return t->AssumeAs(T::AnaKey(), change); };
}
template <typename Change>
std::function<absl::Status(T*)> G(Change change) {
  return [change](T* t) { return t->GetSession(T::AnaKey(), change); };
}
template <typename Change>
std::function<absl::Status(T*)> F(Change change) {
  return [change](T* t) { return t->Federate(T::AnaKey(), change); };
}
template <typename Change>
std::function<absl::Status(T*)> W(Change change) {
  return [change](T* t) { return t->Web(change); };
}
template <typename Change>
std::function<absl::Status(T*)> S(Change change) {
  return [change](T* t) { return t->SamlWith(change); };
}

std::string Long(std::string_view start, size_t size) {
  return std::string(start) + std::string(size - start.size(), 'x');
}
std::string RoleArnOf(size_t size) {
  return Long("arn:aws:iam::111122223333:role/", size);
}
std::string PolicyArnOf(size_t size) {
  return Long("arn:aws:iam::111122223333:policy/", size);
}
// A document of that many characters.
std::string PolicyOf(size_t size) {
  std::string document = Allow("app:*", "*");
  return document.insert(1, size - document.size(), ' ');
}
std::string JwtOf(size_t size) {
  return std::string(size, 'a');
}

const Limit kLimits[] = {
    // R-5.16, R-5.4
    {"RoleArn 20", A([](auto* p) {
       p->role_arn = "arn:aws:iam::111122223333:role/";
       p->role_arn.resize(20);
     }),
     A([](auto* p) { p->role_arn = std::string(19, 'a'); }), "ValidationError", "ValidationError"},
    {"RoleArn 2048", A([](auto* p) { p->role_arn = RoleArnOf(2048); }),
     A([](auto* p) { p->role_arn = RoleArnOf(2049); }), "ValidationError", "AccessDenied"},
    {"RoleArn characters", A([](auto* p) { p->role_arn = T::RoleArn("\u00E9"); }),
     A([](auto* p) { p->role_arn = T::RoleArn("\x7f"); }), "ValidationError", "AccessDenied"},
    // R-5.17
    {"RoleSessionName 2", A([](auto* p) { p->role_session_name = "ab"; }),
     A([](auto* p) { p->role_session_name = "a"; })},
    {"RoleSessionName 64", A([](auto* p) { p->role_session_name = std::string(64, 'a'); }),
     A([](auto* p) { p->role_session_name = std::string(65, 'a'); })},
    {"RoleSessionName characters", A([](auto* p) { p->role_session_name = "Az09_+=,.@-"; }),
     A([](auto* p) { p->role_session_name = "a/b"; })},
    {"RoleSessionName of letters of ASCII", A([](auto* p) { p->role_session_name = "e-"; }),
     A([](auto* p) { p->role_session_name = "\u00E9\u00E9"; })},
    // R-5.18, R-5.39
    {"Policy characters", A([](auto* p) { p->policy = "\u00FF\t\r\n"; }),
     A([](auto* p) { p->policy = "\u0100"; }), "ValidationError", "MalformedPolicyDocument"},
    {"Policy 2048", A([](auto* p) { p->policy = PolicyOf(2048); }),
     A([](auto* p) { p->policy = PolicyOf(2049); })},
    {"Policy 2048, federated", F([](auto* p) { p->policy = PolicyOf(2048); }),
     F([](auto* p) { p->policy = PolicyOf(2049); })},
    // R-5.19
    {"PolicyArns 10",
     A([](auto* p) { p->policy_arns.assign(10, "arn:aws:iam::aws:policy/AdministratorAccess"); }),
     A([](auto* p) { p->policy_arns.assign(11, "arn:aws:iam::aws:policy/AdministratorAccess"); })},
    {"PolicyArns 2048 characters", A([](auto* p) { p->policy_arns = {PolicyArnOf(2048)}; }),
     A([](auto* p) { p->policy_arns = {PolicyArnOf(2049)}; }), "ValidationError",
     "ValidationError"},
    {"PolicyArns that exist",
     A([](auto* p) { p->policy_arns = {"arn:aws:iam::aws:policy/AdministratorAccess"}; }),
     A([](auto* p) { p->policy_arns = {"arn:aws:iam::aws:policy/administratoraccess"}; })},
    // R-5.20, R-5.30
    {"DurationSeconds 900", A([](auto* p) { p->duration_seconds = 900; }),
     A([](auto* p) { p->duration_seconds = 899; })},
    {"DurationSeconds of the role", A([](auto* p) { p->duration_seconds = 3600; }),
     A([](auto* p) { p->duration_seconds = 3601; })},
    {"DurationSeconds above 0", A([](auto* p) { p->duration_seconds = 3600; }),
     A([](auto* p) { p->duration_seconds = -1; })},
    // R-5.31
    {"DurationSeconds of a chain",
     [](T* t) {
       return t->AssumeNextAs(t->RoleToken(), [](auto* p) { p->duration_seconds = 3600; });
     },
     [](T* t) {
       return t->AssumeNextAs(t->RoleToken(), [](auto* p) { p->duration_seconds = 3601; });
     }},
    // R-5.21, R-5.45
    {"Tags 50", A([](auto* p) { p->tags = Tags(50); }), A([](auto* p) { p->tags = Tags(51); })},
    {"Tag key 1", A([](auto* p) {
       p->tags = {{"k", "v"}};
     }),
     A([](auto* p) {
       p->tags = {{"", "v"}};
     })},
    {"Tag key 128", A([](auto* p) {
       p->tags = {{std::string(128, 'k'), "v"}};
     }),
     A([](auto* p) {
       p->tags = {{std::string(129, 'k'), "v"}};
     })},
    {"Tag value 256", A([](auto* p) {
       p->tags = {{"k", std::string(256, 'v')}};
     }),
     A([](auto* p) {
       p->tags = {{"k", std::string(257, 'v')}};
     })},
    {"Tag value 0", A([](auto* p) {
       p->tags = {{"k", ""}};
     }),
     A([](auto* p) {
       p->tags = {{"k", "\n"}};
     })},
    {"Tag key characters", A([](auto* p) {
       p->tags = {{"\u00C9\u4E2D 9_.:/=+-@", "v"}};
     }),
     A([](auto* p) {
       p->tags = {{"k;", "v"}};
     })},
    {"Tag value characters", A([](auto* p) {
       p->tags = {{"k", "\u00C9\u4E2D 9_.:/=+-@"}};
     }),
     A([](auto* p) {
       p->tags = {{"k", "a*"}};
     })},
    {"Tag keys differ", A([](auto* p) {
       p->tags = {{"team", "v"}, {"teams", "v"}};
     }),
     A([](auto* p) {
       p->tags = {{"team", "v"}, {"TEAM", "w"}};
     }),
     "InvalidParameterValue"},
    {"Tag keys not of AWS", A([](auto* p) {
       p->tags = {{"aws", "v"}};
     }),
     A([](auto* p) {
       p->tags = {{"aws:", "v"}};
     }),
     "InvalidParameterValue"},
    // R-5.22
    {"TransitiveTagKeys 50", A([](auto* p) {
       p->tags = Tags(50);
       for (const auto& tag : p->tags) p->transitive_tag_keys.push_back(tag.key);
     }),
     A([](auto* p) {
       p->tags = Tags(50);
       p->transitive_tag_keys.assign(51, "k0");
     })},
    {"TransitiveTagKeys among Tags", A([](auto* p) {
       p->tags = {{"k", "v"}};
       p->transitive_tag_keys = {"K"};
     }),
     A([](auto* p) {
       p->tags = {{"k", "v"}};
       p->transitive_tag_keys = {"l"};
     }),
     "InvalidParameterValue"},
    // R-5.23
    {"ExternalId 2", A([](auto* p) { p->external_id = "ab"; }),
     A([](auto* p) { p->external_id = "a"; })},
    {"ExternalId 1224", A([](auto* p) { p->external_id = std::string(1224, 'a'); }),
     A([](auto* p) { p->external_id = std::string(1225, 'a'); })},
    {"ExternalId characters", A([](auto* p) { p->external_id = "Az09_+=,.@:/-"; }),
     A([](auto* p) { p->external_id = "a b"; })},
    // R-5.24, R-5.25; what is well-formed is refused as no device of ana's.
    {"SerialNumber 9", A([](auto* p) {
       p->serial_number = "GAHT12345";
       p->token_code = "123456";
     }),
     A([](auto* p) {
       p->serial_number = "GAHT1234";
       p->token_code = "123456";
     }),
     "ValidationError", "AccessDenied"},
    {"SerialNumber 256", A([](auto* p) {
       p->serial_number = std::string(256, 'a');
       p->token_code = "123456";
     }),
     A([](auto* p) {
       p->serial_number = std::string(257, 'a');
       p->token_code = "123456";
     }),
     "ValidationError", "AccessDenied"},
    {"SerialNumber characters", A([](auto* p) {
       p->serial_number = "Az09_+=/:,.@-";
       p->token_code = "123456";
     }),
     A([](auto* p) {
       p->serial_number = "GAHT 12345";
       p->token_code = "123456";
     }),
     "ValidationError", "AccessDenied"},
    {"TokenCode 6", A([](auto* p) {
       p->serial_number = "GAHT12345";
       p->token_code = "123456";
     }),
     A([](auto* p) {
       p->serial_number = "GAHT12345";
       p->token_code = "12345";
     }),
     "ValidationError", "AccessDenied"},
    {"TokenCode not 7", A([](auto* p) {
       p->serial_number = "GAHT12345";
       p->token_code = "000000";
     }),
     A([](auto* p) {
       p->serial_number = "GAHT12345";
       p->token_code = "0000000";
     }),
     "ValidationError", "AccessDenied"},
    {"TokenCode digits", G([](auto* p) {
       p->serial_number = "GAHT12345";
       p->token_code = "000000";
     }),
     G([](auto* p) {
       p->serial_number = "GAHT12345";
       p->token_code = "00000a";
     }),
     "ValidationError", "AccessDenied"},
    // R-5.26
    {"SourceIdentity 2", A([](auto* p) { p->source_identity = "ab"; }),
     A([](auto* p) { p->source_identity = "a"; })},
    {"SourceIdentity 64", A([](auto* p) { p->source_identity = std::string(64, 'a'); }),
     A([](auto* p) { p->source_identity = std::string(65, 'a'); })},
    {"SourceIdentity not of AWS", A([](auto* p) { p->source_identity = "aws"; }),
     A([](auto* p) { p->source_identity = "aws:a"; })},
    // R-5.10, R-5.11
    {"GetSessionToken 900", G([](auto* p) { p->duration_seconds = 900; }),
     G([](auto* p) { p->duration_seconds = 899; })},
    {"GetSessionToken 129600", G([](auto* p) { p->duration_seconds = 129600; }),
     G([](auto* p) { p->duration_seconds = 129601; })},
    {"GetFederationToken 900", F([](auto* p) { p->duration_seconds = 900; }),
     F([](auto* p) { p->duration_seconds = 899; })},
    {"GetFederationToken 129600", F([](auto* p) { p->duration_seconds = 129600; }),
     F([](auto* p) { p->duration_seconds = 129601; })},
    // R-5.78
    {"Name 2", F([](auto* p) { p->name = "ab"; }), F([](auto* p) { p->name = "a"; })},
    {"Name 32", F([](auto* p) { p->name = std::string(32, 'a'); }),
     F([](auto* p) { p->name = std::string(33, 'a'); })},
    {"Name characters", F([](auto* p) { p->name = "Az09_+=,.@-"; }),
     F([](auto* p) { p->name = "a:b"; })},
    {"Name at all", F([](auto* p) { p->name = "ab"; }), F([](auto* p) { p->name = ""; })},
    {"Federated tags 50", F([](auto* p) { p->tags = Tags(50); }),
     F([](auto* p) { p->tags = Tags(51); })},
    {"Federated tag keys differ", F([](auto* p) {
       p->tags = {{"a", "v"}, {"b", "v"}};
     }),
     F([](auto* p) {
       p->tags = {{"a", "v"}, {"A", "v"}};
     }),
     "InvalidParameterValue"},
    {"Federated policy ARNs 10",
     F([](auto* p) { p->policy_arns.assign(10, "arn:aws:iam::aws:policy/AdministratorAccess"); }),
     F([](auto* p) { p->policy_arns.assign(11, "arn:aws:iam::aws:policy/AdministratorAccess"); })},
    // R-5.63
    {"WebIdentityToken 4", W([](auto* p) { p->web_identity_token = JwtOf(4); }),
     W([](auto* p) { p->web_identity_token = JwtOf(3); }), "ValidationError",
     "InvalidIdentityToken"},
    {"WebIdentityToken 20000", W([](auto* p) { p->web_identity_token = JwtOf(20000); }),
     W([](auto* p) { p->web_identity_token = JwtOf(20001); }), "ValidationError",
     "InvalidIdentityToken"},
    {"Web session name 64", W([](auto* p) { p->role_session_name = std::string(64, 'a'); }),
     W([](auto* p) { p->role_session_name = std::string(65, 'a'); })},
    {"Web session name 2", W([](auto* p) { p->role_session_name = "ab"; }),
     W([](auto* p) { p->role_session_name = "a"; })},
    {"Web duration 900", W([](auto* p) { p->duration_seconds = 900; }),
     W([](auto* p) { p->duration_seconds = 899; })},
    {"Web duration of the role", W([](auto* p) { p->duration_seconds = 3600; }),
     W([](auto* p) { p->duration_seconds = 3601; })},
    {"Web policy ARNs 10",
     W([](auto* p) { p->policy_arns.assign(10, "arn:aws:iam::aws:policy/AdministratorAccess"); }),
     W([](auto* p) { p->policy_arns.assign(11, "arn:aws:iam::aws:policy/AdministratorAccess"); })},
    {"Web policy 2048", W([](auto* p) { p->policy = PolicyOf(2048); }),
     W([](auto* p) { p->policy = PolicyOf(2049); })},
    // R-5.73
    {"SAMLAssertion 4", S([](auto* p) { p->saml_assertion = "AAAA"; }),
     S([](auto* p) { p->saml_assertion = "AAA"; }), "ValidationError", "InvalidIdentityToken"},
    {"SAMLAssertion 100000", S([](auto* p) { p->saml_assertion = std::string(100000, 'A'); }),
     S([](auto* p) { p->saml_assertion = std::string(100001, 'A'); }), "ValidationError",
     "InvalidIdentityToken"},
    {"PrincipalArn 20", S([](auto* p) { p->principal_arn = std::string(20, 'a'); }),
     S([](auto* p) { p->principal_arn = std::string(19, 'a'); }), "ValidationError",
     "InvalidIdentityToken"},
    {"SAML duration 900", S([](auto* p) { p->duration_seconds = 900; }),
     S([](auto* p) { p->duration_seconds = 899; })},
    {"SAML duration of the role", S([](auto* p) { p->duration_seconds = 3600; }),
     S([](auto* p) { p->duration_seconds = 3601; })},
    // R-5.80
    {"AccessKeyId 16", [](T* t) { return t->KeyInfo(std::string(16, 'A')); },
     [](T* t) { return t->KeyInfo(std::string(15, 'A')); }, "ValidationError",
     "InvalidClientTokenId"},
    {"AccessKeyId 128", [](T* t) { return t->KeyInfo(std::string(128, 'A')); },
     [](T* t) { return t->KeyInfo(std::string(129, 'A')); }, "ValidationError",
     "InvalidClientTokenId"},
    {"AccessKeyId characters", [](T* t) { return t->KeyInfo(T::kAnaKey); },
     [](T* t) { return t->KeyInfo("AKIAIOSFODNN7-EXAMPLE"); }},
    // R-5.81
    {"EncodedMessage 1", [](T* t) { return t->Decode("A"); }, [](T* t) { return t->Decode(""); },
     "ValidationError", "InvalidAuthorizationMessageException"},
    {"EncodedMessage 10240", [](T* t) { return t->Decode(std::string(10240, 'A')); },
     [](T* t) { return t->Decode(std::string(10241, 'A')); }, "ValidationError",
     "InvalidAuthorizationMessageException"},
};

class StsLimitsTest : public StsCallsTest, public testing::WithParamInterface<Limit> {};

void PrintTo(const Limit& limit, std::ostream* out) {
  *out << limit.name;
}

TEST_P(StsLimitsTest, AtAndPastIt) {
  const absl::Status at = GetParam().at(this);
  EXPECT_EQ(base::ReasonOf(at), GetParam().then) << at;
  const absl::Status past = GetParam().past(this);
  EXPECT_EQ(base::ReasonOf(past), GetParam().reason) << past;
  EXPECT_EQ(past.code(), absl::StatusCode::kInvalidArgument);
}

INSTANTIATE_TEST_SUITE_P(Limits, StsLimitsTest, testing::ValuesIn(kLimits));

}  // namespace
}  // namespace portcullis::engine
