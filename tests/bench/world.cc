#include "tests/bench/world.h"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

#include "server/base/text.h"
#include "server/policy/diagnostic.h"
#include "server/policy/limits.h"
#include "server/session/key_ring.h"
#include "server/store/snapshot_builder.h"

namespace portcullis::bench {
namespace {

using base::Concat;

[[noreturn]] void Die(const std::string& message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  std::abort();
}

store::Located At(std::string_view text) {
  return store::Located{std::string(text), {1, 1}};
}

store::PolicyDefinition Define(std::string_view name, std::string_view document,
                               policy::PolicyType type) {
  static const auto* const file =
      new std::shared_ptr<const std::string>(std::make_shared<const std::string>("world.yaml"));
  store::PolicyDefinition definition;
  definition.name = At(name);
  definition.policy = CompileOrDie(document, type)->WithDocument(document);
  definition.file = *file;
  definition.size = static_cast<uint32_t>(document.size());
  return definition;
}

void SetIdentity(std::string_view name, store::EntityDefinition* entity) {
  entity->account = At(kAccount);
  entity->name = At(name);
  entity->path = At("/");
}

// What an ordinary user's policies allow, one each.
struct Row {
  std::string_view sid;
  std::string_view action;
  std::string_view resource;  // Before the user's number.
  std::string_view rest;      // After it.
};
constexpr Row kRows[kPoliciesPerUser] = {
    {"ListBucket", "s3:ListBucket", "arn:aws:s3:::bucket-", ""},
    {"ReadTable", "dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:111111111111:table/t-", ""},
    {"Queue", "sqs:SendMessage", "arn:aws:sqs:eu-west-1:111111111111:queue-", "-*"},
    {"Topic", "sns:Publish", "arn:aws:sns:eu-west-1:111111111111:topic-", "-*"},
    {"WriteObjects", "s3:PutObject", "arn:aws:s3:::bucket-", "/uploads/*"},
    {"Key", "kms:Decrypt", "arn:aws:kms:eu-west-1:111111111111:key/k-", ""},
    {kUserSid, "s3:GetObject", "arn:aws:s3:::bucket-", "/*"},
    {"Function", "lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:111111111111:function:f-", ""},
    {"Parameters", "ssm:GetParameter*", "arn:aws:ssm:eu-west-1:111111111111:parameter/p-", "/*"},
    {"Logs", "logs:PutLogEvents", "arn:aws:logs:eu-west-1:111111111111:log-group:g-", ":*"},
};

std::string DocumentOf(const UserPolicy& policy) {
  return Concat({R"({"Version":"2012-10-17","Statement":{"Sid":")", policy.sid,
                 R"(","Effect":"Allow","Action":")", policy.action, R"(","Resource":")",
                 policy.resource,
                 R"(","Condition":{"StringEquals":{"app:department":["red","blue"]}}}})"});
}

std::shared_ptr<const session::KeyRing> MakeKeyRing() {
  session::KeyRingEntry entry;
  entry.id = "bench";
  entry.material.fill(7);
  std::vector<session::KeyRingEntry> entries;
  entries.push_back(std::move(entry));
  return *session::KeyRing::Create(std::move(entries));
}

store::Quotas NoQuotas() {
  store::Quotas quotas;
  quotas.inline_policy_size_user = 0;
  quotas.inline_policy_size_group = 0;
  quotas.inline_policy_size_role = 0;
  return quotas;
}

}  // namespace

policy::SharedPolicy CompileOrDie(std::string_view document, policy::PolicyType type) {
  std::vector<policy::Diagnostic> diagnostics;
  policy::PolicyLimits limits;
  limits.quotas_apply = false;
  auto compiled = policy::CompilePolicyJson(document, type, limits, &diagnostics);
  if (compiled != nullptr) return compiled;
  std::string message(document);
  for (const policy::Diagnostic& diagnostic : diagnostics) {
    message = Concat({message, "\n", policy::FormatDiagnostic(diagnostic)});
  }
  Die(message);
}

World::World() : file_(std::make_shared<store::FileDefinitions>()) {
  file_->file = std::make_shared<const std::string>("world.yaml");
  file_->accounts.emplace_back().id = At(kAccount);
}

store::UserDefinition& World::AddUser(std::string_view name) {
  store::UserDefinition& user = file_->users.emplace_back();
  SetIdentity(name, &user);
  return user;
}

store::RoleDefinition& World::AddRole(std::string_view name, std::string_view trust_policy) {
  store::RoleDefinition& role = file_->roles.emplace_back();
  SetIdentity(name, &role);
  role.trust_policy = Define("", trust_policy, policy::PolicyType::kTrust);
  return role;
}

void World::AddManagedPolicy(std::string_view name, std::string_view document) {
  store::ManagedPolicyDefinition& managed = file_->managed_policies.emplace_back();
  managed.account = At(kAccount);
  managed.name = At(name);
  managed.path = At("/");
  managed.document = Define(name, document, policy::PolicyType::kManaged);
}

void World::AddResource(std::string_view arn, std::string_view policy) {
  store::ResourceDefinition& resource = file_->resources.emplace_back();
  resource.account = At(kAccount);
  resource.arn = At(arn);
  resource.policy = Define("", policy, policy::PolicyType::kResource);
}

void World::AddGateway(route::GatewayDefinition gateway) {
  file_->gateways.push_back(std::move(gateway));
}

void World::AddProxy(store::ProxyDefinition proxy) {
  file_->proxies.push_back(std::move(proxy));
}

void World::AddPolicy(std::string_view name, std::string_view document,
                      store::EntityDefinition* entity) {
  entity->inline_policies.push_back(Define(name, document, policy::PolicyType::kInlineIdentity));
}

void World::AddUsers(size_t policy_count) {
  const size_t users = policy_count / kPoliciesPerUser;
  file_->users.reserve(file_->users.size() + users);
  for (size_t i = 0; i < users; ++i) {
    store::UserDefinition& user = AddUser(Concat({"user-", std::to_string(i)}));
    for (const UserPolicy& policy : UserPolicies(i)) {
      AddPolicy(policy.sid, DocumentOf(policy), &user);
    }
  }
}

void World::Publish() {
  store::SnapshotBuilder builder(NoQuotas());
  builder.Add(std::move(file_));
  builder.SetKeyRing(MakeKeyRing());
  builder.SetDigest("0000000000000000000000000000000000000000000000000000000000000000");
  std::vector<store::SourceDiagnostic> diagnostics;
  std::shared_ptr<const store::Snapshot> snapshot = builder.Build(&diagnostics);
  if (snapshot == nullptr) Die(store::FormatSourceDiagnostic(diagnostics.front()));
  store_.Publish(std::move(snapshot));
}

const World& WorldOfUsers(size_t policy_count) {
  static size_t made_for = 0;
  static std::unique_ptr<const World> world;
  if (made_for != policy_count) {
    world.reset();
    auto made = std::make_unique<World>();
    made->AddUsers(policy_count);
    made->Publish();
    world = std::move(made);
    made_for = policy_count;
  }
  return *world;
}

std::vector<UserPolicy> UserPolicies(size_t user) {
  std::vector<UserPolicy> policies;
  for (const Row& row : kRows) {
    policies.push_back(
        {row.sid, row.action, Concat({row.resource, std::to_string(user), row.rest})});
  }
  return policies;
}

std::string UserArn(size_t user) {
  return Concat({"arn:aws:iam::", kAccount, ":user/user-", std::to_string(user)});
}

std::string ObjectArn(size_t user) {
  return Concat({"arn:aws:s3:::bucket-", std::to_string(user), "/reports/2026/summary.csv"});
}

engine::Peer TrustedPeer() {
  engine::Peer peer;
  peer.may_assert_principals = true;
  peer.may_supply_request_facts = true;
  peer.secure_transport = true;
  peer.identity = "uds";
  return peer;
}

}  // namespace portcullis::bench
