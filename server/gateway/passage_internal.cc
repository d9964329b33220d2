#include "server/gateway/passage_internal.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"

#include "server/base/error_reason.h"
#include "server/base/spiffe.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/engine/authorizer.h"
#include "server/engine/decision_id.h"
#include "server/engine/federated_sessions.h"
#include "server/gateway/session_name_internal.h"
#include "server/gateway/trace_internal.h"
#include "server/gateway/verdict_internal.h"
#include "server/route/refusal.h"

namespace portcullis::gateway {
namespace {

using Outcome = Verdict::Outcome;
using Shown = Presented::Kind;

// Which gateway a proxy's own configuration says that its requests are for.
constexpr std::string_view kGatewayExtension = "portcullis.gateway";

absl::Status Unauthenticated(std::string_view reason, std::string_view message) {
  return base::ErrorWithReason(absl::StatusCode::kUnauthenticated, reason, message);
}

// The path for records: what is behind it may hold secrets, and so may targets of other forms.
std::string_view PathForRecords(std::string_view target) {
  if (!target.starts_with('/')) return {};
  return target.substr(0, target.find_first_of("?#"));
}

// Likewise; in front of the host there may be a password.
std::string_view HostForRecords(std::string_view host) {
  const size_t at = host.rfind('@');
  return at == std::string_view::npos ? host : host.substr(at + 1);
}

// By which proxies call a request. Clients may choose it, so it has bounds.
std::string_view RequestIdForRecords(const route::Request& request) {
  constexpr size_t kBytesMax = 128;
  const std::string_view id = request.FindHeader("x-request-id").value_or(std::string_view());
  const bool good =
      id.size() <= kBytesMax && std::all_of(id.begin(), id.end(), [](char c) {
        return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_';
      });
  return good ? id : std::string_view();
}

// What Refuse() says quotes the request, its query too: that is not for records.
absl::Status WithoutQuotes(const absl::Status& refusal) {
  return base::ErrorWithReason(refusal.code(), base::ReasonOf(refusal), WordsFor(refusal).message);
}

// HTTP/1.1's Host and what the proxy takes for the host are one.
bool HostsAgree(const route::Request& request) {
  return std::all_of(request.headers.begin(), request.headers.end(),
                     [&](const route::Header& header) {
                       return header.name != "host" || header.value == request.host;
                     });
}

// The role of the provider, or nullptr.
const route::FederatedRole* FindRole(const std::vector<route::FederatedRole>& roles,
                                     std::string_view provider) {
  const auto found = std::find_if(roles.begin(), roles.end(),
                                  [&](const auto& role) { return role.provider == provider; });
  return found == roles.end() ? nullptr : &*found;
}

// Context of a question, and the views that the engine takes.
class Context {
 public:
  Context(const route::Question& question, const engine::Peer& peer) {
    values_.reserve(question.context.size() + 2);
    for (const route::ContextEntry& entry : question.context) {
      values_.emplace_back(entry.values.begin(), entry.values.end());
      inputs_.push_back({entry.key, values_.back()});
    }
    // Facts that the engine takes from a peer only where that is the caller itself. A rule that
    // gives them means its own.
    AddUnlessGiven("aws:SourceIp", peer.source_ip);
    AddUnlessGiven("aws:UserAgent", peer.user_agent);
  }
  absl::Span<const engine::ContextInput> inputs() const { return inputs_; }

 private:
  void AddUnlessGiven(std::string_view key, std::string_view value) {
    const bool given = std::any_of(inputs_.begin(), inputs_.end(), [&](const auto& input) {
      return base::EqualFolded(input.key, key);
    });
    if (given || value.empty()) return;
    values_.push_back({value});
    inputs_.push_back({key, values_.back()});
  }

  std::vector<std::vector<std::string_view>> values_;  // Never grows beyond what was reserved.
  std::vector<engine::ContextInput> inputs_;
};

}  // namespace

Passage::Passage(std::shared_ptr<const store::Snapshot> snapshot, absl::Time now,
                 const GatekeeperParts& parts, SessionExchange* exchange, const Arrival& arrival)
    : snapshot_(std::move(snapshot)),
      now_(now),
      parts_(parts),
      exchange_(*exchange),
      arrival_(arrival),
      request_(arrival.request) {
  request_.extensions = {};
  engine::NewDecisionId(now, &verdict_.decision_id);
  verdict_.trace_id = TraceIdOf(arrival.trace_parent);
  if (snapshot_ != nullptr) verdict_.policy_revision = snapshot_->digest();

  door_.decision_id = verdict_.decision_id;
  door_.method = request_.method;
  door_.host = HostForRecords(request_.host);
  door_.path = PathForRecords(request_.target);
  door_.source_principal = arrival.peer_principal;
  door_.request_id = RequestIdForRecords(request_);
  peer_.api = arrival.api;
  peer_.trace_id = verdict_.trace_id;
  peer_.door = &door_;
}

// ---- Which route --------------------------------------------------------------------------------

absl::Status Passage::FindProxy() {
  if (snapshot_ == nullptr) return engine::NotLoaded();
  proxy_ = gateway::FindProxy(arrival_.proxy, *snapshot_);
  if (proxy_ == nullptr) {
    return base::ErrorWithReason(absl::StatusCode::kPermissionDenied, kReasonUnknownProxy,
                                 "this client is none of the proxies in the policies");
  }
  door_.proxy = proxy_->name;
  verdict_.error_response = proxy_->error_response;
  believed_ = Believe(*proxy_, arrival_);
  request_.extensions = believed_.extensions;
  FillPeer();
  return absl::OkStatus();
}

void Passage::FillPeer() {
  peer_.identity = proxy_->name;
  peer_.may_supply_request_facts = true;
  peer_.secure_transport = request_.scheme == "https";
  peer_.source_ip = believed_.source_address;
  peer_.user_agent = request_.FindHeader("user-agent").value_or(std::string_view());
}

absl::StatusOr<const route::Gateway*> Passage::FindGateway() const {
  const route::Table& table = snapshot_->routes();
  ASSIGN_OR_RETURN(const std::string host, request_.connection_only&& request_.host.empty()
                                               ? absl::StatusOr<std::string>(std::string())
                                               : route::CanonicalHost(request_.host));
  const std::optional<std::string_view> named = request_.FindExtension(kGatewayExtension);
  const route::Gateway* const gateway =
      named.has_value() ? table.FindGateway(*named) : table.FindGatewayOfHost(host);
  if (gateway == nullptr) {
    return route::Refuse(route::Refusal::kNoGateway, "no gateway is responsible");
  }
  if (!proxy_->MayServe(gateway->name)) {
    return route::Refuse(route::Refusal::kNoGateway,
                         base::Concat({"the proxy may not bring requests for the gateway ",
                                       base::Quoted(gateway->name)}));
  }
  return gateway;
}

absl::Status Passage::FindRoute() {
  RETURN_IF_ERROR(FindProxy());
  if (!HostsAgree(request_)) {
    return route::Refuse(route::Refusal::kAmbiguousHost, "the request names two hosts");
  }
  ASSIGN_OR_RETURN(gateway_, FindGateway());
  door_.gateway = gateway_->name;
  verdict_.gateway = gateway_->name;
  verdict_.forward_credentials = gateway_->forward_credentials;
  peer_.region = gateway_->region;

  absl::StatusOr<route::CanonicalRequest> canonical =
      route::Canonicalize(request_, gateway_->paths);
  if (!canonical.ok()) return WithoutQuotes(canonical.status());
  canonical_ = *std::move(canonical);
  ASSIGN_OR_RETURN(route_, route::FindRoute(*gateway_, request_, canonical_));
  verdict_.rule = route_.rule;
  door_.rule = verdict_.rule;
  return absl::OkStatus();
}

absl::Status Passage::AdmitAnybody() {
  engine::DoorEnd end;
  end.kind = engine::DoorEnd::Kind::kPublicRoute;
  end.policy_revision = verdict_.policy_revision;
  RETURN_IF_ERROR(parts_.recorder.RecordDoor(peer_, end, now_, timer_));
  recorded_ = true;
  verdict_.reason = "public_route";
  return absl::OkStatus();
}

// ---- Who ----------------------------------------------------------------------------------------

bool Passage::IsShown(route::Method method) const {
  switch (method) {
    case route::Method::kSignature:
      return presented_.kind == Shown::kSignature;
    case route::Method::kSessionToken:
      return presented_.kind == Shown::kSessionToken;
    case route::Method::kWebIdentity:
      return presented_.kind == Shown::kWebIdentity;
    case route::Method::kPeerCertificate:
      // Proxies tell of a certificate without a SPIFFE ID by its DNS name or subject.
      return believed_.peer_principal.starts_with(base::kSpiffeScheme);
  }
  return false;
}

absl::Span<const route::Method> Passage::Methods() const {
  if (route_.identification == nullptr) return {};
  return route_.identification->methods;
}

absl::Status Passage::Identify(engine::CallerProof* caller) {
  presented_ = ReadCredentials(request_, canonical_);
  if (presented_.kind == Shown::kConflicting) {
    return Unauthenticated(kReasonConflictingCredentials,
                           "the request carries more than one set of credentials");
  }
  for (const route::Method method : Methods()) {
    if (IsShown(method)) return ProveBy(method, caller);
  }
  if (presented_.kind == Shown::kNothing) {
    return Unauthenticated(kReasonNoCredentials, "the request carries no credentials");
  }
  return Unauthenticated(kReasonUnsupportedCredentials,
                         "the rule takes no credentials of the kind that the request carries");
}

absl::Status Passage::ProveBy(route::Method method, engine::CallerProof* caller) {
  switch (method) {
    case route::Method::kSignature:
      caller->kind = engine::CallerProof::Kind::kSignature;
      caller->signature =
          &signed_.Read(request_, *gateway_, route_.identification->payload, presented_.in_query);
      verdict_.proof =
          presented_.in_query ? Verdict::Proof::kQuery : Verdict::Proof::kAuthorization;
      return absl::OkStatus();
    case route::Method::kSessionToken:
      caller->kind = engine::CallerProof::Kind::kSessionToken;
      caller->value = presented_.token;
      verdict_.proof = Verdict::Proof::kAuthorization;
      return absl::OkStatus();
    case route::Method::kWebIdentity:
      verdict_.proof = Verdict::Proof::kAuthorization;
      return Exchange(TokenExchange(presented_.token), caller);
    case route::Method::kPeerCertificate:
      verdict_.proof = Verdict::Proof::kPeerCertificate;
      return Exchange(CertificateExchange(), caller);
  }
  return absl::InternalError("unknown method of identification");
}

absl::StatusOr<ExchangeRequest> Passage::TokenExchange(std::string_view token) const {
  absl::StatusOr<engine::ClaimedIdentity> claimed = engine::UnverifiedIdentityOf(token);
  if (!claimed.ok()) return AsProofStatus(claimed.status());
  const route::FederatedRole* const role = FindRole(gateway_->web_identities, claimed->issuer);
  if (role == nullptr) {
    return Unauthenticated(kReasonUnknownIssuer,
                           "the gateway has no role for the issuer of the token");
  }
  ExchangeRequest request;
  request.kind = ExchangeRequest::Kind::kWebIdentity;
  request.proof = token;
  request.role_arn = role->role_arn;
  request.session_name = SessionNameFor(claimed->subject);
  request.policy_revision = snapshot_->digest();
  return request;
}

absl::StatusOr<ExchangeRequest> Passage::CertificateExchange() const {
  const std::string_view name = believed_.peer_principal.substr(base::kSpiffeScheme.size());
  const size_t slash = std::min(name.find('/'), name.size());
  const route::FederatedRole* const role =
      FindRole(gateway_->peer_certificates, name.substr(0, slash));
  if (role == nullptr) {
    return Unauthenticated(kReasonUnknownIssuer,
                           "the gateway has no role for the trust domain of the certificate");
  }
  ExchangeRequest request;
  request.kind = ExchangeRequest::Kind::kWorkload;
  request.proof = believed_.peer_principal;
  request.role_arn = role->role_arn;
  request.session_name = SessionNameForWorkload(name.substr(slash));
  request.policy_revision = snapshot_->digest();
  return request;
}

engine::Peer Passage::ExchangePeer(const engine::DoorFacts* door) const {
  engine::Peer peer = peer_;
  // To a trust policy the client is the caller, so that its address is aws:SourceIp.
  peer.may_supply_request_facts = false;
  peer.door = door;
  return peer;
}

absl::Status Passage::Exchange(const absl::StatusOr<ExchangeRequest>& request,
                               engine::CallerProof* caller) {
  RETURN_IF_ERROR(request.status());
  const bool waits = arrival_.waiting_room != nullptr &&
                     request->kind == ExchangeRequest::Kind::kWebIdentity &&
                     !exchange_.Has(*request, ExchangePeer(nullptr));
  const WaitingRoom::Seat seat(waits ? arrival_.waiting_room : nullptr);
  if (!seat.taken()) {
    return base::ErrorWithReason(absl::StatusCode::kResourceExhausted, "OVERLOADED",
                                 "too many requests wait for identity providers");
  }
  // The exchange is another event than the decision, so its record has an id of its own.
  engine::DoorFacts door = door_;
  door.decision_id = {};
  absl::StatusOr<std::string> token = exchange_.SessionFor(*request, ExchangePeer(&door));
  if (!token.ok()) return AsProofStatus(token.status());
  session_token_ = *std::move(token);
  caller->kind = engine::CallerProof::Kind::kSessionToken;
  caller->value = session_token_;
  return absl::OkStatus();
}

bool Passage::WouldWait() const {
  if (route_.is_public) return false;
  const Presented presented = ReadCredentials(request_, canonical_);
  const absl::Span<const route::Method> methods = Methods();
  if (presented.kind != Shown::kWebIdentity ||
      std::find(methods.begin(), methods.end(), route::Method::kWebIdentity) == methods.end()) {
    return false;
  }
  const absl::StatusOr<ExchangeRequest> request = TokenExchange(presented.token);
  return request.ok() && !exchange_.Has(*request, ExchangePeer(nullptr));
}

// ---- Whether they may ---------------------------------------------------------------------------

absl::Status Passage::Decide() {
  engine::CallerProof caller;
  RETURN_IF_ERROR(Identify(&caller));
  ASSIGN_OR_RETURN(const route::Question question, route::AskFor(route_, request_, canonical_));
  return Ask(caller, question);
}

absl::Status Passage::Ask(const engine::CallerProof& caller, const route::Question& question) {
  const Context context(question, peer_);
  std::vector<engine::QueryItem> items;
  items.reserve(question.items.size());
  for (const route::QuestionItem& item : question.items) {
    items.push_back({item.action, item.resource, {}});
  }
  engine::Query query;
  query.caller = caller;
  query.context = context.inputs();
  query.items = items;
  query.peer = peer_;
  query.snapshot = snapshot_;
  engine::Answer answer;
  // Whatever it answers, it has recorded it.
  recorded_ = true;
  RETURN_IF_ERROR(parts_.authorizer.Authorize(query, &answer));
  if (answer.items.empty() || answer.items.size() != items.size()) {
    return absl::InternalError("the answer does not fit the question");
  }
  for (const engine::AnswerItem& item : answer.items) {
    if (item.decision.effect == policy::Effect::kAllow) continue;
    Rename(item.decision_id);
    const bool is_explicit = item.decision.effect == policy::Effect::kExplicitDeny;
    return base::ErrorWithReason(absl::StatusCode::kPermissionDenied,
                                 is_explicit ? kReasonExplicitDeny : kReasonImplicitDeny,
                                 item.reason);
  }
  verdict_.reason = "explicit_allow";
  Rename(answer.items.front().decision_id);
  verdict_.principal_arn = answer.principal_arn;
  verdict_.account = answer.account;
  verdict_.user_id = answer.user_id;
  return absl::OkStatus();
}

void Passage::Rename(std::string_view decision_id) {
  verdict_.decision_id = decision_id;
  door_.decision_id = verdict_.decision_id;
}

// ---- The end ------------------------------------------------------------------------------------

void Passage::TurnAway(const absl::Status& stop) {
  const Words words = WordsFor(stop);
  verdict_.outcome = words.outcome;
  verdict_.reason = words.reason;
  verdict_.message = words.message;
  if (words.outcome == Outcome::kUndecided) verdict_.failure = ForTransport(stop);
  if (words.outcome == Outcome::kUnauthenticated) {
    const bool bearer =
        presented_.kind == Shown::kSessionToken || presented_.kind == Shown::kWebIdentity;
    verdict_.challenges = Challenges(Methods(), verdict_.gateway, bearer);
  }
  if (recorded_) return;
  recorded_ = true;
  engine::DoorEnd end;
  if (words.outcome == Outcome::kDenied) {
    const bool at_trust = base::ReasonOf(stop) == kReasonNotAdmitted;
    end.kind = at_trust ? engine::DoorEnd::Kind::kNotAdmitted : engine::DoorEnd::Kind::kNoRoute;
  }
  end.reason = verdict_.reason;
  end.status = stop;
  end.policy_revision = verdict_.policy_revision;
  // Whether or not the record can be kept, the request is turned away.
  parts_.recorder.RecordDoor(peer_, end, now_, timer_).IgnoreError();
}

}  // namespace portcullis::gateway
