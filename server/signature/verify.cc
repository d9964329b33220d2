#include "server/signature/verify.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

#include "server/base/percent.h"
#include "server/base/status_macros.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/signature/canonical_internal.h"
#include "server/signature/canonical_request.h"
#include "server/signature/crypto_internal.h"
#include "server/signature/date_internal.h"
#include "server/signature/text_internal.h"

namespace portcullis::signature {
namespace {

using base::Concat;

constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

// ---- Check 7: scope (R-7.27) --------------------------------------------------------------------

// A host label: what clients take for a region.
bool IsRegion(std::string_view text) {
  constexpr size_t kLabelBytesMax = 63;
  return !text.empty() && text.size() <= kLabelBytesMax && text.front() != '-' &&
         text.back() != '-' && std::all_of(text.begin(), text.end(), [](char c) {
           return IsAlphanumeric(c) || c == '-';
         });
}

bool IsServiceName(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), base::IsUriUnreserved);
}

absl::Status CheckScope(const Authentication& claimed, const VerifyOptions& options) {
  const bool region_right = IsRegion(claimed.region) && (options.expected_region.empty() ||
                                                         claimed.region == options.expected_region);
  if (!region_right) {
    return SignatureDoesNotMatch(Concat(
        {"Credential should be scoped to a valid Region, not '", Printable(claimed.region), "'."}));
  }
  const bool service_right = options.any_service ? IsServiceName(claimed.service)
                                                 : claimed.service == options.expected_service;
  if (!service_right) {
    return SignatureDoesNotMatch(Concat(
        {"Credential should be scoped to correct service: '", options.expected_service, "'."}));
  }
  if (claimed.terminator != kScopeTerminator) {
    return SignatureDoesNotMatch(
        Concat({"Credential should be scoped with a valid terminator: '", kScopeTerminator,
                "', not '", Printable(claimed.terminator), "'."}));
  }
  const std::string_view day = std::string_view(claimed.date).substr(0, 8);
  if (claimed.scope_date != day) {
    constexpr std::string_view kMismatch =
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
        "HTTP: ";
    return SignatureDoesNotMatch(Concat({kMismatch, "'", Printable(claimed.scope_date), "' != '",
                                         day, "', from '", claimed.date, "'."}));
  }
  return absl::OkStatus();
}

// ---- Check 8: time (R-7.28, R-7.16) -------------------------------------------------------------

// "5 min." or, if it is no whole number of those, "90 sec.".
std::string DurationText(absl::Duration duration) {
  const int64_t seconds = absl::ToInt64Seconds(duration);
  return seconds % 60 == 0 ? base::StrCat(seconds / 60, " min.") : base::StrCat(seconds, " sec.");
}

absl::Status CheckTime(const Authentication& claimed, absl::Time now,
                       const VerifyOptions& options) {
  const absl::Duration age_max = claimed.presigned
                                     ? std::min(claimed.expires, options.presigned_lifetime_max)
                                     : options.skew_max;
  if (now - claimed.time > age_max) {
    return SignatureDoesNotMatch(
        Concat({"Signature expired: ", claimed.date, " is now earlier than ",
                FormatBasicDate(now - age_max), " (", FormatBasicDate(now), " - ",
                DurationText(age_max), ")"}));
  }
  if (claimed.time - now > options.skew_max) {
    return SignatureDoesNotMatch(
        Concat({"Signature not yet current: ", claimed.date, " is still later than ",
                FormatBasicDate(now + options.skew_max), " (", FormatBasicDate(now), " + ",
                DurationText(options.skew_max), ")"}));
  }
  return absl::OkStatus();
}

// ---- Check 9: headers that must be signed (R-7.29, R-7.11) --------------------------------------

bool MustBeSigned(std::string_view name, const VerifyOptions& options) {
  if (!StartsWithLower(name, "x-amz-")) return false;
  return !options.foreign_amz_headers_allowed || EqualsLower(name, "x-amz-date") ||
         EqualsLower(name, "x-amz-security-token") || EqualsLower(name, "x-amz-content-sha256");
}

absl::Status CheckSignedHeaders(const SignedRequest& request, const Authentication& claimed,
                                const VerifyOptions& options) {
  if (!IsSigned(claimed.signed_headers, "host") &&
      !IsSigned(claimed.signed_headers, ":authority")) {
    return SignatureDoesNotMatch(
        "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  }
  for (const HeaderField& header : request.headers) {
    if (!MustBeSigned(header.name, options)) continue;
    if (IsSigned(claimed.signed_headers, header.name)) continue;
    return SignatureDoesNotMatch(Concat(
        {"'", Printable(header.name), "' must be a 'SignedHeader' in the AWS Authorization."}));
  }
  return absl::OkStatus();
}

// ---- Payload (R-7.12) ---------------------------------------------------------------------------

bool IsSha256(std::string_view text) {
  return text.size() == HexDigest().size() && std::all_of(text.begin(), text.end(), [](char c) {
           return IsDigit(c) || (c >= 'a' && c <= 'f');
         });
}

absl::StatusOr<std::string_view> DeclaredPayloadHash(const SignedRequest& request,
                                                     std::string_view declared,
                                                     const VerifyOptions& options) {
  if (declared == kUnsignedPayload && options.unsigned_payload_allowed) return declared;
  if (!IsSha256(declared)) {
    return SignatureDoesNotMatch(
        "The provided 'x-amz-content-sha256' header must be the SHA-256 of the body.");
  }
  if (!request.body_sha256.has_value()) {
    if (options.payload_rule == PayloadRule::kBodyOrDeclared) return declared;
    return SignatureDoesNotMatch("The body of the request is not available for verification.");
  }
  if (declared != *request.body_sha256) {
    return SignatureDoesNotMatch(
        "The provided 'x-amz-content-sha256' header does not match what was computed.");
  }
  return declared;
}

absl::StatusOr<std::string_view> PayloadHash(const SignedRequest& request, bool presigned,
                                             const VerifyOptions& options) {
  ASSIGN_OR_RETURN(const KnownHeaders known, FindKnownHeaders(request.headers));
  if (known.amz_content_sha256.has_value()) {
    return DeclaredPayloadHash(request, *known.amz_content_sha256, options);
  }
  if (presigned && options.presigned_payload_unsigned && options.unsigned_payload_allowed) {
    return kUnsignedPayload;
  }
  if (!request.body_sha256.has_value()) {
    return SignatureDoesNotMatch(
        "The body of the request is not available for verification: sign the header "
        "'x-amz-content-sha256', or send no body.");
  }
  if (!IsSha256(*request.body_sha256)) return WrongSignature();
  return *request.body_sha256;
}

// ---- Check 10: the signature (R-7.30) -----------------------------------------------------------

absl::Status CryptographyFailed() {
  return absl::InternalError("cannot compute a signature");
}

// A right signature costs one HMAC if the key is in the cache. A wrong one costs the derivation too
// in any case: else strangers could measure whose key is in use.
absl::Status CheckSignature(std::string_view signature, std::string_view string_to_sign,
                            const SigningScope& scope, std::string_view secret,
                            SigningKeyCache* cache) {
  HexDigest right;
  PreparedKey* const prepared = cache == nullptr ? nullptr : cache->Find(scope, secret);
  if (prepared != nullptr) {
    if (!prepared->HmacHex(string_to_sign, &right)) return CryptographyFailed();
    if (EqualInConstantTime(signature, TextOf(right))) return absl::OkStatus();
  }
  SigningKey key;
  if (!DeriveSigningKey(secret, scope, &key)) return CryptographyFailed();
  if (prepared != nullptr) return WrongSignature();
  if (!HmacHex(key, string_to_sign, &right)) return CryptographyFailed();
  if (!EqualInConstantTime(signature, TextOf(right))) return WrongSignature();
  if (cache != nullptr) cache->Insert(scope, secret, key);
  return absl::OkStatus();
}

}  // namespace

absl::Status VerifySignature(const SignedRequest& request, const Authentication& authentication,
                             std::string_view secret, absl::Time now, const VerifyOptions& options,
                             SigningKeyCache* cache) {
  RETURN_IF_ERROR(CheckScope(authentication, options));
  RETURN_IF_ERROR(CheckTime(authentication, now, options));
  RETURN_IF_ERROR(CheckSignedHeaders(request, authentication, options));
  ASSIGN_OR_RETURN(const std::string_view payload_hash,
                   PayloadHash(request, authentication.presigned, options));
  if (secret.empty() || secret.size() > kSecretBytesMax) return WrongSignature();
  const std::optional<std::string> canonical_request =
      CanonicalRequest(request, authentication.signed_headers, payload_hash,
                       {options.path_rule, authentication.presigned});
  if (!canonical_request.has_value()) return WrongSignature();
  const SigningScope scope = {authentication.access_key_id, authentication.scope_date,
                              authentication.region, authentication.service};
  const std::optional<std::string> string_to_sign = StringToSign(
      authentication.date,
      Concat({scope.date, "/", scope.region, "/", scope.service, "/", kScopeTerminator}),
      *canonical_request);
  if (!string_to_sign.has_value()) return CryptographyFailed();
  return CheckSignature(authentication.signature, *string_to_sign, scope, secret, cache);
}

}  // namespace portcullis::signature
