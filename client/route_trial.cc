#include "client/route_trial.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/route/refusal.h"

namespace portcullis::client {
namespace {

// By which a proxy's own configuration names a gateway.
constexpr std::string_view kGatewayExtension = "portcullis.gateway";
constexpr std::string_view kHttpSeparators = "()<>@,;:\\\"/[]?={} \t";

bool IsHeaderName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isgraph(static_cast<unsigned char>(c)) &&
           kHttpSeparators.find(c) == std::string_view::npos;
  });
}

absl::StatusOr<const route::Gateway*> FindGateway(const route::Table& table,
                                                  const TrialRequest& trial,
                                                  const route::Request& request) {
  const bool hosts_agree =
      std::all_of(request.headers.begin(), request.headers.end(), [&](const route::Header& header) {
        return header.name != "host" || header.value == request.host;
      });
  if (!hosts_agree) {
    return route::Refuse(route::Refusal::kAmbiguousHost, "the request names two hosts");
  }
  std::string host;
  if (!request.connection_only || !request.host.empty()) {
    ASSIGN_OR_RETURN(host, route::CanonicalHost(request.host));
  }
  const auto named = trial.gateway.empty() ? request.FindExtension(kGatewayExtension)
                                           : std::optional<std::string_view>(trial.gateway);
  const route::Gateway* gateway =
      named.has_value() ? table.FindGateway(*named) : table.FindGatewayOfHost(host);
  if (gateway != nullptr) return gateway;
  return route::Refuse(
      route::Refusal::kNoGateway,
      named.has_value()
          ? base::Concat({"there is no gateway ", base::Quoted(*named)})
          : base::Concat({"no gateway is responsible for the host ", base::Quoted(host)}));
}

absl::Status Try(const route::Table& table, const TrialRequest& trial,
                 const route::Request& request, TrialOutcome* outcome) {
  ASSIGN_OR_RETURN(outcome->gateway, FindGateway(table, trial, request));
  ASSIGN_OR_RETURN(outcome->canonical, route::Canonicalize(request, outcome->gateway->paths));
  outcome->accounts = route::ExplainRules(*outcome->gateway, request, *outcome->canonical);
  ASSIGN_OR_RETURN(outcome->route,
                   route::FindRoute(*outcome->gateway, request, *outcome->canonical));
  if (outcome->route->is_public) return absl::OkStatus();
  ASSIGN_OR_RETURN(outcome->question, route::AskFor(*outcome->route, request, *outcome->canonical));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<TrialArrival>> TrialArrival::Parse(const TrialRequest& trial) {
  std::unique_ptr<TrialArrival> arrival(new TrialArrival());
  arrival->method_ = trial.method;
  arrival->url_ = trial.url;
  arrival->host_ = trial.host;
  arrival->request_.connection_only = trial.connection;
  RETURN_IF_ERROR(arrival->AddHeaders(trial));
  RETURN_IF_ERROR(arrival->AddExtensions(trial));
  if (trial.connection) {
    arrival->request_.host = arrival->host_;
  } else {
    RETURN_IF_ERROR(arrival->AddTarget(trial));
  }
  return arrival;
}

absl::Status TrialArrival::AddTarget(const TrialRequest& trial) {
  const std::string_view url = url_;
  request_.method = method_;
  const size_t scheme_end = url.find("://");
  if (url.starts_with('/') || scheme_end == std::string_view::npos) {
    request_.target = url;  // Also if it is none: the rules are asked about what is not right, too.
  } else {
    request_.scheme = url.substr(0, scheme_end);
    const std::string_view rest = url.substr(scheme_end + 3);
    const size_t host_end = std::min(rest.find_first_of("/?#"), rest.size());
    request_.target = host_end < rest.size() ? rest.substr(host_end) : "/";
    if (host_.empty()) host_ = rest.substr(0, host_end);
  }
  // HTTP/1 has no other name for it.
  for (const auto& [name, value] : header_texts_) {
    if (host_.empty() && name == "host") host_ = value;
  }
  request_.host = host_;
  if (!request_.host.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("the URL ", base::Quoted(trial.url), " has no host: name one with --host"));
}

absl::Status TrialArrival::AddHeaders(const TrialRequest& trial) {
  for (const std::string& text : trial.headers) {
    const size_t colon = text.find(':');
    const std::string_view name = std::string_view(text).substr(0, colon);
    if (colon == std::string::npos || !IsHeaderName(name)) {
      return absl::InvalidArgumentError(
          absl::StrCat("--header ", base::Quoted(text), " is not of the form `name: value`"));
    }
    header_texts_.emplace_back(
        absl::AsciiStrToLower(base::AbslView(name)),
        absl::StripAsciiWhitespace(base::AbslView(std::string_view(text).substr(colon + 1))));
  }
  for (const auto& [name, value] : header_texts_) headers_.push_back({name, value});
  request_.headers = headers_;
  return absl::OkStatus();
}

absl::Status TrialArrival::AddExtensions(const TrialRequest& trial) {
  for (const std::string& text : trial.extensions) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("--extension ", base::Quoted(text), " is not of the form `name=value`"));
    }
    extension_texts_.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  for (const auto& [name, value] : extension_texts_) extensions_.push_back({name, value});
  request_.extensions = extensions_;
  return absl::OkStatus();
}

TrialOutcome TryRoute(const route::Table& table, const TrialRequest& trial,
                      const route::Request& request) {
  TrialOutcome outcome;
  outcome.refusal = Try(table, trial, request, &outcome);
  return outcome;
}

}  // namespace portcullis::client
