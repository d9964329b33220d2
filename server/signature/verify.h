// Verification of a signature: checks 7 to 10 of section 7.4.
//
// A caller goes through section 7.4 in this order:
//
//     ParseAuthentication           checks 1 to 4; its error is the answer
//     find key, open token          check 5; what fails is remembered, not yet answered
//     VerifySignature               checks 7 to 10
//     answer                        check 5's failure ("InvalidClientTokenId") if there is one,
//     else
//                                   VerifySignature's, else check 6's ("ExpiredToken")
//
// For an unknown key VerifySignature runs all the same, with any fixed secret, and its answer is
// not used: so the time taken does not tell unknown keys from known ones. Check 6 comes
// last, so that expiry is no oracle for forged requests.
#ifndef PORTCULLIS_SERVER_SIGNATURE_VERIFY_H_
#define PORTCULLIS_SERVER_SIGNATURE_VERIFY_H_

#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "server/signature/authentication.h"
#include "server/signature/request.h"
#include "server/signature/signing_key_cache.h"

namespace portcullis::signature {

// Where the payload hash of the canonical request comes from. Whatever the rule,
// streaming forms (`STREAMING-...`) are refused, and a declared hash has to be signed.
enum class PayloadRule {
  // From the body, which must be there; a declared `x-amz-content-sha256` must agree with it.
  kBody,
  // As kBody if the body's hash is known. If not, the declared hash is taken as it stands: then the
  // signature binds the header, and nothing here binds the body to the header.
  kBodyOrDeclared,
};

// The defaults are those of a service that sees its requests first-hand, as AWS's own do.
struct VerifyOptions {
  // The service that the scope must name: "sts". A request signed for one service is never good for
  // another, so there is no default: left empty it refuses everything, unless `any_service` is set,
  // with which the caller answers for comparing Authentication::service itself.
  std::string_view expected_service;
  bool any_service = false;

  // The region that the scope must name; empty: any well-formed one, since clients with a custom
  // endpoint sign with their own region.
  std::string_view expected_region;

  // How far the clocks may differ. Whole seconds.
  absl::Duration skew_max = absl::Minutes(5);
  // The longest a presigned request lives, whatever X-Amz-Expires says. AWS's STS has 15 minutes.
  absl::Duration presigned_lifetime_max = absl::Seconds(kPresignedSecondsMax);

  PathRule path_rule = PathRule::kStandard;
  PayloadRule payload_rule = PayloadRule::kBody;
  // Whether `x-amz-content-sha256: UNSIGNED-PAYLOAD` is accepted. Then whoever captures a request
  // can replay it with another body while its time lasts.
  bool unsigned_payload_allowed = false;
  // Presigned requests have the payload hash UNSIGNED-PAYLOAD without declaring it, as S3's have.
  // Needs unsigned_payload_allowed too.
  bool presigned_payload_unsigned = false;

  // Every `x-amz-*` header that is sent must be signed. With this set, only
  // x-amz-date, x-amz-security-token and x-amz-content-sha256: for requests that came through
  // proxies which add such headers of their own.
  bool foreign_amz_headers_allowed = false;
};

// OK if `authentication`, made from this very `request` by ParseAuthentication, was signed with
// `secret`. Otherwise UNAUTHENTICATED with reason "SignatureDoesNotMatch" and the first message of
// section 7.4 that applies: scope, time, headers that must be signed,
// payload, signature. INTERNAL without a reason if the cryptographic library fails.
//
// Only the last check depends on the secret. Signatures are compared in constant time, and a
// refusal costs one key derivation whether the derived key was in the cache or not. A derived key
// enters the cache only with a right signature, so strangers cannot push others' keys out.
//
// `cache` may be nullptr: then the key is derived each time. Thread-safe but for the cache.
// REQUIRES: 1 <= secret.size() <= kSecretBytesMax; any other secret matches nothing.
absl::Status VerifySignature(const SignedRequest& request, const Authentication& authentication,
                             std::string_view secret, absl::Time now, const VerifyOptions& options,
                             SigningKeyCache* cache);

}  // namespace portcullis::signature

#endif  // PORTCULLIS_SERVER_SIGNATURE_VERIFY_H_
