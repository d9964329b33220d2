#include "server/query/endpoint.h"

#include <chrono>
#include <random>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"

#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/uuid.h"
#include "server/engine/signed_caller.h"
#include "server/query/errors.h"
#include "server/query/form.h"
#include "server/query/xml.h"
#include "server/signature/canonical_request.h"

namespace portcullis::query {
namespace {

constexpr std::string_view kFormType = "application/x-www-form-urlencoded";
constexpr absl::Duration kPresignedLifetimeMax = absl::Minutes(15);  // Spec 4.3, as AWS's STS.

// For finding a request again: it need not be hard to guess.
std::string NewRequestId() {
  thread_local std::mt19937_64 random{std::random_device{}()};
  const uint64_t high = random();
  return base::FormatRandomUuid(high, random());
}

http::Response XmlResponse(int status, std::string_view request_id, std::string body) {
  http::Response response;
  response.status = status;
  response.headers = {{"Content-Type", "text/xml"},
                      {"x-amzn-RequestId", std::string(request_id)},
                      {"Cache-Control", "no-store"}};  // Credentials are nothing to keep.
  response.body = std::move(body);
  return response;
}

// Whether the body is a form. Clients that send none name no type.
bool HasForm(const http::Request& request) {
  if (request.method != "POST" || request.body.empty()) return false;
  std::string_view type = request.FindHeader("content-type");
  if (type.empty()) return request.CountHeaders("content-type") == 0;
  type = type.substr(0, type.find(';'));
  while (!type.empty() && absl::ascii_isspace(type.back())) type.remove_suffix(1);
  return absl::AsciiStrToLower(base::AbslView(type)) == base::AbslView(kFormType);
}

// In which service's namespace an error is written before the action is known.
Service ServiceOf(std::string_view version) {
  return version == TraitsOf(Service::kIam).version ? Service::kIam : Service::kSts;
}

absl::StatusOr<const Action*> FindActionOf(const Form& form) {
  const std::string* name = form.Find("Action");
  if (name == nullptr || name->empty()) {
    return base::ErrorWithReason(absl::StatusCode::kInvalidArgument, "MissingAction",
                                 "The request is missing an Action.");
  }
  const std::string* version = form.Find("Version");
  const Action* action = version == nullptr ? nullptr : FindAction(*name, *version);
  if (action != nullptr) return action;
  const auto shown = [](std::string_view text) { return text.substr(0, 128); };
  return base::ErrorWithReason(
      absl::StatusCode::kInvalidArgument, "InvalidAction",
      base::Concat({"Could not find operation ", shown(*name), " for version ",
                    version == nullptr ? "NO_VERSION_SPECIFIED" : shown(*version)}));
}

metrics::QueryCode CodeOf(const AwsError& error) {
  if (error.code == "AccessDenied") return metrics::QueryCode::kAccessDenied;
  if (error.code == "ServiceUnavailable" || error.code == "Throttling") {
    return metrics::QueryCode::kServiceUnavailable;
  }
  if (error.our_fault()) return metrics::QueryCode::kInternalFailure;
  switch (metrics::StsCodeOf(error.code)) {
    case metrics::StsCode::kInvalidClientTokenId:
    case metrics::StsCode::kExpiredToken:
      return metrics::QueryCode::kInvalidClientTokenId;
    default:
      return metrics::QueryCode::kValidationError;
  }
}

}  // namespace

// What becomes known of a request on its way.
struct Endpoint::Exchange {
  std::string request_id = NewRequestId();
  Service service = Service::kSts;
  metrics::QueryAction action = metrics::QueryAction::kOther;
  metrics::QueryCode code = metrics::QueryCode::kOk;
};

Endpoint::Endpoint(const Engine& engine, EndpointOptions options, metrics::Registry* metrics)
    : engine_(engine), options_(std::move(options)), metrics_(metrics) {}

http::Response Endpoint::Handle(const http::Request& request) const {
  const auto started = std::chrono::steady_clock::now();
  Exchange exchange;
  http::Response response;
  if (!IsOurPath(request.path)) {
    response = Refuse(404);
    exchange.code = metrics::QueryCode::kValidationError;
  } else if (request.method != "GET" && request.method != "POST") {
    response = Refuse(405);
    response.headers.push_back({"Allow", "GET, POST"});
    exchange.code = metrics::QueryCode::kValidationError;
  } else if (absl::StatusOr<std::string> document = Answer(request, &exchange); document.ok()) {
    response = XmlResponse(200, exchange.request_id, *std::move(document));
  } else {
    response = ErrorResponse(document.status(), &exchange);
  }
  if (metrics_ != nullptr) {
    const auto elapsed = std::chrono::steady_clock::now() - started;
    metrics_->CountQueryRequest(
        exchange.action, exchange.code,
        std::chrono::duration_cast<std::chrono::nanoseconds>(elapsed).count());
  }
  return response;
}

absl::StatusOr<std::string> Endpoint::Answer(const http::Request& request,
                                             Exchange* exchange) const {
  ASSIGN_OR_RETURN(const Form form,
                   Form::Parse(request.query, HasForm(request) ? request.body : ""));
  if (const std::string* version = form.Find("Version")) exchange->service = ServiceOf(*version);
  ASSIGN_OR_RETURN(const Action* const action, FindActionOf(form));
  exchange->action = action->metric;

  std::vector<signature::HeaderField> headers;
  headers.reserve(request.headers.size());
  for (const http::Header& header : request.headers) headers.push_back({header.name, header.value});
  const std::string body_sha256 = signature::BodySha256(request.body);
  engine::SignedProof proof;
  proof.request = {request.method, request.path, request.query, headers, body_sha256};
  proof.verification.expected_service = TraitsOf(action->service).name;
  proof.verification.presigned_lifetime_max = kPresignedLifetimeMax;
  engine::CallerProof caller;
  if (action->is_signed) {
    caller.kind = engine::CallerProof::Kind::kSignature;
    caller.signature = &proof;
  }
  engine::Peer peer;
  peer.api = engine::Api::kQuery;
  peer.secure_transport = request.secure;
  peer.source_ip = request.peer_address;
  peer.user_agent = request.FindHeader("user-agent");
  peer.region = options_.region;
  peer.request_id = exchange->request_id;

  const ActionCall call{*action, engine_, caller, peer, FormView(form)};
  ASSIGN_OR_RETURN(const base::Shape result, action->answer(call));
  return ResponseDocument(action->service, action->name, result, exchange->request_id);
}

http::Response Endpoint::ErrorResponse(const absl::Status& status, Exchange* exchange) const {
  const AwsError error = ToAwsError(status, exchange->service);
  exchange->code = CodeOf(error);
  if (error.our_fault() && options_.on_internal_error) {
    options_.on_internal_error(status, exchange->request_id);
  }
  return XmlResponse(
      error.http_status, exchange->request_id,
      ErrorDocument(exchange->service, {error.our_fault(), error.code, error.message},
                    exchange->request_id));
}

http::Response Endpoint::Refuse(int status) const {
  const AwsError error = HttpError(status);
  const std::string request_id = NewRequestId();
  return XmlResponse(
      status, request_id,
      ErrorDocument(Service::kSts, {error.our_fault(), error.code, error.message}, request_id));
}

bool Endpoint::IsOurPath(std::string_view path) const {
  std::string_view ours = options_.path;
  if (ours.ends_with('/')) ours.remove_suffix(1);
  if (path.ends_with('/')) path.remove_suffix(1);
  return path == ours;
}

}  // namespace portcullis::query
