// Verification of signed requests: the cost of a cached key, of a derivation, of a refusal. The
// floor is what the cryptography alone costs on the same machine: one SHA-256 of the canonical
// request and one HMAC of the string to sign.

#include <optional>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include <openssl/evp.h>
#include <openssl/params.h>

#include "server/base/error_reason.h"
#include "server/signature/authentication.h"
#include "server/signature/canonical_request.h"
#include "server/signature/sign.h"
#include "server/signature/verify.h"
#include "tests/bench/allocations.h"

namespace portcullis::bench {
namespace {

using signature::AddedHeader;
using signature::Authentication;
using signature::HeaderField;
using signature::SignedRequest;

constexpr std::string_view kKeyId = "AKIAIOSFODNN7EXAMPLE";
constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
constexpr std::string_view kBody = "Action=GetCallerIdentity&Version=2011-06-15";

absl::Time Noon() {
  return absl::FromUnixSeconds(1795262400);
}

absl::Status ParseAndVerify(const SignedRequest& request, std::string_view secret,
                            signature::SigningKeyCache* cache) {
  const absl::StatusOr<Authentication> parsed = signature::ParseAuthentication(request);
  if (!parsed.ok()) return parsed.status();
  signature::VerifyOptions options;
  options.expected_service = "sts";
  return signature::VerifySignature(request, *parsed, secret, Noon(), options, cache);
}

// A call to STS as boto3 makes it, in the header or the presigned form.
class Call {
 public:
  explicit Call(bool presigned)
      : token_(presigned ? 0 : 700, 't'), hash_(signature::BodySha256(presigned ? "" : kBody)) {
    headers_ = {{"Host", "portcullis.example:8080"},
                {"Accept-Encoding", "identity"},
                {"User-Agent", "aws-cli/1.45.11 md/Botocore#1.43.11 ua/2.1 os/linux"}};
    if (!presigned) {
      headers_.push_back({"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"});
    }
    request_.method = presigned ? "GET" : "POST";
    request_.path = "/";
    request_.query = presigned ? kBody : "";
    request_.headers = headers_;
    request_.body_sha256 = hash_;
    signature::SignOptions options{.region = "us-east-1", .service = "sts", .time = Noon()};
    if (presigned) options.presigned_expires = absl::Minutes(5);
    signature::SigningCredentials credentials{kKeyId, kSecret, std::nullopt};
    if (!presigned) credentials.session_token = token_;
    auto made = signature::SignRequest(request_, credentials, options);
    valid_ = made.ok();
    if (!valid_) return;
    signature_ = *std::move(made);
    for (const AddedHeader& header : signature_.headers) {
      headers_.push_back({header.name, header.value});
    }
    // What comes behind the signature, and is not signed.
    headers_.push_back({"amz-sdk-invocation-id", "1135c10a-cc72-44a2-83fa-7f648ab012d9"});
    headers_.push_back({"Content-Length", "43"});
    request_.headers = headers_;
    request_.query = signature_.query;
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  bool valid() const { return valid_; }
  const SignedRequest& request() const { return request_; }

  absl::Status Verify(std::string_view secret, signature::SigningKeyCache* cache) const {
    return ParseAndVerify(request_, secret, cache);
  }
  // The same with another body.
  absl::Status VerifyForged(std::string_view secret, signature::SigningKeyCache* cache) const {
    SignedRequest forged = request_;
    forged.body_sha256 = signature::kEmptyBodySha256;
    return ParseAndVerify(forged, secret, cache);
  }

 private:
  const std::string token_;  // As long as a session token.
  const std::string hash_;
  std::vector<HeaderField> headers_;
  SignedRequest request_;
  signature::RequestSignature signature_;
  bool valid_ = false;
};

const Call& SharedCall(bool presigned) {
  static const Call* const in_headers = new Call(false);
  static const Call* const in_query = new Call(true);
  return presigned ? *in_query : *in_headers;
}

void ReportAllocations(uint64_t before, benchmark::State& state) {
  state.counters["allocations"] = benchmark::Counter(
      static_cast<double>(AllocationCount() - before), benchmark::Counter::kAvgIterations);
}

void VerifyCached(benchmark::State& state) {
  const Call& call = SharedCall(state.range(0) != 0);
  signature::SigningKeyCache cache;
  if (!call.valid() || !call.Verify(kSecret, &cache).ok() || cache.size() != 1) {
    state.SkipWithError("the call does not verify");
    return;
  }
  const uint64_t before = AllocationCount();
  for (auto _ : state) {
    if (!call.Verify(kSecret, &cache).ok()) state.SkipWithError("refused a right signature");
  }
  ReportAllocations(before, state);
}
BENCHMARK(VerifyCached)->ArgName("presigned")->Arg(0)->Arg(1)->Threads(1)->Threads(2);

void VerifyDerived(benchmark::State& state) {
  const Call& call = SharedCall(false);
  for (auto _ : state) {
    if (!call.Verify(kSecret, nullptr).ok()) state.SkipWithError("refused a right signature");
  }
}
BENCHMARK(VerifyDerived)->Threads(1)->Threads(2);

// An unknown key, checked against a dummy secret; and a known one whose key is in the cache, with a
// wrong signature: the two must cost about the same.
void Refuse(benchmark::State& state) {
  const Call& call = SharedCall(false);
  const bool known = state.range(0) != 0;
  const std::string_view secret = known ? kSecret : "a dummy secret, which is known to nobody";
  signature::SigningKeyCache cache;
  if (known && !call.Verify(secret, &cache).ok()) state.SkipWithError("the call does not verify");
  for (auto _ : state) {
    if (base::ReasonOf(call.VerifyForged(secret, &cache)) != "SignatureDoesNotMatch") {
      state.SkipWithError("accepted a wrong signature");
    }
  }
  if (cache.size() != (known ? 1u : 0u)) state.SkipWithError("the cache changed");
}
BENCHMARK(Refuse)->ArgName("known")->Arg(0)->Arg(1);

// The cryptography of VerifyCached and nothing else: SHA-256 of the canonical request and HMAC of a
// string to sign, contexts reused.
void Floor(benchmark::State& state) {
  const Call& call = SharedCall(false);
  const absl::StatusOr<Authentication> parsed = signature::ParseAuthentication(call.request());
  const std::string canonical =
      parsed.ok() ? signature::CanonicalRequest(call.request(), parsed->signed_headers,
                                                *call.request().body_sha256, {})
                        .value_or("")
                  : "";
  const std::string string_to_sign(138, 's');
  EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  EVP_MD_CTX* const digest = EVP_MD_CTX_new();
  EVP_MAC* const hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  EVP_MAC_CTX* const mac = EVP_MAC_CTX_new(hmac);
  char name[] = "SHA256";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string("digest", name, 0),
                                   OSSL_PARAM_construct_end()};
  unsigned char output[32] = {};
  if (EVP_MAC_init(mac, output, sizeof(output), parameters) != 1) state.SkipWithError("no HMAC");
  for (auto _ : state) {
    size_t written = 0;
    const bool done =
        EVP_DigestInit_ex2(digest, sha256, nullptr) == 1 &&
        EVP_DigestUpdate(digest, canonical.data(), canonical.size()) == 1 &&
        EVP_DigestFinal_ex(digest, output, nullptr) == 1 &&
        EVP_MAC_init(mac, nullptr, 0, nullptr) == 1 &&
        EVP_MAC_update(mac, reinterpret_cast<const unsigned char*>(string_to_sign.data()),
                       string_to_sign.size()) == 1 &&
        EVP_MAC_final(mac, output, &written, sizeof(output)) == 1 && written == sizeof(output);
    if (!done) state.SkipWithError("the cryptographic library failed");
  }
  if (canonical.empty()) state.SkipWithError("the call has no canonical form");
  EVP_MAC_CTX_free(mac);
  EVP_MAC_free(hmac);
  EVP_MD_CTX_free(digest);
  EVP_MD_free(sha256);
}
BENCHMARK(Floor)->Threads(1)->Threads(2);

void ParseOnly(benchmark::State& state) {
  const Call& call = SharedCall(false);
  for (auto _ : state) {
    const auto parsed = signature::ParseAuthentication(call.request());
    if (!parsed.ok() || parsed->access_key_id != kKeyId) state.SkipWithError("parsed wrongly");
  }
}
BENCHMARK(ParseOnly);

}  // namespace
}  // namespace portcullis::bench
