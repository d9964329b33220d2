#include "server/authzen/endpoint.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

#include "server/authzen/decision.h"
#include "server/authzen/metadata.h"
#include "server/base/error_reason.h"
#include "server/base/json_writer.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"

namespace portcullis::authzen {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kBearer = "bearer ";
// The client is nobody who may ask this; WWW-Authenticate says how it could be somebody.
constexpr std::string_view kReasonUnknownClient = "UNKNOWN_CLIENT";
constexpr std::string_view kReasonAssertion = "ASSERTION_NOT_ALLOWED";

http::Response TextResponse(int status, std::string_view sentence) {
  http::Response response;
  response.status = status;
  response.headers = {{"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "no-store"}};
  response.body = base::Concat({sentence, "\n"});
  return response;
}

http::Response JsonResponse(std::string body) {
  http::Response response;
  response.headers = {{"Content-Type", std::string(kJson)}, {"Cache-Control", "no-store"}};
  response.body = std::move(body);
  return response;
}

bool IsJson(const http::Request& request) {
  std::string_view type = request.FindHeader("content-type");
  type = type.substr(0, type.find(';'));
  while (!type.empty() && absl::ascii_isspace(static_cast<unsigned char>(type.back()))) {
    type.remove_suffix(1);
  }
  return absl::EqualsIgnoreCase(base::AbslView(type), base::AbslView(kJson));
}

// The secret that the client shows as its own: in the header for it, or as clients that know only
// the standard's way do it. Empty: none.
absl::StatusOr<std::string_view> SecretOf(const http::Request& request) {
  const size_t secrets = request.CountHeaders(gateway::kProxySecretHeader);
  const size_t authorizations = request.CountHeaders("authorization");
  if (secrets + authorizations > 1) {
    return base::ErrorWithReason(absl::StatusCode::kPermissionDenied, kReasonUnknownClient,
                                 "the client shows several secrets");
  }
  if (authorizations == 0) return request.FindHeader(gateway::kProxySecretHeader);
  std::string_view value = request.FindHeader("authorization");
  if (!absl::StartsWithIgnoreCase(base::AbslView(value), base::AbslView(kBearer))) return value;
  value.remove_prefix(kBearer.size());
  while (value.starts_with(' ')) value.remove_prefix(1);
  return value;
}

engine::Peer PeerOf(const http::Request& request, const gateway::Asker& asker) {
  engine::Peer peer;
  peer.api = engine::Api::kAuthzen;
  peer.may_assert_principals = asker.may_assert_principals;
  peer.may_supply_request_facts = asker.may_supply_request_facts;
  peer.secure_transport = request.secure;
  peer.identity = asker.proxy;
  peer.trace_id = asker.trace_id;
  if (!asker.may_assert_principals) {
    // It speaks for itself, so what its connection says is about the principal.
    peer.source_ip = request.peer_address;
    peer.user_agent = request.FindHeader("user-agent");
    if (!request.client_names.empty()) peer.identity = request.client_names.front();
  }
  return peer;
}

// An evaluation that is none.
Decision ErrorDecision(const absl::Status& status) {
  Decision decision;
  decision.error_status = 400;
  decision.message = std::string(status.message());
  return decision;
}

bool EndsBatch(Semantic semantic, bool allowed) {
  switch (semantic) {
    case Semantic::kExecuteAll:
      return false;
    case Semantic::kDenyOnFirstDeny:
      return !allowed;
    case Semantic::kPermitOnFirstPermit:
      return allowed;
  }
  return false;
}

}  // namespace

// Who asks, for all evaluations of one request.
struct Endpoint::Call {
  const engine::Peer& peer;
  const gateway::Asker& asker;
};

Endpoint::Endpoint(engine::Authorizer& authorizer, Recognize recognize, EndpointOptions options)
    : authorizer_(authorizer), recognize_(std::move(recognize)), options_(std::move(options)) {}

http::Response Endpoint::Handle(const http::Request& request) const {
  const bool single = request.path == kEvaluationPath;
  const bool metadata = request.path == kMetadataPath;
  http::Response response;
  if (!single && !metadata && request.path != kEvaluationsPath) {
    response = Refuse(404);
  } else if (request.method != (metadata ? "GET" : "POST")) {
    response = Refuse(405);
    response.headers.push_back({"Allow", metadata ? "GET" : "POST"});
  } else if (metadata) {
    response = DescribeItself(request);
  } else {
    absl::StatusOr<std::string> answer = Answer(
        request, single ? EvaluationRequest::Form::kSingle : EvaluationRequest::Form::kBatch);
    response = answer.ok() ? JsonResponse(*std::move(answer)) : ErrorResponse(answer.status());
  }
  // By which the client finds its request again (10.1.3): its own, as it is.
  if (request.CountHeaders("x-request-id") == 1) {
    response.headers.push_back({"X-Request-ID", std::string(request.FindHeader("x-request-id"))});
  }
  return response;
}

absl::StatusOr<gateway::Asker> Endpoint::FindAsker(const http::Request& request) const {
  ASSIGN_OR_RETURN(const std::string_view secret, SecretOf(request));
  const gateway::ProxyCredentials credentials{options_.proxy, request.client_names, secret};
  ASSIGN_OR_RETURN(gateway::Asker asker,
                   recognize_(credentials, request.FindHeader("traceparent")));
  if (asker.proxy.empty() && !secret.empty()) {
    return base::ErrorWithReason(absl::StatusCode::kPermissionDenied, kReasonUnknownClient,
                                 "the client's secret is nobody's");
  }
  return asker;
}

absl::StatusOr<std::string> Endpoint::Answer(const http::Request& request,
                                             EvaluationRequest::Form form) const {
  const absl::StatusOr<gateway::Asker> asker = FindAsker(request);
  const gateway::Asker stranger;
  const engine::Peer peer = PeerOf(request, asker.ok() ? *asker : stranger);  // Views of it.
  // What never comes to the engine is recorded as well.
  if (!asker.ok()) return authorizer_.RefuseUnsigned(peer, "", asker.status());
  if (!IsJson(request)) {
    return authorizer_.RefuseUnsigned(
        peer, "", absl::InvalidArgumentError("Content-Type must be application/json"));
  }
  const absl::StatusOr<EvaluationRequest> parsed = EvaluationRequest::Parse(request.body, form);
  if (!parsed.ok()) return authorizer_.RefuseUnsigned(peer, "", parsed.status());
  const Call call{peer, *asker};
  if (parsed->form() == EvaluationRequest::Form::kBatch) return AnswerBatch(*parsed, call);

  const absl::StatusOr<Evaluation>& evaluation = parsed->evaluations().front();
  if (!evaluation.ok()) return authorizer_.RefuseUnsigned(peer, "", evaluation.status());
  ASSIGN_OR_RETURN(const Decision decision,
                   Decide(authorizer_, *evaluation, call.peer, call.asker));
  base::JsonWriter writer;
  WriteDecision(decision, &writer);
  return std::string(writer.text());
}

absl::StatusOr<std::string> Endpoint::AnswerBatch(const EvaluationRequest& evaluations,
                                                  const Call& call) const {
  base::JsonWriter writer;
  writer.BeginObject();
  writer.Key("evaluations").BeginArray();
  for (const absl::StatusOr<Evaluation>& evaluation : evaluations.evaluations()) {
    absl::StatusOr<Decision> decision =
        evaluation.ok() ? Decide(authorizer_, *evaluation, call.peer, call.asker)
                        : authorizer_.RefuseUnsigned(call.peer, "", evaluation.status());
    if (absl::IsInvalidArgument(decision.status())) decision = ErrorDecision(decision.status());
    // Of the client or of ours, and so of all of them.
    RETURN_IF_ERROR(decision.status());
    WriteDecision(*decision, &writer);
    if (EndsBatch(evaluations.semantic(), decision->allowed)) break;
  }
  writer.EndArray();
  writer.EndObject();
  return std::string(writer.text());
}

http::Response Endpoint::DescribeItself(const http::Request& request) const {
  if (!options_.url.empty()) return JsonResponse(MetadataDocument(options_.url));
  const absl::StatusOr<std::string> url = BaseUrlOf(request);
  if (!url.ok()) return ErrorResponse(url.status());
  return JsonResponse(MetadataDocument(*url));
}

http::Response Endpoint::ErrorResponse(const absl::Status& status) const {
  const std::string reason = base::ReasonOf(status);
  if (reason == kReasonUnknownClient || reason == kReasonAssertion) {
    http::Response response = TextResponse(
        401,
        "the client has to show who it is, to ask about anybody but the owner of a session "
        "token");
    response.headers.push_back({"WWW-Authenticate", "Bearer realm=\"portcullis\""});
    return response;
  }
  const std::string text(status.message());
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
      return TextResponse(400, text);
    case absl::StatusCode::kPermissionDenied:
      return TextResponse(403, text);
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kResourceExhausted: {
      http::Response response = TextResponse(503, "nothing can be decided at the moment");
      response.headers.push_back({"Retry-After", "1"});
      return response;
    }
    default:
      if (options_.on_internal_error) options_.on_internal_error(status);
      return TextResponse(500, "internal error");
  }
}

http::Response Endpoint::Refuse(int status) {
  switch (status) {
    case 404:
      return TextResponse(404, "there is nothing here");
    case 405:
      return TextResponse(405, "this method is not for this path");
    case 413:
      return TextResponse(413, "the request is too large");
    default:
      return TextResponse(status, "the request is not answered");
  }
}

}  // namespace portcullis::authzen
