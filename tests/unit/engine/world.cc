#include "tests/unit/engine/world.h"

#include <deque>
#include <utility>

#include "gtest/gtest.h"

#include "server/base/text.h"
#include "server/policy/compiled_policy.h"

namespace portcullis::engine {
namespace {

using base::Concat;

store::Located At(std::string_view text) {
  return store::Located{std::string(text), {1, 1}};
}

store::PolicyDefinition Compile(std::string_view name, std::string_view document,
                                policy::PolicyType type) {
  std::vector<policy::Diagnostic> diagnostics;
  store::PolicyDefinition definition;
  definition.name = At(name);
  definition.policy =
      policy::CompilePolicyJson(document, type, policy::PolicyLimits{}, &diagnostics);
  if (definition.policy == nullptr) {
    for (const policy::Diagnostic& diagnostic : diagnostics) {
      ADD_FAILURE() << document << "\n" << policy::FormatDiagnostic(diagnostic);
    }
  } else {
    definition.policy = definition.policy->WithDocument(document);
  }
  definition.file = std::make_shared<const std::string>("world");
  definition.size = static_cast<uint32_t>(document.size());
  return definition;
}

void SetIdentity(store::EntityDefinition* entity, std::string_view account, std::string_view name) {
  entity->account = At(account);
  entity->name = At(name);
  entity->path = At("/");
}

}  // namespace

std::string Allow(std::string_view action, std::string_view resource) {
  return Concat({R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":")", action,
                 R"(","Resource":")", resource, R"("}})"});
}

std::string Deny(std::string_view action, std::string_view resource) {
  return Concat({R"({"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":")", action,
                 R"(","Resource":")", resource, R"("}})"});
}

std::string Trust(std::string_view principal, std::string_view actions,
                  std::string_view condition) {
  return Concat({R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":")",
                 principal, R"("},"Action":[)", actions, "]",
                 condition.empty() ? "" : R"(,"Condition":)", condition, "}}"});
}

World::World()
    : database(*state::Database::Open({})),
      revocations(*state::RevocationLog::Open(database.get())),
      authorizer(store, clock, recorder, revocations.get()),
      sessions(store, clock, {mfa, recorder, providers, authorizer, revocations.get()}),
      file_(std::make_shared<store::FileDefinitions>()) {
  file_->file = std::make_shared<const std::string>("world");
  session::KeyRingEntry entry;
  entry.id = "test";
  entry.material.fill(7);
  std::vector<session::KeyRingEntry> entries;
  entries.push_back(std::move(entry));
  ring_ = *session::KeyRing::Create(std::move(entries));
}

store::AccountDefinition& World::Account(std::string_view id) {
  store::AccountDefinition& account = file_->accounts.emplace_back();
  account.id = At(id);
  return account;
}

void World::SetPolicies(store::EntityDefinition* entity, const std::vector<std::string>& policies) {
  entity->inline_policies.clear();
  for (const std::string& document : policies) {
    const std::string name = Concat({"p", std::to_string(entity->inline_policies.size())});
    entity->inline_policies.push_back(Compile(name, document, policy::PolicyType::kInlineIdentity));
  }
}

store::UserDefinition& World::User(std::string_view account, std::string_view name,
                                   const std::vector<std::string>& policies) {
  store::UserDefinition& user = file_->users.emplace_back();
  SetIdentity(&user, account, name);
  SetPolicies(&user, policies);
  return user;
}

store::GroupDefinition& World::Group(std::string_view account, std::string_view name,
                                     const std::vector<std::string>& policies) {
  store::GroupDefinition& group = file_->groups.emplace_back();
  SetIdentity(&group, account, name);
  SetPolicies(&group, policies);
  return group;
}

store::RoleDefinition& World::Role(std::string_view account, std::string_view name,
                                   std::string_view trust,
                                   const std::vector<std::string>& policies) {
  store::RoleDefinition& role = file_->roles.emplace_back();
  SetIdentity(&role, account, name);
  SetPolicies(&role, policies);
  role.trust_policy = Compile("", trust, policy::PolicyType::kTrust);
  return role;
}

store::ManagedPolicyDefinition& World::ManagedPolicy(std::string_view account,
                                                     std::string_view name,
                                                     std::string_view document) {
  store::ManagedPolicyDefinition& managed = file_->managed_policies.emplace_back();
  managed.account = At(account);
  managed.name = At(name);
  managed.path = At("/");
  managed.document = Compile(name, document, policy::PolicyType::kManaged);
  return managed;
}

store::ResourceDefinition& World::Resource(std::string_view account, std::string_view arn,
                                           std::string_view policy) {
  store::ResourceDefinition& resource = file_->resources.emplace_back();
  resource.account = At(account);
  resource.arn = At(arn);
  if (!policy.empty()) resource.policy = Compile("", policy, policy::PolicyType::kResource);
  return resource;
}

void World::Publish() {
  store::SnapshotBuilder builder{store::Quotas{}};
  builder.Add(std::make_shared<const store::FileDefinitions>(*file_));
  builder.SetKeyRing(ring_);
  builder.SetDigest(Concat({"generation-", std::to_string(++generation_)}));
  std::vector<store::SourceDiagnostic> diagnostics;
  std::shared_ptr<const store::Snapshot> snapshot = builder.Build(&diagnostics);
  for (const store::SourceDiagnostic& diagnostic : diagnostics) {
    if (diagnostic.diagnostic.severity == policy::Severity::kError) {
      ADD_FAILURE() << store::FormatSourceDiagnostic(diagnostic);
    }
  }
  ASSERT_NE(snapshot, nullptr);
  store.Publish(std::move(snapshot));
}

Peer World::TrustedPeer() {
  Peer peer;
  peer.may_assert_principals = true;
  peer.may_supply_request_facts = true;
  return peer;
}

CallerProof World::Arn(std::string_view arn) {
  return CallerProof{CallerProof::Kind::kPrincipalArn, arn, {}};
}

CallerProof World::Token(std::string_view token) {
  return CallerProof{CallerProof::Kind::kSessionToken, token, {}};
}

session::AssumeRoleParameters World::Parameters(std::string_view role_arn,
                                                std::string_view session_name) {
  session::AssumeRoleParameters parameters;
  parameters.role_arn = std::string(role_arn);
  parameters.role_session_name = std::string(session_name);
  return parameters;
}

policy::Effect World::Decide(const CallerProof& caller, std::string_view action,
                             std::string_view resource, std::string* reason) {
  const QueryItem item{action, resource, {}};
  Query query;
  query.caller = caller;
  query.items = absl::MakeConstSpan(&item, 1);
  query.peer = TrustedPeer();
  Answer answer;
  const absl::Status status = authorizer.Authorize(query, &answer);
  EXPECT_TRUE(status.ok()) << status;
  if (!status.ok()) return policy::Effect::kImplicitDeny;
  if (reason != nullptr) *reason = answer.items[0].reason;
  return answer.items[0].decision.effect;
}

policy::Effect World::DecideFor(std::string_view principal_arn, std::string_view action,
                                std::string_view resource, std::string* reason) {
  return Decide(Arn(principal_arn), action, resource, reason);
}

absl::StatusOr<AssumedRole> World::Assume(const CallerProof& caller,
                                          const session::AssumeRoleParameters& parameters) {
  return sessions.AssumeRole(caller, parameters, {}, TrustedPeer());
}

}  // namespace portcullis::engine
