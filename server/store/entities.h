// What a snapshot holds: accounts, users, groups, roles, policies, resources, ready to be asked.
#ifndef PORTCULLIS_SERVER_STORE_ENTITIES_H_
#define PORTCULLIS_SERVER_STORE_ENTITIES_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/policy/policy_set.h"
#include "server/policy/request_context.h"

namespace portcullis::store {

// Where a definition stands: file relative to the source's root, and place in it.
struct Origin {
  std::shared_ptr<const std::string> file;
  base::Position position;
};

// A tag with the condition-key names under which it appears, folded once.
struct Tag {
  std::string key;
  std::string value;
  policy::ConditionKeyName principal_tag;     // aws:PrincipalTag/key
  policy::ConditionKeyName resource_tag;      // aws:ResourceTag/key
  policy::ConditionKeyName iam_resource_tag;  // iam:ResourceTag/key
};

// An organization's place of an account.
struct OrganizationPlace {
  std::string organization_id;  // o-...
  std::string path;             // o-x/r-x/ou-x/ou-y/ (R-3.9).
  bool management = false;      // The management account: exempt from SCPs and RCPs.
  std::vector<const policy::CompiledPolicySet*> service_control;   // Root first.
  std::vector<const policy::CompiledPolicySet*> resource_control;  // Root first.
};

struct Account {
  std::string id;         // 12 digits.
  std::string alias;      // Empty: none.
  std::string partition;  // "aws".
  std::string root_arn;
  bool external = false;   // Declared only so that policies may name it; holds no entities.
  bool suspended = false;  // everything is denied.
  std::optional<OrganizationPlace> organization;
  Origin origin;
};

enum class AccessKeyStatus : uint8_t { kInactive, kActive };

struct User;

// A long-term key (section 7.1). The secret is kept in memory only, and wiped with the snapshot.
struct AccessKey {
  std::string id;  // AKIA...
  std::string secret;
  AccessKeyStatus status = AccessKeyStatus::kInactive;
  absl::Time create_date;
  const Account* account = nullptr;
  const User* user = nullptr;  // nullptr: a root key.
};

struct MfaDevice {
  std::string serial_number;   // ARN or hardware serial.
  std::string seed;            // Raw bytes of the TOTP seed; empty if none was given.
  const User* user = nullptr;  // nullptr: root's.
  const Account* account = nullptr;
};

struct ManagedPolicy {
  std::string arn;
  std::string id;  // ANPA...
  std::string name;
  std::string path;
  std::string description;
  policy::NamedPolicy policy;
  // The policy alone, for use as a boundary or a managed session policy.
  std::unique_ptr<const policy::CompiledPolicySet> set;
  Origin origin;
};

struct Group {
  std::string arn;
  std::string id;  // AGPA...
  std::string name;
  std::string path;
  const Account* account = nullptr;
  std::unique_ptr<const policy::CompiledPolicySet> policies;
  Origin origin;
};

struct User {
  std::string arn;
  std::string id;  // AIDA...
  std::string name;
  std::string path;
  const Account* account = nullptr;
  std::vector<Tag> tags;
  std::vector<const Group*> groups;
  std::unique_ptr<const policy::CompiledPolicySet> own_policies;
  // Own policies and those of every group: what IDENT consists of.
  std::vector<const policy::CompiledPolicySet*> identity;
  const ManagedPolicy* boundary = nullptr;
  std::vector<const MfaDevice*> mfa_devices;
  std::vector<const AccessKey*> access_keys;
  std::optional<absl::Time> create_date;
  bool disabled = false;
  Origin origin;
};

struct Role {
  std::string arn;  // With its path.
  std::string id;   // AROA...
  std::string name;
  std::string path;
  std::string description;
  const Account* account = nullptr;
  int64_t max_session_duration_seconds = 3600;
  std::vector<Tag> tags;
  std::unique_ptr<const policy::CompiledPolicySet> trust_policy;
  std::unique_ptr<const policy::CompiledPolicySet> policies;
  const ManagedPolicy* boundary = nullptr;
  bool service_linked = false;  // SCPs and RCPs do not restrict it.
  std::optional<absl::Time> create_date;
  Origin origin;
};

// A resource registered with Portcullis. It stands for itself and for everything below it: what
// follows its ARN after `/` or `:` (a bucket and its objects). The nearest registered one counts.
struct Resource {
  std::string arn;
  const Account* account = nullptr;  // The owner, also where the ARN has no account field.
  std::vector<Tag> tags;
  std::unique_ptr<const policy::CompiledPolicySet> policy;  // nullptr: none.
  bool requires_resource_policy = false;
  Origin origin;
};

struct OidcProvider {
  std::string arn;
  std::string url;
  std::vector<std::string> client_ids;
  std::vector<std::string> thumbprints;
  const Account* account = nullptr;
  Origin origin;
};

}  // namespace portcullis::store

#endif  // PORTCULLIS_SERVER_STORE_ENTITIES_H_
