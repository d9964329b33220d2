#include "server/gateway/session_exchange_internal.h"

#include <algorithm>
#include <utility>

#include "absl/hash/hash.h"

#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/signature/canonical_request.h"

namespace portcullis::gateway {
namespace {

// A session that ends while its request is decided would be refused as expired, although its proof
// is good for another one.
constexpr absl::Duration kSpare = absl::Minutes(1);

// Parts with their lengths, so that no two lists of parts have one key.
void AppendPart(std::string_view part, std::string* text) {
  text->append(std::to_string(part.size()));
  text->push_back(':');
  text->append(part);
}

// A digest: proofs are not kept. "" if the cryptographic library fails.
std::string KeyOf(const ExchangeRequest& request, const engine::Peer& peer) {
  std::string text;
  text.push_back(request.kind == ExchangeRequest::Kind::kWebIdentity ? 'w' : 'p');
  text.push_back(peer.secure_transport ? 's' : '-');
  for (const std::string_view part :
       {request.proof, request.role_arn, std::string_view(request.session_name),
        request.policy_revision, peer.source_ip, peer.user_agent, peer.region}) {
    AppendPart(part, &text);
  }
  return signature::BodySha256(text);
}

}  // namespace

SessionExchange::SessionExchange(engine::Sessions& sessions, const base::Clock& clock)
    : sessions_(sessions), clock_(clock) {}

SessionExchange::Shard& SessionExchange::ShardOf(const std::string& key) const {
  return shards_[absl::Hash<std::string>{}(key) % kShards];
}

absl::StatusOr<std::string> SessionExchange::SessionFor(const ExchangeRequest& request,
                                                        const engine::Peer& peer) {
  const std::string key = KeyOf(request, peer);
  if (key.empty()) return absl::InternalError("the proof of a caller cannot be digested");
  Shard& shard = ShardOf(key);
  std::shared_ptr<Flight> flight;
  bool leads = false;
  {
    const absl::MutexLock lock(&shard.mutex);
    const auto kept = shard.kept.find(key);
    if (kept != shard.kept.end() && clock_.Now() < kept->second.until) return kept->second.token;
    std::shared_ptr<Flight>& under_way = shard.flights[key];
    if (under_way == nullptr) {
      under_way = std::make_shared<Flight>();
      leads = true;
    }
    flight = under_way;
  }
  if (leads) {
    flight->result = Make(request, peer);
    const absl::MutexLock lock(&shard.mutex);
    if (flight->result.ok()) Keep(key, *flight->result, &shard);
    shard.flights.erase(key);
    flight->done.Notify();
  } else {
    flight->done.WaitForNotification();
  }
  RETURN_IF_ERROR(flight->result.status());
  return flight->result->token;
}

bool SessionExchange::Has(const ExchangeRequest& request, const engine::Peer& peer) const {
  const std::string key = KeyOf(request, peer);
  const Shard& shard = ShardOf(key);
  const absl::MutexLock lock(&shard.mutex);
  const auto kept = shard.kept.find(key);
  return kept != shard.kept.end() && clock_.Now() < kept->second.until;
}

size_t SessionExchange::kept() const {
  size_t count = 0;
  for (const Shard& shard : shards_) {
    const absl::MutexLock lock(&shard.mutex);
    count += shard.kept.size();
  }
  return count;
}

absl::StatusOr<SessionExchange::Session> SessionExchange::Make(const ExchangeRequest& request,
                                                               const engine::Peer& peer) {
  Session session;
  engine::AssumedRole role;
  absl::Time proof_ends = absl::InfiniteFuture();
  switch (request.kind) {
    case ExchangeRequest::Kind::kWebIdentity: {
      session::WebIdentityParameters parameters;
      parameters.role_arn = request.role_arn;
      parameters.role_session_name = request.session_name;
      parameters.web_identity_token = request.proof;
      ASSIGN_OR_RETURN(engine::WebIdentityRole made,
                       sessions_.AssumeRoleWithWebIdentity(parameters, peer));
      proof_ends = made.token_expiration;
      role = std::move(made.role);
      break;
    }
    case ExchangeRequest::Kind::kWorkload: {
      engine::WorkloadParameters parameters;
      parameters.role_arn = request.role_arn;
      parameters.role_session_name = request.session_name;
      parameters.spiffe_id = request.proof;
      engine::Peer vouching = peer;
      vouching.may_assert_principals = true;
      ASSIGN_OR_RETURN(engine::WorkloadRole made,
                       sessions_.AssumeRoleWithWorkloadIdentity(parameters, vouching));
      role = std::move(made.role);
      break;
    }
  }
  session.until = std::min(proof_ends, role.credentials.expiration - kSpare);
  session.token = std::move(role.credentials.session_token);
  return session;
}

void SessionExchange::Keep(const std::string& key, const Session& session, Shard* shard) {
  const auto [place, added] = shard->kept.insert_or_assign(key, session);
  if (added) shard->order.push_back(place->first);
  if (shard->order.size() <= kKeptMax / kShards) return;
  shard->kept.erase(shard->order.front());
  shard->order.pop_front();
}

}  // namespace portcullis::gateway
