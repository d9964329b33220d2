#include "server/forward_auth/endpoint.h"

#include <utility>

#include "server/base/text.h"
#include "server/forward_auth/answer.h"
#include "server/forward_auth/profile.h"
#include "server/forward_auth/sub_request.h"

namespace portcullis::forward_auth {

using Outcome = gateway::Verdict::Outcome;

Endpoint::Endpoint(Check check, EndpointOptions options)
    : check_(std::move(check)), options_(std::move(options)) {}

bool Endpoint::Serves(std::string_view path) {
  return path == kForwardAuthPath || path.starts_with(kEnvoyPrefix);
}

http::Response Endpoint::Handle(const http::Request& request) const {
  const ProfileChoice choice =
      request.path == kForwardAuthPath ? ChooseProfile(request) : ProfileChoice{&EnvoyProfile()};
  const SubRequest sub_request(*choice.profile, request, choice.problem);

  gateway::Arrival arrival;
  arrival.api = choice.profile->api;
  arrival.proxy = {options_.proxy, request.client_names, sub_request.secret()};
  arrival.request = sub_request.original();
  arrival.source_address = sub_request.source_address();
  arrival.trace_parent = sub_request.trace_parent();
  gateway::Verdict verdict = check_(arrival);

  if (!sub_request.problem().empty()) {
    // Whatever became of what was asked about: it was not the client's request.
    if (verdict.outcome == Outcome::kAllowed) verdict.outcome = Outcome::kRefused;
    if (verdict.outcome == Outcome::kRefused) {
      verdict.message =
          base::Concat({"The proxy does not say for certain which request it asks about: ",
                        sub_request.problem(), "."});
    }
  }
  return ToResponse(*choice.profile, arrival.request, verdict);
}

}  // namespace portcullis::forward_auth
