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
#include "server/base/located.h"
#include "server/base/position.h"
#include "server/policy/compiled_policy.h"
#include "server/policy/diagnostic.h"
#include "server/route/definition.h"
#include "server/store/password_policy.h"
#include "server/store/secret_text.h"

namespace portcullis::store {

using base::Located;

// A compiled document, and the file it was written in: its own if it was given by reference.
struct PolicyDefinition {
  Located name;  // PolicyName; empty for trust, resource-based policies.
  // With its document as compact JSON, members in the order and values in the spelling of the
  // author. The only copy: snapshots share it, and it stays the same object while its file is
  // unchanged.
  policy::SharedPolicy policy;
  std::shared_ptr<const std::string> file;
  uint32_t size = 0;  // As quotas count it.
};

struct TagDefinition {
  Located key;
  Located value;
};

struct AccessKeyDefinition {
  Located id;
  SecretText secret;
  bool active = true;
  std::optional<absl::Time> create_date;
};

struct MfaDeviceDefinition {
  Located serial_number;
  SecretText seed;  // Raw bytes.
  std::vector<TagDefinition> tags = {};
  std::optional<absl::Time> enable_date = std::nullopt;
};

// A document that other software reads: a key set, metadata. The text lives as long as anything
// refers to it, and is the same object from one generation to the next while its file is unchanged.
struct TextDefinition {
  std::shared_ptr<const std::string> text;  // nullptr: none was given.
  std::shared_ptr<const std::string> file;  // Where it stands: its own file, or the definition's.
  base::Position position;
};

// A user's password at an external console. The password itself is not kept here.
struct LoginProfileDefinition {
  base::Position position;
  std::optional<absl::Time> create_date;
  std::optional<absl::Time> password_last_used;
  bool password_reset_required = false;
};

// A password policy with the place of each number that has a range.
struct PasswordPolicyDefinition {
  PasswordPolicy policy;
  base::Position minimum_password_length;
  base::Position max_password_age;
  base::Position password_reuse_prevention;
};

struct AccountDefinition {
  Located id;
  Located alias;
  bool external = false;
  bool suspended = false;
  std::vector<AccessKeyDefinition> root_access_keys;
  std::vector<MfaDeviceDefinition> root_mfa_devices;
  std::optional<absl::Time> create_date;
  std::optional<PasswordPolicyDefinition> password_policy;
};

// Common to what has a name, a path and a unique id.
struct NamedDefinition {
  Located account;  // The account it belongs to.
  Located name;
  Located path;
  Located id;  // Empty: derived from account, kind, name and creation date.
  std::optional<absl::Time> create_date;
  std::vector<TagDefinition> tags;
};

// Common to users, groups and roles.
struct EntityDefinition : NamedDefinition {
  std::vector<Located> managed_policy_arns;
  std::vector<PolicyDefinition> inline_policies;
  Located permissions_boundary;
};

struct UserDefinition : EntityDefinition {
  std::vector<Located> groups;
  std::vector<AccessKeyDefinition> access_keys;
  std::vector<MfaDeviceDefinition> mfa_devices;
  std::optional<LoginProfileDefinition> login_profile;
  std::optional<absl::Time> password_last_used;
  bool disabled = false;
};

struct GroupDefinition : EntityDefinition {};

struct RoleDefinition : EntityDefinition {
  Located description;
  std::optional<PolicyDefinition> trust_policy;
  int64_t max_session_duration_seconds = 3600;
};

// A version of a managed policy that is not in force. Its document was checked as one in
// force is, and only its text was kept.
struct PolicyVersionDefinition {
  Located id;
  std::shared_ptr<const std::string> document;  // Compact JSON.
  std::optional<absl::Time> create_date;
};

// Its account is 12 digits, or "aws" for platform-managed policies.
struct ManagedPolicyDefinition : NamedDefinition {
  Located description;
  PolicyDefinition document;   // The version in force.
  Located default_version_id;  // Its id. Empty: v1.
  std::vector<PolicyVersionDefinition> other_versions;
  std::optional<absl::Time> update_date;
};

//
struct InstanceProfileDefinition : NamedDefinition {
  std::vector<Located> roles;  // By name; at most one.
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
  // Where its keys come from: at most one of these three.
  TextDefinition jwks;
  Located jwks_url;
  bool discover = false;
  base::Position discover_position;
  std::vector<Located> exposed_claims;
  Located trust_domain;
  std::vector<TagDefinition> tags;
  std::optional<absl::Time> create_date;
};

struct SamlProviderDefinition {
  Located account;
  Located name;
  TextDefinition metadata;
  std::vector<TagDefinition> tags;
  std::optional<absl::Time> create_date;
};

// Sessions to be refused: exactly one of the first four names them.
struct RevocationDefinition {
  base::Position position;
  Located role_arn;
  Located user_arn;
  Located access_key_id;          // AKIA...: the sessions that were issued with this key.
  Located session_access_key_id;  // ASIA...: one session.
  std::optional<absl::Time> issued_before;  // For all but one session.
  Located reason;
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

// What a proxy in front of applications is, and what is believed of what it says.
struct ProxyDefinition {
  base::Position position;
  Located name;  // [A-Za-z0-9_.-]{1,64}, unique.
  // Names in its certificate; a final `/*` stands for everything below.
  std::vector<Located> identities;
  std::optional<SecretText> secret;  // That it sends along; at least 32 bytes.
  base::Position secret_position;
  std::vector<Located> gateways;  // By name; empty: it may bring requests for all.
  bool asserts_source_address = true;
  bool asserts_peer_certificate = false;
  bool asserts_extensions = true;
  bool asserts_principals = false;  // Of its own questions: whom they are about.
  // How many proxies before this one have told whom they had their request from, in
  // X-Forwarded-For: 0 believes none of it.
  int64_t trusted_hops = 0;
  base::Position trusted_hops_position;
  bool error_response = false;  // It understands Envoy's error_response.
};

// Everything one file says, secrets included. Immutable once made; shared between generations while
// the file and what it refers to do not change, so that compiled policies are reused.
struct FileDefinitions {
  std::shared_ptr<const std::string> file;  // Relative to the source's root.
  std::vector<AccountDefinition> accounts;
  std::vector<UserDefinition> users;
  std::vector<GroupDefinition> groups;
  std::vector<RoleDefinition> roles;
  std::vector<ManagedPolicyDefinition> managed_policies;
  std::vector<InstanceProfileDefinition> instance_profiles;
  std::vector<ResourceDefinition> resources;
  std::vector<OidcProviderDefinition> oidc_providers;
  std::vector<SamlProviderDefinition> saml_providers;
  std::vector<RevocationDefinition> revocations;
  std::vector<OrganizationDefinition> organizations;
  std::vector<route::GatewayDefinition> gateways;
  std::vector<ProxyDefinition> proxies;
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
