// Identity tokens, verified from text to claims: each algorithm, next to the bare verification of
// the same signature by OpenSSL, and what a refusal costs. Every answer is checked.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"

#include "server/base/error_reason.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/federation/identity_token.h"
#include "server/federation/jwks.h"
#include "tests/unit/federation/identity_token_maker.h"

namespace portcullis::bench {
namespace {

using base::Concat;
using base::StrCat;
using federation::IdentityToken;
using federation::KeySet;
using federation::ProviderFacts;
using federation::SigningKey;

constexpr int64_t kNowSeconds = 1790000000;

// About what a Kubernetes service-account token claims.
std::string Claims() {
  return StrCat(R"({"aud":["sts.example.com"],"exp":)", kNowSeconds + 3600, R"(,"iat":)",
                kNowSeconds,
                R"(,"iss":"https://oidc.example.com/id/1","kubernetes.io":{)"
                R"("namespace":"default","pod":{"name":"web-0","uid":"d8d0a2f4-52d6"},)"
                R"("serviceaccount":{"name":"web","uid":"b53cc7bd-3e3c"}},"nbf":)",
                kNowSeconds, R"(,"sub":"system:serviceaccount:default:web"})");
}

struct Case {
  explicit Case(const std::string& algorithm) : key(SigningKey::For(algorithm)) {
    header = Concat({R"({"alg":")", algorithm, R"(","kid":"key-1"})"});
    token = MakeToken(key, algorithm, header, Claims());
    std::vector<base::TextError> errors;
    provider = {.issuer = "https://oidc.example.com/id/1",
                .client_ids = {"sts.example.com"},
                .keys = KeySet::Parse(
                    federation::KeySetText({key.Jwk(R"("kid":"key-1","use":"sig")")}), {}, &errors),
                .extra_claims = {}};
  }

  const SigningKey& key;
  std::string header;
  std::string token;
  ProviderFacts provider;
};

void BM_VerifyIdentityToken(benchmark::State& state, const std::string& algorithm) {
  const Case c(algorithm);
  const absl::Time now = absl::FromUnixSeconds(kNowSeconds);
  for (auto _ : state) {
    const absl::StatusOr<IdentityToken> token = VerifyIdentityToken(c.token, c.provider, now);
    if (!token.ok() || token->subject != "system:serviceaccount:default:web") {
      state.SkipWithError("a good token is refused");
      break;
    }
  }
}
BENCHMARK_CAPTURE(BM_VerifyIdentityToken, RS256, "RS256");
BENCHMARK_CAPTURE(BM_VerifyIdentityToken, RS512, "RS512");
BENCHMARK_CAPTURE(BM_VerifyIdentityToken, PS256, "PS256");
BENCHMARK_CAPTURE(BM_VerifyIdentityToken, ES256, "ES256");
BENCHMARK_CAPTURE(BM_VerifyIdentityToken, ES384, "ES384");
BENCHMARK_CAPTURE(BM_VerifyIdentityToken, ES512, "ES512");
BENCHMARK_CAPTURE(BM_VerifyIdentityToken, EdDSA, "EdDSA");
BENCHMARK_CAPTURE(BM_VerifyIdentityToken, RS256_two_threads, "RS256")->Threads(2);

// What nobody can be faster than.
void BM_OpenSslVerify(benchmark::State& state, const std::string& algorithm) {
  const SigningKey& key = SigningKey::For(algorithm);
  const std::string input = federation::SigningInput("{}", Claims());
  const federation::SignatureCheck check(key, algorithm, input);
  for (auto _ : state) {
    if (!check.Verifies()) {
      state.SkipWithError("a good signature is refused");
      break;
    }
  }
}
BENCHMARK_CAPTURE(BM_OpenSslVerify, RS256, "RS256");
BENCHMARK_CAPTURE(BM_OpenSslVerify, ES256, "ES256");
BENCHMARK_CAPTURE(BM_OpenSslVerify, EdDSA, "EdDSA");

void ExpectRefusal(benchmark::State& state, const std::string& token, const ProviderFacts& provider,
                   const std::string& message) {
  const absl::Time now = absl::FromUnixSeconds(kNowSeconds);
  for (auto _ : state) {
    const absl::Status refused = VerifyIdentityToken(token, provider, now).status();
    if (refused.message().find(message) == absl::string_view::npos) {
      state.SkipWithError("not refused as expected");
      break;
    }
  }
}

void BM_Refuse_UnknownKey(benchmark::State& state) {
  const Case c("ES256");
  const std::string token = MakeToken(c.key, "ES256", R"({"alg":"ES256","kid":"key-2"})", Claims());
  ExpectRefusal(state, token, c.provider, "verification key");
}
BENCHMARK(BM_Refuse_UnknownKey);

void BM_Refuse_WrongSignature(benchmark::State& state) {
  const Case c("ES256");
  const std::string input = federation::SigningInput(c.header, Claims());
  const std::string token = Concat({input, ".", federation::Base64Url(c.key.Sign("ES256", "x"))});
  ExpectRefusal(state, token, c.provider, "signature is not valid");
}
BENCHMARK(BM_Refuse_WrongSignature);

// 20,000 characters of nested lists, objects or nothing at all.
void BM_Refuse_LargestToken(benchmark::State& state) {
  const Case c("ES256");
  std::string claims = "{";
  while (claims.size() < 14700) claims += StrCat("\"", claims.size(), "\":[{}],");
  claims.back() = '}';
  const std::string token =
      Concat({federation::SigningInput(c.header, claims), ".", federation::Base64Url("x")});
  if (token.size() < 19000 || token.size() > federation::kIdentityTokenLengthMax) std::abort();
  ExpectRefusal(state, token, c.provider, "Missing a required claim: iss");
}
BENCHMARK(BM_Refuse_LargestToken);

}  // namespace
}  // namespace portcullis::bench
