// Identity tokens, as they come from outside, and their claims, as a provider could sign them.
//
// As a token the input meets a fixed key set whose private keys no longer exist: whatever is
// accepted must have been signed before they were thrown away, so it is about the one subject of
// the seeds. As claims the input is signed by the fuzzer itself: what is then accepted must hold
// what an accepted token promises.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/error_reason.h"
#include "server/federation/identity_token.h"
#include "server/federation/workload.h"
#include "tests/unit/federation/identity_token_maker.h"

namespace portcullis::federation {
namespace {

constexpr int64_t kNowSeconds = 1790000000;
constexpr std::string_view kSeedSubject = "the-only-subject";

// The public halves of the keys that signed the seeds `signed_*`.
constexpr std::string_view kSeedKeys[] = {
    R"({"kty":"RSA","n":"7sM5xaacYsEV1N6q_PgY6isrxBTzKcV4xIHtkX40YqXCExNTYs0PCkwoPh9wnQ)"
    R"(-8s3_1_7ywc6EhC5xMCW4a8CFNdBTUZsPFUjjhwe-en6P4fmMGM8HC7LePgT90vCCeC7NQSimRQW3SlV)"
    R"(ETKPPRh340caDSb2o8y6S5J83NRyjaKOJAvP3hFBAi4gNyjHS8cQQGPAFmwCpH4JpsdzLA6ceAIZbNKu)"
    R"(tTzL-YAfiHkgdDrNk68QQU0PLhS6zkNHTxiWTIaXmW6yck0NfwRNfJCYPH7kTbOBUxtsWQv3hdM6tV2u)"
    R"(6-fqMIPqJ5RHh7BFZj-RGmzVupjb4csLhhv-IpLw","e":"AQAB","kid":"RS256","use":"sig"})",
    R"({"kty":"EC","crv":"P-256","x":"jknrEoEDQRJJvJN4NFfVk8jI5KBlceXusYBbqarFyQw","y":)"
    R"("CWFRwmahXA7fxQpXouEFJz9HfGamEJ01Mqj_m7S01LM","kid":"ES256","use":"sig"})",
    R"({"kty":"EC","crv":"P-384","x":"yDj4AGsIugIzmFhjzYV5yyvX4K6ntyq5d-RX8RYRwR3qVPBWd)"
    R"(8tzV_BAHfqODA6q","y":"HGJSBe4yoXaZO29JNnz_NhGSs_30RzsuFNuivkFWnamb8oloiZJwkhReNC)"
    R"(j-lsvH","kid":"ES384","use":"sig"})",
    R"({"kty":"EC","crv":"P-521","x":"AQYtjgxZqS58XSDSqqGSOgxZGsJRLHMfyudlohTAtpIbiU0fB)"
    R"(jThUHQ4cPXE1JvS0dqm3AauvAEvFODKYegw4R7C","y":"AFv9_JGP2IcuBmhp_yhUnI1b0hjIZAHXh0)"
    R"(7pQayydf2vsavBXEL26KovMzLk8sccfYn_cFtQB4CYZQUuqRzCOP75","kid":"ES512","use":"sig)"
    R"("})",
    R"({"kty":"OKP","crv":"Ed25519","x":"Buuc4epkCFGIEoA5RJsTGz3RNN7PbqXSNJxfs8ep_ck",")"
    R"(kid":"EdDSA","use":"sig"})",
};

void Require(bool holds) {
  if (!holds) std::abort();
}

std::shared_ptr<const KeySet> Parse(const std::string& text) {
  std::vector<base::TextError> errors;
  auto keys = KeySet::Parse(text, {}, &errors);
  Require(keys != nullptr);
  return keys;
}

ProviderFacts Provider(std::shared_ptr<const KeySet> keys) {
  return {.issuer = "https://oidc.example.com/id/1",
          .client_ids = {"client"},
          .keys = std::move(keys),
          .extra_claims = {"groups", "kubernetes.io", "verified"}};
}

std::string SeedKeySet() {
  std::string text = R"({"keys":[)";
  for (const std::string_view key : kSeedKeys) {
    text += key;
    text += ',';
  }
  text.back() = ']';
  return text + "}";
}

void CheckRefusal(const absl::Status& status) {
  Require(status.code() == absl::StatusCode::kInvalidArgument);
  const std::string reason = base::ReasonOf(status);
  Require(reason == "InvalidIdentityToken" || reason == "ExpiredTokenException");
  Require(status.message().size() < 1000);
}

void CheckAccepted(const IdentityToken& token, const ProviderFacts& provider) {
  Require(token.issuer == provider.issuer);
  Require(!token.subject.empty() && token.subject.size() <= 255);
  Require(token.client_id == "client");
  Require(token.expires_at_seconds + 300 > kNowSeconds);
  Require(token.issued_at_seconds <= kNowSeconds + 300);
  Require(!token.audience.values.empty() && !token.original_audience.values.empty());
  Require(token.audience.multivalued == (token.audience.values.size() > 1));
  const std::vector<std::string>& audiences = token.original_audience.values;
  Require(std::find(audiences.begin(), audiences.end(), "client") != audiences.end());
  std::string last;
  for (const NamedClaim& key : ConditionKeysOf(token)) {
    Require(key.name.compare(0, 22, "oidc.example.com/id/1:") == 0);
    Require(last < key.name);
    Require(!key.values.values.empty());
    Require(key.values.multivalued || key.values.values.size() == 1);
    last = key.name;
  }
}

void CheckToken(std::string_view text) {
  static const ProviderFacts provider = Provider(Parse(SeedKeySet()));
  const absl::StatusOr<IdentityToken> token =
      VerifyIdentityToken(text, provider, absl::FromUnixSeconds(kNowSeconds));
  const absl::StatusOr<std::string> issuer = UnverifiedIssuerOf(text);
  if (!issuer.ok()) {
    CheckRefusal(issuer.status());
    Require(!token.ok());
  }
  if (!token.ok()) {
    CheckRefusal(token.status());
    return;
  }
  Require(token->subject == kSeedSubject);
  CheckAccepted(*token, provider);
}

void CheckClaims(std::string_view claims) {
  static const SigningKey& key = SigningKey::For("EdDSA");
  static const ProviderFacts provider = Provider(Parse(KeySetText({key.Jwk(R"("kid":"1")")})));
  const std::string text = MakeToken(key, "EdDSA", R"({"alg":"EdDSA","kid":"1"})", claims);
  const absl::StatusOr<IdentityToken> token =
      VerifyIdentityToken(text, provider, absl::FromUnixSeconds(kNowSeconds));
  if (token.ok()) {
    CheckAccepted(*token, provider);
  } else {
    CheckRefusal(token.status());
  }
}

void CheckSpiffeId(std::string_view text) {
  const absl::StatusOr<SpiffeId> id = ParseSpiffeId(text);
  if (id.ok()) Require(SpiffeIdText(*id) == text);
}

}  // namespace
}  // namespace portcullis::federation

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  portcullis::federation::CheckToken(input);
  // Signing is slow: only what could be claims is worth it.
  if (!input.empty() && input.front() == '{') portcullis::federation::CheckClaims(input);
  portcullis::federation::CheckSpiffeId(input);
  return 0;
}
