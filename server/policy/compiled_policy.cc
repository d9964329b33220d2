#include "server/policy/compiled_policy.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>

#include "server/policy/document_codec.h"

namespace portcullis::policy {
namespace {

using Kind = CompiledPrincipal::Kind;

// Callers that belong to an account, and so are named by naming it.
bool HasAccount(const Principal& caller) {
  switch (caller.kind) {
    case PrincipalKind::kRoot:
    case PrincipalKind::kUser:
    case PrincipalKind::kRoleSession:
    case PrincipalKind::kFederatedUser:
      return !caller.account.empty();
    case PrincipalKind::kAnonymous:
    case PrincipalKind::kService:
    case PrincipalKind::kWebIdentity:
    case PrincipalKind::kSaml:
      return false;
  }
  return false;
}

bool NamesAccount(const CompiledPrincipal& entry, const Principal& caller) {
  if (!HasAccount(caller) || entry.value != caller.account) return false;
  if (entry.partition.empty()) return true;
  const auto arn = ArnView::Parse(caller.arn);
  return arn.has_value() && arn->partition == entry.partition;
}

// The role of a session whose role ARN is not known: by account and name, which is unique there, as
// the session's own ARN has no path.
bool NamesRoleOfSession(std::string_view role_arn, const Principal& caller) {
  const auto role = ArnView::Parse(role_arn);
  const auto session = ArnView::Parse(caller.arn);
  if (!role.has_value() || !session.has_value()) return false;
  constexpr std::string_view kAssumedRole = "assumed-role/";
  std::string_view name = session->resource;
  if (!name.starts_with(kAssumedRole)) return false;
  name.remove_prefix(kAssumedRole.size());
  name = name.substr(0, name.find('/'));
  return role->partition == session->partition && role->account == caller.account &&
         role->account == session->account && ArnResourceName(*role) == name;
}

bool NamesRole(std::string_view role_arn, const Principal& caller) {
  if (caller.kind != PrincipalKind::kRoleSession) return false;
  return caller.issuer_arn.empty() ? NamesRoleOfSession(role_arn, caller)
                                   : role_arn == caller.issuer_arn;
}

PrincipalMatch MatchIf(bool condition, PrincipalMatch match) {
  return condition ? match : PrincipalMatch::kNone;
}

// the user itself, or a federated user made by it.
PrincipalMatch MatchUser(std::string_view user_arn, const Principal& caller) {
  switch (caller.kind) {
    case PrincipalKind::kUser:
      return MatchIf(user_arn == caller.arn, PrincipalMatch::kDirect);
    case PrincipalKind::kFederatedUser:
      return MatchIf(user_arn == caller.issuer_arn, PrincipalMatch::kLimited);
    case PrincipalKind::kAnonymous:
    case PrincipalKind::kRoot:
    case PrincipalKind::kRoleSession:
    case PrincipalKind::kService:
    case PrincipalKind::kWebIdentity:
    case PrincipalKind::kSaml:
      return PrincipalMatch::kNone;
  }
  return PrincipalMatch::kNone;
}

// as if the entity's ARN stood there.
PrincipalMatch MatchUniqueId(std::string_view id, const Principal& caller) {
  if (id.empty() || id != caller.unique_id) return PrincipalMatch::kNone;
  switch (caller.kind) {
    case PrincipalKind::kUser:
      return PrincipalMatch::kDirect;
    case PrincipalKind::kRoleSession:
    case PrincipalKind::kFederatedUser:
      return PrincipalMatch::kLimited;
    case PrincipalKind::kAnonymous:
    case PrincipalKind::kRoot:
    case PrincipalKind::kService:
    case PrincipalKind::kWebIdentity:
    case PrincipalKind::kSaml:
      return PrincipalMatch::kNone;
  }
  return PrincipalMatch::kNone;
}

bool IsFederationCall(const Principal& caller) {
  return caller.kind == PrincipalKind::kWebIdentity || caller.kind == PrincipalKind::kSaml;
}

// One entry of Principal: the table of section 2.2.
PrincipalMatch MatchEntry(const CompiledPrincipal& entry, const Principal& caller) {
  switch (entry.kind) {
    case Kind::kEveryone:
      return PrincipalMatch::kDirect;
    case Kind::kAccount:
      return MatchIf(NamesAccount(entry, caller), PrincipalMatch::kAccount);
    case Kind::kUser:
      return MatchUser(entry.value, caller);
    case Kind::kRole:
      return MatchIf(NamesRole(entry.value, caller), PrincipalMatch::kLimited);
    case Kind::kRoleSession:
      return MatchIf(caller.kind == PrincipalKind::kRoleSession && entry.value == caller.arn,
                     PrincipalMatch::kDirect);
    case Kind::kFederatedUser:
      return MatchIf(caller.kind == PrincipalKind::kFederatedUser && entry.value == caller.arn,
                     PrincipalMatch::kDirect);
    case Kind::kUniqueId:
      return MatchUniqueId(entry.value, caller);
    case Kind::kService:
      return MatchIf(caller.kind == PrincipalKind::kService && entry.value == caller.arn,
                     PrincipalMatch::kDirect);
    case Kind::kFederated:
      return MatchIf(IsFederationCall(caller) && entry.value == caller.federated_provider,
                     PrincipalMatch::kDirect);
    case Kind::kCanonicalUser:  // Saved as the account's ARN: as written it names nobody.
      return PrincipalMatch::kNone;
  }
  return PrincipalMatch::kNone;
}

// Which members of a caller's identity chain NotPrincipal lists.
struct ListedMembers {
  bool account = false;
  bool role = false;    // Of a role session.
  bool itself = false;  // The user, session, federated user or service.
};

ListedMembers FindListed(const CompiledStatement& statement, const Principal& caller) {
  ListedMembers listed;
  for (const CompiledPrincipal& entry : statement.principals) {
    if (entry.kind == Kind::kEveryone) continue;  // Names no member of the chain.
    switch (MatchEntry(entry, caller)) {
      case PrincipalMatch::kNone:
        break;
      case PrincipalMatch::kAccount:
        listed.account = true;
        break;
      case PrincipalMatch::kLimited:
        listed.role = true;
        break;
      case PrincipalMatch::kDirect:
        listed.itself = true;
        break;
    }
  }
  return listed;
}

// Whether every member of the chain is listed, so that the Deny spares the caller.
bool IsWholeChainListed(const CompiledStatement& statement, const Principal& caller) {
  const ListedMembers listed = FindListed(statement, caller);
  switch (caller.kind) {
    case PrincipalKind::kRoot:
      return listed.account;
    case PrincipalKind::kUser:
    case PrincipalKind::kFederatedUser:
      return listed.itself && listed.account;
    case PrincipalKind::kRoleSession:
      return listed.itself && listed.role && listed.account;
    case PrincipalKind::kService:
      return listed.itself;
    case PrincipalKind::kAnonymous:
    case PrincipalKind::kWebIdentity:
    case PrincipalKind::kSaml:
      return false;
  }
  return false;
}

PrincipalMatch StrongestEntry(const CompiledStatement& statement, const Principal& caller) {
  PrincipalMatch strongest = PrincipalMatch::kNone;
  for (const CompiledPrincipal& entry : statement.principals) {
    strongest = std::max(strongest, MatchEntry(entry, caller));
  }
  return strongest;
}

PrincipalMatch MatchNotPrincipal(const CompiledStatement& statement, const Principal& caller,
                                 bool caller_has_boundary) {
  if (statement.effect == StatementEffect::kAllow) {
    return MatchIf(StrongestEntry(statement, caller) == PrincipalMatch::kNone,
                   PrincipalMatch::kDirect);
  }
  const bool limited_by_boundary =
      caller_has_boundary && HasAccount(caller) && caller.kind != PrincipalKind::kRoot;
  return MatchIf(limited_by_boundary || !IsWholeChainListed(statement, caller),
                 PrincipalMatch::kDirect);
}

}  // namespace

CompiledPolicy::CompiledPolicy(PolicyType type, size_t statement_count, size_t block_bytes,
                               std::string_view document)
    : type_(type),
      statement_count_(static_cast<uint32_t>(statement_count)),
      block_bytes_(static_cast<uint32_t>(block_bytes)),
      document_bytes_(static_cast<uint32_t>(document.size())) {
  if (!document.empty()) {
    std::memcpy(behind() + block_bytes, document.data(), document.size());
  }
}

boost::intrusive_ptr<CompiledPolicy> CompiledPolicy::Allocate(PolicyType type,
                                                              size_t statement_count,
                                                              size_t block_bytes,
                                                              std::string_view document) {
  void* const place = ::operator new(sizeof(CompiledPolicy) + block_bytes + document.size());
  return new (place) CompiledPolicy(type, statement_count, block_bytes, document);
}

SharedPolicy CompiledPolicy::Make(PolicyType type, size_t statement_count,
                                  const BlockWriter& block) {
  const auto policy = Allocate(type, statement_count, block.size(), {});
  block.CopyTo(policy->behind());
  return policy;
}

SharedPolicy CompiledPolicy::WithDocument(std::string_view json) const {
  const std::string_view block(reinterpret_cast<const char*>(this + 1), block_bytes_);
  const std::string encoded = EncodeDocument(json, block);
  const auto policy = Allocate(type_, statement_count_, block_bytes_, encoded);
  std::memcpy(policy->behind(), block.data(), block.size());
  return policy;
}

std::string CompiledPolicy::document() const {
  const std::string_view block(reinterpret_cast<const char*>(this + 1), block_bytes_);
  return DecodeDocument({block.data() + block.size(), document_bytes_}, block).value_or("");
}

PrincipalMatch MatchPrincipal(const CompiledStatement& statement, const Principal& caller,
                              bool caller_has_boundary) {
  if (!statement.has_principal) return PrincipalMatch::kNone;
  return statement.not_principal ? MatchNotPrincipal(statement, caller, caller_has_boundary)
                                 : StrongestEntry(statement, caller);
}

bool MatchesAction(const CompiledStatement& statement, const AuthorizationRequest& request) {
  for (const CompiledAction& action : statement.actions) {
    if (action.pattern.Matches(request.action_folded)) return !statement.not_action;
  }
  return statement.not_action;
}

bool MatchesResource(const CompiledStatement& statement, const AuthorizationRequest& request) {
  if (statement.resource_implied) return true;
  for (const ArnPattern& pattern : statement.resources) {
    // Only a lone `*` matches the resource "*".
    const bool matches = pattern.is_any() ||
                         (request.resource_arn.has_value() &&
                          pattern.Matches(*request.resource_arn, *request.context) == Match::kYes);
    if (matches) return !statement.not_resource;
  }
  return statement.not_resource;
}

bool MatchesConditions(const CompiledStatement& statement, const RequestContext& context) {
  return std::all_of(
      statement.conditions.begin(), statement.conditions.end(),
      [&](const CompiledCondition& condition) { return ConditionMatches(condition, context); });
}

}  // namespace portcullis::policy
