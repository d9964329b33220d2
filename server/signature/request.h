// An HTTP request as Signature Version 4 sees it, and the bounds on it.
//
// Everything here is a view: nothing is copied, and whatever the views point at must live as long
// as the object is used. What is signed is what the client sent, so every part is given as it came
// over the wire, before any proxy or router rewrote it.
#ifndef PORTCULLIS_SERVER_SIGNATURE_REQUEST_H_
#define PORTCULLIS_SERVER_SIGNATURE_REQUEST_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/types/span.h"

namespace portcullis::signature {

// One header line, in any case, its value with or without the blanks around it. Headers that occur
// several times are several of these, in the order received. A folded value (obs-fold) has been
// joined or refused by then; one with a line end inside matches no signature.
struct HeaderField {
  std::string_view name;
  std::string_view value;
};

struct SignedRequest {
  std::string_view method;  // As sent: "GET".
  std::string_view path;    // Still percent-encoded, without the query; "" stands for "/".
  std::string_view query;   // Raw, without the "?".

  // HTTP/2's `:authority` stands for `host`; if both are here they must agree.
  absl::Span<const HeaderField> headers;

  // SHA-256 of the whole body, 64 lower-case hex digits; kEmptyBodySha256 if there is no body.
  // Absent only if there may be a body that the transport did not hand over. A body that was cut at
  // some limit is not a body: leave its hash out.
  std::optional<std::string_view> body_sha256 = std::nullopt;
};

inline constexpr std::string_view kEmptyBodySha256 =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

// A request beyond any of these is refused ("IncompleteSignature") before work is spent on it.
inline constexpr size_t kHeadersMax = 256;
inline constexpr size_t kHeaderBytesMax = size_t{128} * 1024;  // Names and values together.
inline constexpr size_t kPathBytesMax = size_t{32} * 1024;
inline constexpr size_t kQueryBytesMax = size_t{256} * 1024;
inline constexpr size_t kQueryParametersMax = 2048;
inline constexpr size_t kMethodBytesMax = 32;
inline constexpr size_t kSignedHeadersMax = 128;
inline constexpr size_t kAuthorizationBytesMax = 8192;
inline constexpr size_t kAccessKeyIdBytesMax = 128;
inline constexpr size_t kScopePartBytesMax = 64;  // Region, service.
inline constexpr size_t kSecretBytesMax = 256;

// Bounds of X-Amz-Expires.
inline constexpr int64_t kPresignedSecondsMin = 1;
inline constexpr int64_t kPresignedSecondsMax = 604800;

// How a path becomes canonical.
enum class PathRule {
  // Dot segments and doubled slashes removed, then every byte encoded once more: `/a%20b` is signed
  // as `/a%2520b`. All services but S3.
  kStandard,
  // Nothing removed, and encoded once in total: `/a%20b` is signed as it is. S3 and its likes.
  kS3,
};

}  // namespace portcullis::signature

#endif  // PORTCULLIS_SERVER_SIGNATURE_REQUEST_H_
