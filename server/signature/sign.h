// The signer: the other half of verify.h, for clients, tests and benchmarks.
#ifndef PORTCULLIS_SERVER_SIGNATURE_SIGN_H_
#define PORTCULLIS_SERVER_SIGNATURE_SIGN_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "server/signature/request.h"

namespace portcullis::signature {

struct SigningCredentials {
  std::string_view access_key_id;
  std::string_view secret_access_key;
  std::optional<std::string_view> session_token =
      std::nullopt;  // Of temporary credentials; it is signed.
};

struct SignOptions {
  std::string_view region;
  std::string_view service;
  absl::Time time;  // Cut to the second.
  PathRule path_rule = PathRule::kStandard;
  // Nothing: header form. Otherwise presigned, for 1 s to 7 days.
  std::optional<absl::Duration> presigned_expires = std::nullopt;
  // The header form also sends and signs `X-Amz-Content-Sha256`, as some SDKs do.
  bool declare_payload = false;
  // The payload hash is UNSIGNED-PAYLOAD: declared in the header form, silent in the presigned one.
  bool payload_unsigned = false;
};

struct AddedHeader {
  std::string name;
  std::string value;
};

// What turns the request into a signed one.
struct RequestSignature {
  std::vector<AddedHeader> headers;  // To be added to the request's; none if presigned.
  std::string query;                 // The raw query to send instead of the request's.
  std::string signature;             // 64 hex digits, also part of the above.
};

// Signs `request` with all its headers but those that proxies change (hop-by-hop ones,
// `user-agent`, `expect`, `x-amzn-trace-id`), each of which must be there as it will be sent;
// `host` or
// `:authority` must be among them. INVALID_ARGUMENT if the request already has a part of a
// signature, or could not be verified: whatever this signs, ParseAuthentication and VerifySignature
// accept with the same options at the same time. Messages contain no secrets. Thread-safe.
absl::StatusOr<RequestSignature> SignRequest(const SignedRequest& request,
                                             const SigningCredentials& credentials,
                                             const SignOptions& options);

}  // namespace portcullis::signature

#endif  // PORTCULLIS_SERVER_SIGNATURE_SIGN_H_
