// The OpenID AuthZEN endpoint: Authorization API 1.0 over HTTP and JSON, without searches.
#ifndef PORTCULLIS_SERVER_AUTHZEN_ENDPOINT_H_
#define PORTCULLIS_SERVER_AUTHZEN_ENDPOINT_H_

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "server/authzen/evaluation.h"
#include "server/engine/authorizer.h"
#include "server/gateway/asker.h"
#include "server/http/message.h"

namespace portcullis::authzen {

// gateway::RecognizeAsker against the policies that are served.
using Recognize = std::function<absl::StatusOr<gateway::Asker>(
    const gateway::ProxyCredentials& credentials, std::string_view trace_parent)>;

struct EndpointOptions {
  std::string proxy = {};  // Whom everybody who connects is taken for; empty: nobody.
  // Where clients find this, without a final slash; empty: where their request says that it went.
  std::string url = {};
  // Told of every status whose text no client gets to see. May be empty.
  std::function<void(const absl::Status& status)> on_internal_error = {};
};

// Answers POST /access/v1/evaluation and /access/v1/evaluations, and the metadata document.
//
// A client (a PEP) that the policies know as a proxy may ask about any principal: by the listener,
// its certificate, the header x-portcullis-proxy-secret, or the same secret as `Authorization:
// Bearer`. Others may ask about the session whose token they have. What is wrong with the request
// or with the client is a status (400, 401, 405, ...; 503 and 500 for our own failures) and one
// sentence; what is wrong with the subject or its rights is `"decision": false`. In a batch so is
// what is wrong with one evaluation.
//
// Thread-safe. Calls may wait for the audit log.
class Endpoint {
 public:
  // `authorizer` outlives the endpoint.
  Endpoint(engine::Authorizer& authorizer, Recognize recognize, EndpointOptions options);

  // An http::Handler.
  http::Response Handle(const http::Request& request) const;
  // An http::RefusalHandler.
  static http::Response Refuse(int status);

 private:
  struct Call;
  absl::StatusOr<std::string> Answer(const http::Request& request,
                                     EvaluationRequest::Form form) const;
  absl::StatusOr<std::string> AnswerBatch(const EvaluationRequest& evaluations,
                                          const Call& call) const;
  absl::StatusOr<gateway::Asker> FindAsker(const http::Request& request) const;
  http::Response DescribeItself(const http::Request& request) const;
  http::Response ErrorResponse(const absl::Status& status) const;

  engine::Authorizer& authorizer_;
  const Recognize recognize_;
  const EndpointOptions options_;
};

}  // namespace portcullis::authzen

#endif  // PORTCULLIS_SERVER_AUTHZEN_ENDPOINT_H_
