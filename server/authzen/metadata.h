// The metadata document of this Policy Decision Point.
#ifndef PORTCULLIS_SERVER_AUTHZEN_METADATA_H_
#define PORTCULLIS_SERVER_AUTHZEN_METADATA_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "server/http/message.h"

namespace portcullis::authzen {

inline constexpr std::string_view kMetadataPath = "/.well-known/authzen-configuration";
inline constexpr std::string_view kEvaluationPath = "/access/v1/evaluation";
inline constexpr std::string_view kEvaluationsPath = "/access/v1/evaluations";

// The URL under which the client reached us, "https://pdp.example.com": clients reject a document
// that says another than theirs. By Host and by whether this connection is TLS.
// INVALID_ARGUMENT for a Host that is none.
absl::StatusOr<std::string> BaseUrlOf(const http::Request& request);

// The document of the decision point at `base_url`, which has no final slash.
std::string MetadataDocument(std::string_view base_url);

}  // namespace portcullis::authzen

#endif  // PORTCULLIS_SERVER_AUTHZEN_METADATA_H_
