#include "server/ext_authz/service.h"

#include <utility>

#include "server/ext_authz/reply.h"
#include "server/rpc/status.h"

namespace portcullis::ext_authz {
namespace {

using envoy::service::auth::v3::CheckRequest;
using envoy::service::auth::v3::CheckResponse;

constexpr std::string_view kTraceParent = "traceparent";

CheckScratch* Scratch() {
  thread_local CheckScratch scratch;
  return &scratch;
}

}  // namespace

Service::Service(gateway::Gatekeeper* gatekeeper, std::string proxy, metrics::Registry* metrics)
    : gatekeeper_(*gatekeeper), proxy_(std::move(proxy)), calls_(metrics) {
  calls_.AddWaiting(metrics::RpcMethod::kExtAuthzCheck, rpc::Demand::kHigh, "Check", this,
                    &Service::Check, &Service::MayWait);
}

grpc::Status Service::Check(const rpc::CallFacts& facts, const CheckRequest& request,
                            CheckResponse* response) {
  const gateway::Arrival arrival = Read(facts, request, Scratch());
  const gateway::Verdict verdict = gatekeeper_.Check(arrival);
  return rpc::ToGrpcStatus(ToCheckResponse(arrival.request, verdict, response));
}

bool Service::MayWait(const rpc::CallFacts& facts, const CheckRequest& request) {
  return gatekeeper_.MayWait(Read(facts, request, Scratch()));
}

gateway::Arrival Service::Read(const rpc::CallFacts& facts, const CheckRequest& request,
                               CheckScratch* scratch) const {
  gateway::Arrival arrival;
  ToArrival(request, scratch, &arrival);
  arrival.proxy.name = proxy_;
  arrival.proxy.identities = facts.certificate_names;
  if (facts.private_transport)
    arrival.proxy.secret = facts.FindMetadata(gateway::kProxySecretHeader);
  // The proxy's own trace, if it keeps one, counts for more than what a client says.
  const std::string_view trace = facts.FindMetadata(kTraceParent);
  if (!trace.empty()) arrival.trace_parent = trace;
  return arrival;
}

}  // namespace portcullis::ext_authz
