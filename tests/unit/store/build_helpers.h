// Definitions written by hand, and what the builder makes of them.
#ifndef PORTCULLIS_TESTS_UNIT_STORE_BUILD_HELPERS_H_
#define PORTCULLIS_TESTS_UNIT_STORE_BUILD_HELPERS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/store/definitions.h"
#include "server/store/snapshot_builder.h"

namespace portcullis::store {

inline constexpr std::string_view kDev = "111111111111";
inline constexpr std::string_view kProd = "123456789012";
inline constexpr std::string_view kPartner = "999999999999";

inline constexpr std::string_view kAllowAll =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})";
inline constexpr std::string_view kDenyAll =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]})";

Located At(std::string_view text, uint32_t line = 1, uint32_t column = 1);

// Compiles `json`; a mistake in it fails the test.
PolicyDefinition Policy(std::string_view name, std::string_view json, policy::PolicyType type,
                        uint32_t line = 1);

// A trust or resource-based policy that allows `principal`, a JSON value such as `{"AWS":"..."}`.
PolicyDefinition TrustPolicy(std::string_view principal, uint32_t line = 1);
PolicyDefinition ResourcePolicy(std::string_view principal, uint32_t line = 1);

// One file. Members of the definitions may be changed after they were added.
class TestFile {
 public:
  explicit TestFile(std::string_view name);

  AccountDefinition& Account(std::string_view id, uint32_t line = 1);
  UserDefinition& User(std::string_view account, std::string_view name, uint32_t line = 1);
  GroupDefinition& Group(std::string_view account, std::string_view name, uint32_t line = 1);
  // Trusts its own account.
  RoleDefinition& Role(std::string_view account, std::string_view name, uint32_t line = 1);
  ManagedPolicyDefinition& ManagedPolicy(std::string_view account, std::string_view name,
                                         uint32_t line = 1);
  // Without a role.
  InstanceProfileDefinition& InstanceProfile(std::string_view account, std::string_view name,
                                             uint32_t line = 1);
  ResourceDefinition& Resource(std::string_view account, std::string_view arn, uint32_t line = 1);
  // Its keys are found by discovery.
  OidcProviderDefinition& OidcProvider(std::string_view account, std::string_view url,
                                       uint32_t line = 1);
  SamlProviderDefinition& SamlProvider(std::string_view account, std::string_view name,
                                       uint32_t line = 1);
  // Of nothing yet.
  RevocationDefinition& Revocation(uint32_t line = 1);
  // With one host and without rules: one about everything.
  route::GatewayDefinition& Gateway(std::string_view account, std::string_view name,
                                    std::string_view host, uint32_t line = 1);
  ProxyDefinition& Proxy(std::string_view name, uint32_t line = 1);
  OrganizationDefinition& Organization(std::string_view id, std::string_view management_account,
                                       uint32_t line = 1);

  std::shared_ptr<const FileDefinitions> Share() const;

 private:
  template <typename T>
  T& Entity(std::vector<T>& list, std::string_view account, std::string_view name, uint32_t line);

  FileDefinitions definitions_;
};

OrganizationalUnitDefinition Unit(std::string_view id, std::string_view parent,
                                  std::vector<std::string_view> accounts,
                                  std::vector<std::string_view> service_control_policies,
                                  uint32_t line = 1);

struct BuildResult {
  std::shared_ptr<const Snapshot> snapshot;
  std::vector<std::string> diagnostics;  // As text, in order.
};

BuildResult BuildFrom(const std::vector<const TestFile*>& files, const Quotas& quotas = Quotas());
inline BuildResult BuildFrom(const TestFile& file, const Quotas& quotas = Quotas()) {
  return BuildFrom(std::vector<const TestFile*>{&file}, quotas);
}

std::shared_ptr<const session::KeyRing> TestKeyRing();

}  // namespace portcullis::store

#endif  // PORTCULLIS_TESTS_UNIT_STORE_BUILD_HELPERS_H_
