// The AWS Query endpoint: an HTTP request in, an HTTP response out.
#ifndef PORTCULLIS_SERVER_QUERY_ENDPOINT_H_
#define PORTCULLIS_SERVER_QUERY_ENDPOINT_H_

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

#include "server/http/message.h"
#include "server/metrics/registry.h"
#include "server/query/actions.h"

namespace portcullis::query {

struct EndpointOptions {
  // The path of the endpoint's URL, as clients are configured with it: they send exactly this, or,
  // if the URL ends in a slash, this and the slash. Starts with "/".
  std::string path = "/";
  // Where this is, for policies and reports; signatures may name any region.
  std::string region = "us-east-1";
  // Told of every status whose text no client gets to see. May be empty.
  std::function<void(const absl::Status& status, std::string_view request_id)> on_internal_error;
};

// Serves both services at one path: which is meant follows from `Version`, and, for signed calls,
// has to agree with the scope of the signature. The order of checks is that of spec 7: parse, find
// the action, authenticate unless it is unsigned, validate, authorize, execute; so strangers learn
// nothing but the names of actions.
//
// Nothing of a request that its signature does not cover bears on a decision, but for what AWS
// takes from there too: the peer's address and User-Agent. Region names of scopes are accepted as
// they are. An Authorization header on an unsigned action is not looked at.
//
// Thread-safe. Calls may wait for an identity provider, a database or the audit log.
class Endpoint {
 public:
  // `metrics` outlives the endpoint; nullptr: nothing is counted.
  Endpoint(const Engine& engine, EndpointOptions options, metrics::Registry* metrics);

  // An http::Handler. Whatever the request, the answer is a document of the protocol.
  http::Response Handle(const http::Request& request) const;

  // An http::RefusalHandler.
  http::Response Refuse(int status) const;

 private:
  struct Exchange;
  absl::StatusOr<std::string> Answer(const http::Request& request, Exchange* exchange) const;
  bool IsOurPath(std::string_view path) const;
  http::Response ErrorResponse(const absl::Status& status, Exchange* exchange) const;

  const Engine engine_;
  const EndpointOptions options_;
  metrics::Registry* const metrics_;
};

}  // namespace portcullis::query

#endif  // PORTCULLIS_SERVER_QUERY_ENDPOINT_H_
