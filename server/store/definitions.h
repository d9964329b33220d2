// What a source says exists, before names are resolved: the input of SnapshotBuilder.
//
// Values are as the author wrote them, each with its place, so that every mistake can be reported
// where it was made. Nothing here knows YAML or files beyond their names.
#ifndef PORTCULLIS_SERVER_STORE_DEFINITIONS_H_
#define PORTCULLIS_SERVER_STORE_DEFINITIONS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/base/position.h"
#include "server/policy/compiled_policy.h"
#include "server/policy/diagnostic.h"

namespace portcullis::store {

// A text and where it stands.
struct Located {
  std::string text;
  base::Position position;
};

// A compiled document, and where it was written: its own file if it was given by reference.
struct PolicyDefinition {
  Located name;  // PolicyName; empty for trust, resource-based policies.
  std::shared_ptr<const policy::CompiledPolicy> policy;
  std::shared_ptr<const std::string> file;
  base::Position position;
  uint32_t size = 0;  // As quotas count it.
};

struct TagDefinition {
  Located key;
  Located value;
};

struct AccessKeyDefinition {
  Located id;
  std::string secret;
  bool active = true;
  std::optional<absl::Time> create_date;
};

struct MfaDeviceDefinition {
  Located serial_number;
  std::string seed;
};

struct AccountDefinition {
  Located id;
  Located alias;
  bool external = false;
  bool suspended = false;
  std::vector<AccessKeyDefinition> root_access_keys;
  std::vector<MfaDeviceDefinition> root_mfa_devices;
};

// Common to users, groups and roles.
struct EntityDefinition {
  Located account;  // The account it belongs to.
  Located name;
  Located path;
  Located id;  // Empty: derived from account, kind, name and creation date.
  std::optional<absl::Time> create_date;
  std::vector<TagDefinition> tags;
  std::vector<Located> managed_policy_arns;
  std::vector<PolicyDefinition> inline_policies;
  Located permissions_boundary;
};

struct UserDefinition : EntityDefinition {
  std::vector<Located> groups;
  std::vector<AccessKeyDefinition> access_keys;
  std::vector<MfaDeviceDefinition> mfa_devices;
  bool disabled = false;
};

struct GroupDefinition : EntityDefinition {};

struct RoleDefinition : EntityDefinition {
  Located description;
  std::optional<PolicyDefinition> trust_policy;
  int64_t max_session_duration_seconds = 3600;
};

struct ManagedPolicyDefinition {
  Located account;  // 12 digits, or "aws" for platform-managed policies.
  Located name;
  Located path;
  Located id;
  Located description;
  PolicyDefinition document;
};

struct ResourceDefinition {
  Located account;
  Located arn;
  std::vector<TagDefinition> tags;
  std::optional<PolicyDefinition> policy;
  bool requires_resource_policy = false;
};

struct OidcProviderDefinition {
  Located account;
  Located url;
  std::vector<Located> client_ids;
  std::vector<Located> thumbprints;
};

// A node of the organization's tree.
struct OrganizationalUnitDefinition {
  Located id;  // r-... for the root, ou-... below.
  Located name;
  Located parent;  // Empty for the root.
  std::vector<Located> accounts;
  std::vector<Located> service_control_policies;  // By name. Empty at any level: nothing is allowed
                                                  // there; FullAWSAccess is built in.
  std::vector<Located> resource_control_policies;  // RCPFullAWSAccess is always present.
};

// Policies attached to one account of the organization.
struct AccountAttachmentDefinition {
  Located account;
  std::vector<Located> service_control_policies;
  std::vector<Located> resource_control_policies;
};

struct OrganizationDefinition {
  Located id;
  Located management_account;
  std::vector<OrganizationalUnitDefinition> units;  // Parents before children.
  // Accounts that are not mentioned have FullAWSAccess at their own level.
  std::vector<AccountAttachmentDefinition> account_attachments;
  std::vector<PolicyDefinition> service_control_policies;
  std::vector<PolicyDefinition> resource_control_policies;
};

// Everything one file says. Immutable once made; shared between generations while the file and what
// it refers to do not change, so that compiled policies are reused.
struct FileDefinitions {
  std::shared_ptr<const std::string> file;  // Relative to the source's root.
  std::vector<AccountDefinition> accounts;
  std::vector<UserDefinition> users;
  std::vector<GroupDefinition> groups;
  std::vector<RoleDefinition> roles;
  std::vector<ManagedPolicyDefinition> managed_policies;
  std::vector<ResourceDefinition> resources;
  std::vector<OidcProviderDefinition> oidc_providers;
  std::vector<OrganizationDefinition> organizations;
};

// A diagnostic and the file it is about.
struct SourceDiagnostic {
  std::string file;
  policy::Diagnostic diagnostic;
};

// "file:line:column: error: message" as policy::FormatDiagnostic.
std::string FormatSourceDiagnostic(const SourceDiagnostic& diagnostic);

}  // namespace portcullis::store

#endif  // PORTCULLIS_SERVER_STORE_DEFINITIONS_H_
