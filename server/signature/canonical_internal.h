// The parts of the canonical request, and the string to sign.
#ifndef PORTCULLIS_SERVER_SIGNATURE_CANONICAL_INTERNAL_H_
#define PORTCULLIS_SERVER_SIGNATURE_CANONICAL_INTERNAL_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

#include "server/signature/request.h"

namespace portcullis::signature {

// Headers with a meaning here, trimmed; nullopt where absent.
struct KnownHeaders {
  std::optional<std::string_view> authorization;
  std::optional<std::string_view> host;
  std::optional<std::string_view> authority;
  std::optional<std::string_view> date;
  std::optional<std::string_view> amz_date;
  std::optional<std::string_view> amz_security_token;
  std::optional<std::string_view> amz_content_sha256;
};

// "IncompleteSignature" if one of them occurs twice, or `host` and `:authority` disagree.
absl::StatusOr<KnownHeaders> FindKnownHeaders(absl::Span<const HeaderField> headers);

// Takes the first name off a SignedHeaders list that is not empty.
std::string_view TakeName(std::string_view* signed_headers);

// Whether a header of this name, in any case, is on the list.
bool IsSigned(std::string_view signed_headers, std::string_view name);

// Appends the canonical path.
//
// kStandard takes the slash at the end from the path as received, as all AWS signers do: `/a/b/..`
// becomes `/a`, where RFC 3986 alone would make it `/a/`. Escaped dots are not dot segments.
// kS3 spells each escape anew (`%7e` as `~`, `%3a` as `%3A`), but `%2F` stays different from `/`:
// one signature is never good for two keys.
void AppendCanonicalPath(std::string_view path, PathRule rule, std::string* output);

// Appends `name:value` LF for each name of the list. Blanks at the ends of a value go, runs of them
// (tabulators too, as in all AWS signers) become one space. False if a header is missing or has a
// control character: a line end in a value would forge further lines.
bool AppendCanonicalHeaders(absl::Span<const HeaderField> headers, std::string_view signed_headers,
                            std::string* output);

// `scope` is DATE/REGION/SERVICE/aws4_request. nullopt if the cryptographic library fails.
std::optional<std::string> StringToSign(std::string_view date, std::string_view scope,
                                        std::string_view canonical_request);

}  // namespace portcullis::signature

#endif  // PORTCULLIS_SERVER_SIGNATURE_CANONICAL_INTERNAL_H_
