// Verification of signed requests: the cost of a cached key, of a derivation, of a refusal. The
// floor is what the cryptography alone costs on the same machine: one SHA-256 of the canonical
// request and one HMAC of the string to sign.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"

#include "server/base/error_reason.h"
#include "server/signature/authentication.h"
#include "server/signature/canonical_internal.h"
#include "server/signature/crypto_internal.h"
#include "server/signature/sign.h"
#include "server/signature/verify.h"
#include "tests/bench/allocations.h"

namespace portcullis::bench {
namespace {

using signature::AddedHeader;
using signature::Authentication;
using signature::HeaderField;
using signature::HexDigest;
using signature::SignedRequest;

constexpr std::string_view kKeyId = "AKIAIOSFODNN7EXAMPLE";
constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
constexpr std::string_view kBody = "Action=GetCallerIdentity&Version=2011-06-15";

absl::Time Noon() {
  return absl::FromUnixSeconds(1795262400);
}

// A call to STS as boto3 makes it, in the header or the presigned form.
class Call {
 public:
  explicit Call(bool presigned) : presigned_(presigned), token_(presigned ? 0 : 700, 't') {
    headers_ = {{"Host", "portcullis.example:8080"},
                {"Accept-Encoding", "identity"},
                {"User-Agent", "aws-cli/1.45.11 md/Botocore#1.43.11 ua/2.1 os/linux"}};
    if (!presigned) {
      headers_.push_back({"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"});
    }
    const bool hashed = signature::Sha256Hex(presigned ? "" : kBody, &hash_);
    request_.method = presigned ? "GET" : "POST";
    request_.path = "/";
    request_.query = presigned ? kBody : "";
    request_.headers = headers_;
    request_.body_sha256 = signature::TextOf(hash_);
    signature::SignOptions options{.region = "us-east-1", .service = "sts", .time = Noon()};
    if (presigned) options.presigned_expires = absl::Minutes(5);
    signature::SigningCredentials credentials{kKeyId, kSecret, std::nullopt};
    if (!presigned) credentials.session_token = token_;
    auto made = signature::SignRequest(request_, credentials, options);
    valid_ = hashed && made.ok();
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
  bool presigned() const { return presigned_; }
  const SignedRequest& request() const { return request_; }

  absl::Status Verify(std::string_view secret, signature::SigningKeyCache* cache) const {
    const absl::StatusOr<Authentication> parsed = signature::ParseAuthentication(request_);
    if (!parsed.ok()) return parsed.status();
    signature::VerifyOptions options;
    options.expected_service = "sts";
    return signature::VerifySignature(request_, *parsed, secret, Noon(), options, cache);
  }

 private:
  const bool presigned_;
  const std::string token_;  // As long as a session token.
  std::vector<HeaderField> headers_;
  HexDigest hash_;
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
  const bool cached = state.range(0) != 0;
  signature::SigningKeyCache cache;
  const std::string_view secret = "a dummy secret, which is known to nobody";
  if (cached) {
    signature::SigningKey key;
    const signature::SigningScope scope = {kKeyId, "20261121", "us-east-1", "sts"};
    if (!signature::DeriveSigningKey(secret, scope, &key)) state.SkipWithError("no key");
    cache.Insert(scope, secret, key);
  }
  for (auto _ : state) {
    if (base::ReasonOf(call.Verify(secret, &cache)) != "SignatureDoesNotMatch") {
      state.SkipWithError("accepted a wrong signature");
    }
  }
  if (cache.size() != (cached ? 1u : 0u)) state.SkipWithError("the cache changed");
}
BENCHMARK(Refuse)->ArgName("cached")->Arg(0)->Arg(1);

// The cryptography of VerifyCached and nothing else.
void Floor(benchmark::State& state) {
  const Call& call = SharedCall(false);
  const absl::StatusOr<Authentication> parsed = signature::ParseAuthentication(call.request());
  signature::SigningKey key;
  if (!parsed.ok() ||
      !signature::DeriveSigningKey(kSecret, {kKeyId, "20261121", "us-east-1", "sts"}, &key)) {
    state.SkipWithError("the call does not parse");
    return;
  }
  const std::unique_ptr<signature::PreparedKey> prepared = signature::PreparedKey::Create(key);
  const std::optional<std::string> canonical = signature::CanonicalRequest(
      call.request(), parsed->signed_headers, *call.request().body_sha256, {});
  const std::optional<std::string> string_to_sign = signature::StringToSign(
      parsed->date, "20261121/us-east-1/sts/aws4_request", canonical.value_or(""));
  HexDigest hex;
  for (auto _ : state) {
    if (!signature::Sha256Hex(*canonical, &hex) || !prepared->HmacHex(*string_to_sign, &hex) ||
        signature::TextOf(hex) != parsed->signature) {
      state.SkipWithError("computed another signature");
    }
  }
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
