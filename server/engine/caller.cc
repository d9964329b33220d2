#include "server/engine/caller.h"

#include <deque>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"

#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/timestamp.h"
#include "server/engine/signed_caller.h"
#include "server/policy/compiled_policy.h"
#include "server/session/token_codec.h"

namespace portcullis::engine {
namespace {

using policy::PrincipalArnKind;
using policy::PrincipalKind;
using session::SessionKind;

absl::Status Unauthenticated(std::string_view reason, std::string_view message) {
  return base::ErrorWithReason(absl::StatusCode::kUnauthenticated, reason, message);
}

absl::Status PrincipalGone(std::string_view what) {
  return Unauthenticated("PRINCIPAL_GONE",
                         base::Concat({"the ", what, " of this session no longer exists"}));
}

absl::Status UnknownPrincipal(std::string_view arn) {
  return Unauthenticated("UNKNOWN_PRINCIPAL",
                         base::Concat({"there is no principal ", base::Quoted(arn)}));
}

store::Tag MakeTag(std::string_view key, std::string_view value) {
  store::Tag tag;
  tag.key = std::string(key);
  tag.value = std::string(value);
  tag.principal_tag = policy::ConditionKeyName(base::Concat({"aws:PrincipalTag/", key}));
  return tag;
}

bool IsRoleKind(SessionKind kind) {
  return kind == SessionKind::kAssumedRole || kind == SessionKind::kWebIdentity ||
         kind == SessionKind::kSaml;
}

// The request ARN of a session (section 1.5). Users are looked up, since their ARN has a path.
std::string SessionArn(const session::SessionClaims& claims) {
  const std::string prefix =
      base::Concat({"arn:", claims.partition, ":sts::", claims.account, ":"});
  if (IsRoleKind(claims.kind)) {
    return base::Concat({prefix, "assumed-role/", claims.principal_name, "/", claims.session_name});
  }
  if (claims.kind == SessionKind::kFederatedUser) {
    return base::Concat({prefix, "federated-user/", claims.session_name});
  }
  return std::string();
}

std::string SessionUserId(const session::SessionClaims& claims) {
  if (IsRoleKind(claims.kind)) {
    return base::Concat({claims.principal_id, ":", claims.session_name});
  }
  if (claims.kind == SessionKind::kFederatedUser) {
    return base::Concat({claims.account, ":", claims.session_name});
  }
  return claims.principal_id;
}

// Compiles the inline session policy. It was checked when the session was issued, so a failure here
// means that token and program disagree: the session is refused rather than left unlimited.
absl::Status CompileSessionPolicy(OpenedSession* opened) {
  if (opened->claims.session_policy.empty()) return absl::OkStatus();
  std::vector<policy::Diagnostic> diagnostics;
  policy::NamedPolicy named;
  named.policy =
      policy::CompilePolicyJson(opened->claims.session_policy, policy::PolicyType::kSession,
                                policy::PolicyLimits{}, &diagnostics);
  if (named.policy == nullptr) {
    return absl::InternalError("the session policy sealed into this token cannot be understood");
  }
  named.id = "session-policy";
  opened->inline_policy = policy::CompiledPolicySet::Make({named});
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const OpenedSession>> MakeOpenedSession(
    session::SessionClaims claims) {
  auto opened = std::make_shared<OpenedSession>();
  opened->claims = std::move(claims);
  const session::SessionClaims& facts = opened->claims;
  opened->arn = SessionArn(facts);
  opened->user_id = SessionUserId(facts);
  opened->access_key_id = session::AccessKeyIdOf(facts);
  opened->issue_time_text = base::FormatTimestamp(absl::FromUnixSeconds(facts.issued_at_seconds));
  opened->tags.reserve(facts.tags.size());
  for (const session::SessionTag& tag : facts.tags) {
    opened->tags.push_back(MakeTag(tag.key, tag.value));
  }
  for (const session::FederatedKey& key : facts.federated_keys) {
    opened->provider_keys.push_back({policy::ConditionKeyName(key.name),
                                     {key.values.begin(), key.values.end()},
                                     key.multivalued});
  }
  RETURN_IF_ERROR(CompileSessionPolicy(opened.get()));
  return std::shared_ptr<const OpenedSession>(std::move(opened));
}

// Tokens opened by one thread, so that a session which asks again costs a lookup instead of a
// decryption. Valid for one key ring: a key that left the ring must stop opening at once.
class SessionCache {
 public:
  static constexpr size_t kEntriesMax = 512;

  std::shared_ptr<const OpenedSession> Find(std::string_view token,
                                            const session::KeyRing& ring) const {
    if (ring.fingerprint() != fingerprint_) return nullptr;
    const auto found = entries_.find(base::AbslView(token));
    return found == entries_.end() ? nullptr : found->second;
  }

  void Insert(std::string_view token, const session::KeyRing& ring,
              const std::shared_ptr<const OpenedSession>& opened) {
    if (ring.fingerprint() != fingerprint_) {
      entries_.clear();
      order_.clear();
      fingerprint_ = ring.fingerprint();
    }
    if (!entries_.emplace(std::string(token), opened).second) return;
    order_.emplace_back(token);
    if (order_.size() > kEntriesMax) {
      entries_.erase(order_.front());
      order_.pop_front();
    }
  }

 private:
  std::string fingerprint_;
  absl::flat_hash_map<std::string, std::shared_ptr<const OpenedSession>> entries_;
  std::deque<std::string> order_;  // Oldest first.
};

SessionCache& ThreadSessionCache() {
  thread_local SessionCache cache;
  return cache;
}

absl::Status CheckAccount(const store::Account* account) {
  if (account == nullptr) return PrincipalGone("account");
  if (account->suspended) {
    return Unauthenticated("ACCOUNT_SUSPENDED",
                           base::Concat({"account ", account->id, " is suspended"}));
  }
  return absl::OkStatus();
}

absl::Status CheckUser(const store::User& user) {
  if (user.disabled) {
    return Unauthenticated("PRINCIPAL_DISABLED", base::Concat({"user ", user.arn, " is disabled"}));
  }
  return CheckAccount(user.account);
}

// Made where it stays: to copy it at once would wait until all of it is written.
absl::StatusOr<Caller> CallerOfUser(const store::User& user) {
  absl::StatusOr<Caller> made(absl::in_place);
  Caller& caller = *made;
  caller.principal.kind = PrincipalKind::kUser;
  caller.principal.arn = user.arn;
  caller.principal.account = user.account->id;
  caller.principal.unique_id = user.id;
  caller.principal_arn = user.arn;
  caller.user_id = user.id;
  caller.user_name = user.name;
  caller.account = user.account;
  caller.user = &user;
  return made;
}

absl::StatusOr<Caller> CallerOfRoot(const store::Account& account) {
  absl::StatusOr<Caller> made(absl::in_place);
  Caller& caller = *made;
  caller.principal.kind = PrincipalKind::kRoot;
  caller.principal.arn = account.root_arn;
  caller.principal.account = account.id;
  caller.principal.unique_id = account.id;
  caller.principal_arn = account.root_arn;
  caller.user_id = account.id;
  caller.account = &account;
  return made;
}

Caller CallerOfRole(const store::Role& role, std::string_view session_arn) {
  Caller caller;
  caller.principal.kind = PrincipalKind::kRoleSession;
  caller.principal.arn = session_arn;
  caller.principal.account = role.account->id;
  caller.principal.issuer_arn = role.arn;
  caller.principal.unique_id = role.id;
  caller.principal_arn = role.arn;
  caller.account = role.account;
  caller.role = &role;
  return caller;
}

Caller CallerOfFederatedUser(const store::Account& account, std::string_view arn) {
  Caller caller;
  caller.principal.kind = PrincipalKind::kFederatedUser;
  caller.principal.arn = arn;
  caller.principal.account = account.id;
  caller.principal_arn = arn;
  caller.account = &account;
  return caller;
}

// A session ARN without a token: the role by its name, which is unique in the account.
absl::StatusOr<Caller> AssertedRoleSession(const policy::ArnView& arn,
                                           const store::Snapshot& snapshot) {
  constexpr std::string_view kPrefix = "assumed-role/";
  const std::string_view rest = arn.resource.substr(kPrefix.size());
  const std::string_view role_name = rest.substr(0, rest.find('/'));
  const store::Role* role = snapshot.FindRoleByName(arn.account, role_name);
  if (role == nullptr) return UnknownPrincipal(arn.text);
  RETURN_IF_ERROR(CheckAccount(role->account));
  return CallerOfRole(*role, arn.text);
}

absl::StatusOr<Caller> AssertedArn(const policy::ArnView& arn, const store::Snapshot& snapshot) {
  const store::Account* account = snapshot.FindAccount(arn.account);
  switch (policy::ClassifyPrincipalArn(arn)) {
    case PrincipalArnKind::kRoot:
      if (account == nullptr || arn.partition != account->partition) {
        return UnknownPrincipal(arn.text);
      }
      RETURN_IF_ERROR(CheckAccount(account));
      return CallerOfRoot(*account);
    case PrincipalArnKind::kUser:
      return UnknownPrincipal(arn.text);  // It would have been found.
    case PrincipalArnKind::kRoleSession:
      return AssertedRoleSession(arn, snapshot);
    case PrincipalArnKind::kFederatedUser:
      if (account == nullptr) return UnknownPrincipal(arn.text);
      RETURN_IF_ERROR(CheckAccount(account));
      return CallerOfFederatedUser(*account, arn.text);
    case PrincipalArnKind::kRole:
    case PrincipalArnKind::kOidcProvider:
    case PrincipalArnKind::kSamlProvider:
    case PrincipalArnKind::kNotAPrincipal:
      break;
  }
  return absl::InvalidArgumentError(base::Concat(
      {"principal_arn ", base::Quoted(arn.text),
       " does not name a principal that makes requests: give the ARN of a user, the root user, a "
       "role session (arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION) or a federated user"}));
}

absl::StatusOr<Caller> AssertedPrincipal(std::string_view text, const Peer& peer,
                                         const store::Snapshot& snapshot) {
  if (!peer.may_assert_principals) {
    return base::ErrorWithReason(absl::StatusCode::kPermissionDenied, "ASSERTION_NOT_ALLOWED",
                                 "this client is not trusted to assert a principal; send a "
                                 "session token, or connect through a trusted listener");
  }
  // Most are users, whose ARNs need not be taken apart to be found.
  if (const store::User* user = snapshot.FindUser(text); user != nullptr) {
    RETURN_IF_ERROR(CheckUser(*user));
    return CallerOfUser(*user);
  }
  if (const std::optional<policy::ArnView> arn = policy::ArnView::Parse(text)) {
    return AssertedArn(*arn, snapshot);
  }
  if (policy::IsServicePrincipalName(text)) {
    Caller caller;
    caller.principal.kind = PrincipalKind::kService;
    caller.principal.arn = text;
    return caller;
  }
  return absl::InvalidArgumentError(
      base::Concat({"principal_arn ", base::Quoted(text),
                    " is neither an ARN nor the name of a service principal"}));
}

// One text for unknown, inactive and wrong, and one cost: the comparison is always made.
absl::StatusOr<Caller> ProvedByAccessKey(const CallerProof& proof,
                                         const store::Snapshot& snapshot) {
  static constexpr std::string_view kNoSecret = "0000000000000000000000000000000000000000";
  const store::AccessKey* key = snapshot.FindAccessKey(proof.value);
  const bool usable =
      key != nullptr && key->status == store::AccessKeyStatus::kActive && !key->secret.empty();
  const std::string_view secret = usable ? std::string_view(key->secret) : kNoSecret;
  const bool equal = session::EqualSecrets(secret, proof.secret);
  if (!usable || !equal) {
    return Unauthenticated("INVALID_ACCESS_KEY",
                           "The security token included in the request is "
                           "invalid.");
  }
  return CallerOfAccessKey(*key);
}

// Sessions that belong to a user or to root: GetSessionToken and GetFederationToken.
absl::StatusOr<Caller> CallerOfUserSession(const OpenedSession& opened,
                                           const store::Account& account,
                                           const store::Snapshot& snapshot) {
  const session::SessionClaims& claims = opened.claims;
  const bool by_root = claims.principal_id == account.id;
  const store::User* user = by_root ? nullptr : snapshot.FindUserById(claims.principal_id);
  if (!by_root) {
    if (user == nullptr || user->account != &account) return PrincipalGone("user");
    RETURN_IF_ERROR(CheckUser(*user));
  }
  if (claims.kind != SessionKind::kFederatedUser) {
    return by_root ? CallerOfRoot(account) : CallerOfUser(*user);
  }
  Caller caller = CallerOfFederatedUser(account, opened.arn);
  caller.user = user;
  caller.principal.issuer_arn = by_root ? account.root_arn : user->arn;
  caller.principal.unique_id = by_root ? account.id : user->id;
  caller.user_id = opened.user_id;
  return caller;
}

bool IssuedBefore(const session::SessionClaims& claims, const store::Revocation* revocation) {
  return revocation != nullptr &&
         absl::FromUnixSeconds(claims.issued_at_seconds) < revocation->issued_before;
}

// What the policies say, by the same four kinds as what was revoked by hand.
bool RevokedByPolicies(const OpenedSession& opened, const store::Snapshot& snapshot) {
  if (snapshot.revocations().empty()) return false;
  const session::SessionClaims& claims = opened.claims;
  return snapshot.FindSessionRevocation(opened.access_key_id) != nullptr ||
         IssuedBefore(claims, snapshot.FindAccessKeyRevocation(claims.issuer_access_key_id)) ||
         IssuedBefore(claims, IsRoleKind(claims.kind)
                                  ? snapshot.FindRoleRevocation(claims.principal_id)
                                  : snapshot.FindUserRevocation(claims.principal_id));
}

bool IsSessionRevoked(const OpenedSession& opened, const store::Snapshot& snapshot,
                      const state::RevocationLog* revocations) {
  if (RevokedByPolicies(opened, snapshot)) return true;
  if (revocations == nullptr) return false;
  thread_local state::RevocationLog::Pin pin;
  const session::SessionClaims& claims = opened.claims;
  state::SessionFacts facts;
  (IsRoleKind(claims.kind) ? facts.role_id : facts.user_id) = claims.principal_id;
  facts.issuing_access_key_id = claims.issuer_access_key_id;
  facts.session_access_key_id = opened.access_key_id;
  facts.issued_at = claims.issued_at_seconds;
  return pin.Get(*revocations).IsRevoked(facts);
}

}  // namespace

absl::StatusOr<Caller> CallerOfAccessKey(const store::AccessKey& key) {
  RETURN_IF_ERROR(CheckAccount(key.account));
  if (key.user != nullptr) RETURN_IF_ERROR(CheckUser(*key.user));
  auto caller = key.user != nullptr ? CallerOfUser(*key.user) : CallerOfRoot(*key.account);
  caller->access_key_id = key.id;
  return caller;
}

absl::StatusOr<std::shared_ptr<const OpenedSession>> OpenSession(
    std::string_view token, const std::shared_ptr<const session::KeyRing>& ring, absl::Time now) {
  ASSIGN_OR_RETURN(std::shared_ptr<const OpenedSession> opened, OpenSessionAtAnyTime(token, ring));
  RETURN_IF_ERROR(session::CheckLifetime(opened->claims, now));
  return opened;
}

absl::StatusOr<std::shared_ptr<const OpenedSession>> OpenSessionAtAnyTime(
    std::string_view token, const std::shared_ptr<const session::KeyRing>& ring) {
  SessionCache& cache = ThreadSessionCache();
  std::shared_ptr<const OpenedSession> opened = cache.Find(token, *ring);
  if (opened != nullptr) return opened;
  ASSIGN_OR_RETURN(session::SessionClaims claims, session::OpenTokenAtAnyTime(token, *ring));
  ASSIGN_OR_RETURN(opened, MakeOpenedSession(std::move(claims)));
  cache.Insert(token, *ring, opened);
  return opened;
}

absl::StatusOr<Caller> CallerOfSession(std::shared_ptr<const OpenedSession> opened,
                                       const store::Snapshot& snapshot,
                                       const state::RevocationLog* revocations) {
  const session::SessionClaims& claims = opened->claims;
  const store::Account* account = snapshot.FindAccount(claims.account);
  RETURN_IF_ERROR(CheckAccount(account));
  absl::StatusOr<Caller> caller;
  if (IsRoleKind(claims.kind)) {
    const store::Role* role = snapshot.FindRoleById(claims.principal_id);
    if (role == nullptr || role->account != account) return PrincipalGone("role");
    caller = CallerOfRole(*role, opened->arn);
    caller->user_id = opened->user_id;
  } else {
    caller = CallerOfUserSession(*opened, *account, snapshot);
    RETURN_IF_ERROR(caller.status());
  }
  caller->access_key_id = opened->access_key_id;
  caller->revoked = IsSessionRevoked(*opened, snapshot, revocations);
  caller->session = std::move(opened);
  return caller;
}

Caller FederatedCaller(PrincipalKind kind, std::string_view provider_arn) {
  Caller caller;
  caller.principal.kind = kind;
  caller.principal.federated_provider = provider_arn;
  return caller;
}

std::string_view IssuerAccessKeyId(const Caller& caller) {
  if (caller.session != nullptr) return caller.session->claims.issuer_access_key_id;
  return caller.access_key_id;
}

absl::StatusOr<Caller> IdentifyCaller(const CallerProof& proof, const Peer& peer,
                                      const store::Snapshot& snapshot,
                                      const state::RevocationLog* revocations, absl::Time now) {
  switch (proof.kind) {
    case CallerProof::Kind::kNone:
      return base::ErrorWithReason(absl::StatusCode::kInvalidArgument, "CALLER_MISSING",
                                   "caller: give session_token or principal_arn");
    case CallerProof::Kind::kSessionToken: {
      ASSIGN_OR_RETURN(std::shared_ptr<const OpenedSession> opened,
                       OpenSession(proof.value, snapshot.key_ring(), now));
      return CallerOfSession(std::move(opened), snapshot, revocations);
    }
    case CallerProof::Kind::kPrincipalArn:
      return AssertedPrincipal(proof.value, peer, snapshot);
    case CallerProof::Kind::kAccessKey:
      return ProvedByAccessKey(proof, snapshot);
    case CallerProof::Kind::kSignature:
      return IdentifySigner(*proof.signature, snapshot, revocations, now);
  }
  return absl::InternalError("unknown kind of proof");
}

}  // namespace portcullis::engine
