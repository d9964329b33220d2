#include "tests/unit/store/build_helpers.h"

#include "gtest/gtest.h"

#include "server/base/str_cat.h"

namespace portcullis::store {

Located At(std::string_view text, uint32_t line, uint32_t column) {
  return {std::string(text), {line, column}};
}

PolicyDefinition Policy(std::string_view name, std::string_view json, policy::PolicyType type,
                        uint32_t line) {
  PolicyDefinition definition;
  definition.name = At(name, line);
  definition.size = static_cast<uint32_t>(json.size());
  std::vector<policy::Diagnostic> diagnostics;
  definition.policy =
      policy::CompilePolicyJson(json, type, policy::PolicyLimits(), &diagnostics, {line, 1});
  if (definition.policy != nullptr) definition.policy = definition.policy->WithDocument(json);
  for (const auto& diagnostic : diagnostics) {
    EXPECT_NE(diagnostic.severity, policy::Severity::kError)
        << policy::FormatDiagnostic(diagnostic);
  }
  return definition;
}

PolicyDefinition TrustPolicy(std::string_view principal, uint32_t line) {
  return Policy("",
                base::StrCat(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
                             R"("Principal":)",
                             principal, R"(,"Action":"sts:AssumeRole"}]})"),
                policy::PolicyType::kTrust, line);
}

PolicyDefinition ResourcePolicy(std::string_view principal, uint32_t line) {
  return Policy("",
                base::StrCat(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
                             R"("Principal":)",
                             principal, R"(,"Action":"s3:GetObject","Resource":"*"}]})"),
                policy::PolicyType::kResource, line);
}

TestFile::TestFile(std::string_view name) {
  definitions_.file = std::make_shared<const std::string>(name);
}

AccountDefinition& TestFile::Account(std::string_view id, uint32_t line) {
  AccountDefinition& account = definitions_.accounts.emplace_back();
  account.id = At(id, line);
  return account;
}

template <typename T>
T& TestFile::Entity(std::vector<T>& list, std::string_view account, std::string_view name,
                    uint32_t line) {
  T& entity = list.emplace_back();
  entity.account = At(account, line, 1);
  entity.name = At(name, line, 2);
  return entity;
}

UserDefinition& TestFile::User(std::string_view account, std::string_view name, uint32_t line) {
  return Entity(definitions_.users, account, name, line);
}

GroupDefinition& TestFile::Group(std::string_view account, std::string_view name, uint32_t line) {
  return Entity(definitions_.groups, account, name, line);
}

RoleDefinition& TestFile::Role(std::string_view account, std::string_view name, uint32_t line) {
  RoleDefinition& role = Entity(definitions_.roles, account, name, line);
  role.trust_policy = TrustPolicy(base::StrCat("{\"AWS\":\"", account, "\"}"), line);
  return role;
}

ManagedPolicyDefinition& TestFile::ManagedPolicy(std::string_view account, std::string_view name,
                                                 uint32_t line) {
  ManagedPolicyDefinition& managed = Entity(definitions_.managed_policies, account, name, line);
  managed.document = Policy(name, kAllowAll, policy::PolicyType::kManaged, line);
  return managed;
}

InstanceProfileDefinition& TestFile::InstanceProfile(std::string_view account,
                                                     std::string_view name, uint32_t line) {
  return Entity(definitions_.instance_profiles, account, name, line);
}

ResourceDefinition& TestFile::Resource(std::string_view account, std::string_view arn,
                                       uint32_t line) {
  ResourceDefinition& resource = definitions_.resources.emplace_back();
  resource.account = At(account, line, 1);
  resource.arn = At(arn, line, 2);
  return resource;
}

OidcProviderDefinition& TestFile::OidcProvider(std::string_view account, std::string_view url,
                                               uint32_t line) {
  OidcProviderDefinition& provider = definitions_.oidc_providers.emplace_back();
  provider.account = At(account, line, 1);
  provider.url = At(url, line, 2);
  provider.client_ids.push_back(At("portcullis", line, 3));
  provider.discover = true;
  return provider;
}

SamlProviderDefinition& TestFile::SamlProvider(std::string_view account, std::string_view name,
                                               uint32_t line) {
  SamlProviderDefinition& provider = definitions_.saml_providers.emplace_back();
  provider.account = At(account, line, 1);
  provider.name = At(name, line, 2);
  provider.metadata.text = std::make_shared<const std::string>("<EntityDescriptor/>");
  return provider;
}

RevocationDefinition& TestFile::Revocation(uint32_t line) {
  RevocationDefinition& revocation = definitions_.revocations.emplace_back();
  revocation.position = {line, 3};
  return revocation;
}

route::GatewayDefinition& TestFile::Gateway(std::string_view account, std::string_view name,
                                            std::string_view host, uint32_t line) {
  route::GatewayDefinition& gateway = definitions_.gateways.emplace_back();
  gateway.position = {line, 3};
  gateway.account = At(account, line, 1);
  gateway.name = At(name, line, 2);
  gateway.hosts.push_back(At(host, line, 4));
  return gateway;
}

ProxyDefinition& TestFile::Proxy(std::string_view name, uint32_t line) {
  ProxyDefinition& proxy = definitions_.proxies.emplace_back();
  proxy.position = {line, 3};
  proxy.name = At(name, line, 2);
  return proxy;
}

OrganizationDefinition& TestFile::Organization(std::string_view id,
                                               std::string_view management_account, uint32_t line) {
  OrganizationDefinition& organization = definitions_.organizations.emplace_back();
  organization.id = At(id, line, 1);
  organization.management_account = At(management_account, line, 2);
  return organization;
}

std::shared_ptr<const FileDefinitions> TestFile::Share() const {
  return std::make_shared<const FileDefinitions>(definitions_);
}

OrganizationalUnitDefinition Unit(std::string_view id, std::string_view parent,
                                  std::vector<std::string_view> accounts,
                                  std::vector<std::string_view> service_control_policies,
                                  uint32_t line) {
  OrganizationalUnitDefinition unit;
  unit.id = At(id, line, 1);
  unit.parent = At(parent, line, 2);
  for (const auto account : accounts) unit.accounts.push_back(At(account, line, 3));
  for (const auto name : service_control_policies) {
    unit.service_control_policies.push_back(At(name, line, 4));
  }
  return unit;
}

BuildResult BuildFrom(const std::vector<const TestFile*>& files, const Quotas& quotas) {
  SnapshotBuilder builder(quotas);
  for (const TestFile* file : files) builder.Add(file->Share());
  builder.SetKeyRing(TestKeyRing());
  builder.SetDigest("d1");
  BuildResult result;
  std::vector<SourceDiagnostic> diagnostics;
  result.snapshot = builder.Build(&diagnostics);
  for (const auto& diagnostic : diagnostics) {
    result.diagnostics.push_back(FormatSourceDiagnostic(diagnostic));
  }
  return result;
}

std::shared_ptr<const session::KeyRing> TestKeyRing() {
  session::KeyRingEntry entry;
  entry.id = "test";
  entry.material.fill(7);
  return *session::KeyRing::Create({entry});
}

}  // namespace portcullis::store
