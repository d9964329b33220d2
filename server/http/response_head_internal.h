// The head of a response, as text.
#ifndef PORTCULLIS_SERVER_HTTP_RESPONSE_HEAD_INTERNAL_H_
#define PORTCULLIS_SERVER_HTTP_RESPONSE_HEAD_INTERNAL_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "server/http/message.h"

namespace portcullis::http {

// Whether the body of a response with this status and to this method goes over the wire.
bool HasBody(const Response& response, bool head_only);

// Status line and headers with the blank line behind them. `keep_alive`: says so in Connection.
// INTERNAL if a name or value would not be one header, if a header is one that the server writes,
// or if the status is not a final one.
absl::StatusOr<std::string> ResponseHead(const Response& response, bool keep_alive, absl::Time now);

}  // namespace portcullis::http

#endif  // PORTCULLIS_SERVER_HTTP_RESPONSE_HEAD_INTERNAL_H_
