#include "server/rpc/peer_identity.h"

#include <algorithm>

#include "server/base/spiffe.h"
#include "server/base/text.h"

namespace portcullis::rpc {
namespace {

constexpr std::string_view kAnyRest = "/*";
constexpr char kSpiffeIdProperty[] = "peer_spiffe_id";
constexpr char kAlternativeNameProperty[] = "x509_subject_alternative_name";

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// gRPC escapes the brackets around an IPv6 address in the URIs it reports.
void ReplaceAll(std::string_view from, std::string_view to, std::string* text) {
  for (size_t at = text->find(from); at != std::string::npos; at = text->find(from, at)) {
    text->replace(at, from.size(), to);
    at += to.size();
  }
}

bool MatchesAny(const std::vector<std::string>& patterns, std::string_view identity) {
  return std::any_of(patterns.begin(), patterns.end(), [identity](const std::string& pattern) {
    return MatchesIdentity(pattern, identity);
  });
}

}  // namespace

absl::Status CheckIdentityPattern(std::string_view pattern) {
  if (pattern.empty()) return absl::InvalidArgumentError("an identity is empty");
  const size_t star = pattern.find('*');
  const bool whole_last_segment = EndsWith(pattern, kAnyRest) && star == pattern.size() - 1 &&
                                  pattern.size() > kAnyRest.size() && !EndsWith(pattern, "//*");
  if (star != std::string_view::npos && !whole_last_segment) {
    return absl::InvalidArgumentError(base::Concat(
        {"identity ", base::Quoted(pattern), ": `*` is allowed as the whole last segment only"}));
  }
  return absl::OkStatus();
}

bool MatchesIdentity(std::string_view pattern, std::string_view identity) {
  if (!EndsWith(pattern, kAnyRest)) return pattern == identity;
  const std::string_view prefix = pattern.substr(0, pattern.size() - 1);
  return identity.size() > prefix.size() && identity.substr(0, prefix.size()) == prefix;
}

std::string_view AddressOfPeer(std::string* peer_uri) {
  const bool ipv4 = peer_uri->starts_with("ipv4:");
  if (!ipv4 && !peer_uri->starts_with("ipv6:")) return {};
  if (!ipv4) {
    ReplaceAll("%5B", "[", peer_uri);
    ReplaceAll("%5D", "]", peer_uri);
  }
  std::string_view address = std::string_view(*peer_uri).substr(5);
  const size_t port = address.rfind(':');
  if (port == std::string_view::npos) return {};
  address = address.substr(0, port);
  if (ipv4) return address;
  if (address.size() < 2 || address.front() != '[' || address.back() != ']') return {};
  address = address.substr(1, address.size() - 2);
  address = address.substr(0, address.find('%'));
  // A dual-stack socket reports IPv4 clients mapped into IPv6; policies name them as IPv4.
  constexpr std::string_view kMapped = "::ffff:";
  if (address.starts_with(kMapped) && address.find('.') != std::string_view::npos) {
    address.remove_prefix(kMapped.size());
  }
  return address;
}

void PeerFacts::Read(const grpc::ServerContext& context, const ListenerTrust& trust) {
  peer_ = engine::Peer{};
  certificate_names_.clear();
  peer_.secure_transport = trust.secure_transport;
  peer_.may_assert_principals = trust.everyone;
  if (trust.secure_transport) {
    ReadIdentity(*context.auth_context(), trust);
  } else if (trust.local) {
    peer_.identity = "uds";
  }
  peer_.may_supply_request_facts = peer_.may_assert_principals;
  private_transport_ = trust.secure_transport || trust.local || trust.everyone;
  if (peer_.may_assert_principals) return;

  uri_ = context.peer();
  peer_.source_ip = AddressOfPeer(&uri_);
  const auto& metadata = context.client_metadata();
  if (const auto agent = metadata.find("user-agent"); agent != metadata.end()) {
    peer_.user_agent = {agent->second.data(), agent->second.size()};
  }
}

void PeerFacts::ReadIdentity(const grpc::AuthContext& auth, const ListenerTrust& trust) {
  identity_.clear();
  spiffe_id_.clear();
  // gRPC lists these properties only of certificates that it verified.
  if (!auth.IsPeerAuthenticated()) return;
  for (const grpc::string_ref& id : auth.FindPropertyValues(kSpiffeIdProperty)) {
    identity_.assign(id.data(), id.size());
    spiffe_id_ = identity_;
    certificate_names_.emplace_back(id.data(), id.size());
    peer_.may_assert_principals |= MatchesAny(trust.identities, identity_);
  }
  for (const grpc::string_ref& value : auth.FindPropertyValues(kAlternativeNameProperty)) {
    const std::string_view name(value.data(), value.size());
    // A certificate with several URIs has no SPIFFE ID; its URIs must not count as one.
    if (name.starts_with(base::kSpiffeScheme)) continue;
    certificate_names_.push_back(name);
    const bool trusted = MatchesAny(trust.identities, name);
    if (identity_.empty() || (trusted && !peer_.may_assert_principals)) identity_ = name;
    peer_.may_assert_principals |= trusted;
  }
  peer_.identity = identity_;
  peer_.spiffe_id = spiffe_id_;
}

}  // namespace portcullis::rpc
