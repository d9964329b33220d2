#include "server/forward_auth/answer.h"

#include <string>
#include <utility>

#include "server/gateway/reply.h"

namespace portcullis::forward_auth {
namespace {

using Outcome = gateway::Verdict::Outcome;

http::Response AllowedResponse(const Profile& profile, const route::Request& original,
                               const gateway::Verdict& verdict) {
  http::Response response;
  response.status = 200;
  for (gateway::ReplyHeader& header : gateway::IdentityHeaders(verdict)) {
    response.headers.push_back({std::move(header.name), std::move(header.value)});
  }
  // About this request and no other: nobody in between is to keep it.
  response.headers.push_back({"cache-control", "no-store"});
  if (!profile.removes_headers) return response;
  std::string names;
  for (const std::string& name : gateway::HeadersToRemove(original, verdict)) {
    if (!names.empty()) names.append(", ");
    names.append(name);
  }
  if (!names.empty()) {
    response.headers.push_back({"x-envoy-auth-headers-to-remove", std::move(names)});
  }
  return response;
}

}  // namespace

int StatusOf(const Profile& profile, Outcome outcome) {
  switch (outcome) {
    case Outcome::kUndecided:
      return 503;
    case Outcome::kUnauthenticated:
      return 401;
    case Outcome::kRefused:
      return profile.passes_only_401_and_403 ? 403 : 400;
    case Outcome::kDenied:
      return 403;
    case Outcome::kAllowed:
      return 200;
  }
  return 503;
}

http::Response ToResponse(const Profile& profile, const route::Request& original,
                          const gateway::Verdict& verdict) {
  if (verdict.outcome == Outcome::kAllowed) return AllowedResponse(profile, original, verdict);
  gateway::Denial denial = gateway::MakeDenial(original, verdict);
  http::Response response;
  response.status = StatusOf(profile, verdict.outcome);
  for (gateway::ReplyHeader& header : denial.headers) {
    response.headers.push_back({std::move(header.name), std::move(header.value)});
  }
  response.body = std::move(denial.body);
  return response;
}

}  // namespace portcullis::forward_auth
