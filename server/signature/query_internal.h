// The query string: parameters, and the part of it that carries a signature.
#ifndef PORTCULLIS_SERVER_SIGNATURE_QUERY_INTERNAL_H_
#define PORTCULLIS_SERVER_SIGNATURE_QUERY_INTERNAL_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace portcullis::signature {

// The seven parameters of the query form, decoded; nullopt where absent. Their names are
// case-sensitive, and `X-Amz%2DDate` is one of them.
struct QueryAuthentication {
  std::optional<std::string> algorithm;
  std::optional<std::string> credential;
  std::optional<std::string> date;
  std::optional<std::string> expires;
  std::optional<std::string> signed_headers;
  std::optional<std::string> signature;
  std::optional<std::string> security_token;

  bool any() const {
    return algorithm || credential || date || expires || signed_headers || signature ||
           security_token;
  }
};

// "IncompleteSignature" if one of the seven occurs twice or the query is not one: more than
// kQueryParametersMax parameters, a `%` that is not followed by two hexadecimal digits.
absl::StatusOr<QueryAuthentication> FindQueryAuthentication(std::string_view query);

// Appends the canonical query. `presigned`: X-Amz-Signature is left out. Where
// FindQueryAuthentication refuses, the result is unspecified.
void AppendCanonicalQuery(std::string_view query, bool presigned, std::string* output);

}  // namespace portcullis::signature

#endif  // PORTCULLIS_SERVER_SIGNATURE_QUERY_INTERNAL_H_
