#include "server/signature/sign.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>

#include "absl/status/status.h"

#include "server/base/percent.h"
#include "server/base/status_macros.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/signature/authentication.h"
#include "server/signature/canonical_internal.h"
#include "server/signature/canonical_request.h"
#include "server/signature/crypto_internal.h"
#include "server/signature/date_internal.h"
#include "server/signature/query_internal.h"
#include "server/signature/text_internal.h"
#include "server/signature/verify.h"

namespace portcullis::signature {
namespace {

using base::Concat;

constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

// On their way these are changed, dropped or added.
constexpr std::string_view kLeftOut[] = {
    "connection",          "expect",           "keep-alive", "proxy-authenticate",
    "proxy-authorization", "proxy-connection", "te",         "trailer",
    "transfer-encoding",   "upgrade",          "user-agent", "x-amzn-trace-id"};

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), ToLower);
  return lower;
}

// The names to sign, sorted and joined. Under HTTP/2 `:authority` is signed as host.
std::string SignedHeaders(const std::vector<HeaderField>& headers) {
  std::vector<std::string> names;
  for (const HeaderField& header : headers) {
    std::string name = Lower(header.name);
    if (std::find(std::begin(kLeftOut), std::end(kLeftOut), name) != std::end(kLeftOut)) continue;
    names.push_back(name == ":authority" ? "host" : std::move(name));
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::string joined;
  for (const std::string& name : names) joined += Concat({joined.empty() ? "" : ";", name});
  return joined;
}

absl::Status CheckUnsigned(const SignedRequest& request, const SignOptions& options) {
  ASSIGN_OR_RETURN(const KnownHeaders known, FindKnownHeaders(request.headers));
  ASSIGN_OR_RETURN(const QueryAuthentication query, FindQueryAuthentication(request.query));
  if (known.authorization || known.amz_date || known.amz_security_token ||
      known.amz_content_sha256 || query.any()) {
    return absl::InvalidArgumentError("the request already has a part of a signature");
  }
  if (!options.payload_unsigned && !request.body_sha256.has_value()) {
    return absl::InvalidArgumentError("the request has no hash of its body");
  }
  return absl::OkStatus();
}

// A request on its way to its signature. Texts are owned by the maker, views are into them.
class Signer {
 public:
  Signer(const SignedRequest& request, const SigningCredentials& credentials,
         const SignOptions& options)
      : request_(request),
        credentials_(credentials),
        options_(options),
        date_(FormatBasicDate(options.time)),
        scope_(Concat({date_.substr(0, 8), "/", options.region, "/", options.service, "/",
                       kScopeTerminator})),
        payload_hash_(options.payload_unsigned ? kUnsignedPayload : *request.body_sha256) {}

  absl::StatusOr<RequestSignature> Sign() {
    RequestSignature result;
    if (!options_.presigned_expires.has_value()) AddHeaders(&result);
    const std::string signed_headers = SignedHeaders(AllHeaders(result));
    result.query = request_.query;
    if (options_.presigned_expires.has_value()) AddParameters(signed_headers, &result.query);
    RETURN_IF_ERROR(Compute(signed_headers, &result));
    if (options_.presigned_expires.has_value()) {
      result.query += Concat({"&X-Amz-Signature=", result.signature});
    } else {
      result.headers.push_back(
          {"Authorization",
           Concat({kAlgorithm, " Credential=", credentials_.access_key_id, "/", scope_,
                   ", SignedHeaders=", signed_headers, ", Signature=", result.signature})});
    }
    RETURN_IF_ERROR(CheckVerifies(result));
    return result;
  }

 private:
  void AddHeaders(RequestSignature* result) const {
    result->headers.push_back({"X-Amz-Date", date_});
    if (credentials_.session_token.has_value()) {
      result->headers.push_back({"X-Amz-Security-Token", std::string(*credentials_.session_token)});
    }
    if (options_.declare_payload || options_.payload_unsigned) {
      result->headers.push_back({"X-Amz-Content-Sha256", std::string(payload_hash_)});
    }
  }

  void AddParameters(std::string_view signed_headers, std::string* query) const {
    const auto add = [query](std::string_view name, std::string_view value) {
      *query += Concat({query->empty() ? "" : "&", name, "="});
      base::AppendPercentEncoded(value, /*slash_stays=*/false, query);
    };
    add("X-Amz-Algorithm", kAlgorithm);
    add("X-Amz-Credential", Concat({credentials_.access_key_id, "/", scope_}));
    add("X-Amz-Date", date_);
    add("X-Amz-SignedHeaders", signed_headers);
    add("X-Amz-Expires", base::StrCat(absl::ToInt64Seconds(*options_.presigned_expires)));
    if (credentials_.session_token.has_value()) {
      add("X-Amz-Security-Token", *credentials_.session_token);
    }
  }

  std::vector<HeaderField> AllHeaders(const RequestSignature& result) const {
    std::vector<HeaderField> all(request_.headers.begin(), request_.headers.end());
    for (const AddedHeader& header : result.headers) all.push_back({header.name, header.value});
    return all;
  }

  absl::Status Compute(std::string_view signed_headers, RequestSignature* result) const {
    const std::vector<HeaderField> headers = AllHeaders(*result);
    SignedRequest request = request_;
    request.headers = headers;
    request.query = result->query;
    const std::optional<std::string> canonical =
        CanonicalRequest(request, signed_headers, payload_hash_,
                         {options_.path_rule, options_.presigned_expires.has_value()});
    if (!canonical.has_value()) return absl::InvalidArgumentError("a header cannot be signed");
    const std::optional<std::string> string_to_sign = StringToSign(date_, scope_, *canonical);
    SigningKey key;
    HexDigest signature;
    if (!string_to_sign.has_value() ||
        !DeriveSigningKey(credentials_.secret_access_key,
                          {credentials_.access_key_id, std::string_view(date_).substr(0, 8),
                           options_.region, options_.service},
                          &key) ||
        !HmacHex(key, *string_to_sign, &signature)) {
      return absl::InternalError("cannot compute a signature");
    }
    result->signature = TextOf(signature);
    return absl::OkStatus();
  }

  // The verifier is strict, so it knows best what cannot be signed.
  absl::Status CheckVerifies(const RequestSignature& result) const {
    const std::vector<HeaderField> headers = AllHeaders(result);
    SignedRequest request = request_;
    request.headers = headers;
    request.query = result.query;
    const absl::StatusOr<Authentication> parsed = ParseAuthentication(request);
    if (!parsed.ok()) return absl::InvalidArgumentError(parsed.status().message());
    if (parsed->security_token != credentials_.session_token) {
      return absl::InvalidArgumentError("the session token cannot be sent");
    }
    VerifyOptions options;
    options.expected_service = options_.service;
    options.expected_region = options_.region;
    options.path_rule = options_.path_rule;
    options.unsigned_payload_allowed = options_.payload_unsigned;
    options.presigned_payload_unsigned = options_.payload_unsigned;
    const absl::Status verified = VerifySignature(request, *parsed, credentials_.secret_access_key,
                                                  options_.time, options, nullptr);
    if (!verified.ok()) return absl::InvalidArgumentError(verified.message());
    return absl::OkStatus();
  }

  const SignedRequest& request_;
  const SigningCredentials& credentials_;
  const SignOptions& options_;
  const std::string date_;
  const std::string scope_;
  const std::string_view payload_hash_;
};

}  // namespace

absl::StatusOr<RequestSignature> SignRequest(const SignedRequest& request,
                                             const SigningCredentials& credentials,
                                             const SignOptions& options) {
  RETURN_IF_ERROR(CheckUnsigned(request, options));
  if (credentials.secret_access_key.empty() ||
      credentials.secret_access_key.size() > kSecretBytesMax) {
    return absl::InvalidArgumentError("the secret access key is empty or too long");
  }
  return Signer(request, credentials, options).Sign();
}

}  // namespace portcullis::signature
