// What a snapshot holds: accounts, users, groups, roles, policies, resources, ready to be asked.
#ifndef PORTCULLIS_SERVER_STORE_ENTITIES_H_
#define PORTCULLIS_SERVER_STORE_ENTITIES_H_

#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/time/time.h"
#include "server/policy/policy_set.h"
#include "server/policy/request_context.h"
#include "server/store/password_policy.h"
#include "server/store/secret_text.h"

namespace portcullis::store {

// Where a definition stands: file relative to the source's root, and place in it.
struct Origin {
  std::shared_ptr<const std::string> file;
  base::Position position;
};

// "dev.yaml:3:5"; "the built-in definitions" if no file has it.
std::string FormatOrigin(const Origin& origin);

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

struct AccessKey;
struct MfaDevice;

struct Account {
  std::string id;         // 12 digits.
  std::string alias;      // Empty: none.
  std::string partition;  // "aws".
  std::string root_arn;
  bool external = false;   // Declared only so that policies may name it; holds no entities.
  bool suspended = false;  // everything is denied.
  std::optional<OrganizationPlace> organization;
  std::optional<PasswordPolicy> password_policy;   // nullopt: the rules of apply.
  std::vector<const AccessKey*> root_access_keys;  // At most 2.
  std::vector<const MfaDevice*> root_mfa_devices;  // At most 8.
  std::optional<absl::Time> create_date;
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
  std::vector<Tag> tags;
  std::optional<absl::Time> enable_date;
};

// Where a credential is defined: in the definition of its user, or of its account if it is root's.
const Origin& OriginOf(const AccessKey& key);
const Origin& OriginOf(const MfaDevice& device);

// A password at an external console, for reports only: Portcullis keeps no passwords.
struct LoginProfile {
  std::optional<absl::Time> create_date;  // When the password was last set.
  bool password_reset_required = false;
};

// A version of a managed policy that is not in force: kept to be shown and rolled back to.
struct PolicyVersion {
  std::string id;                               // "v1".
  std::shared_ptr<const std::string> document;  // Compact JSON; never nullptr.
  std::optional<absl::Time> create_date;
};

struct ManagedPolicy {
  std::string arn;
  std::string id;  // ANPA...
  std::string name;
  std::string path;
  std::string description;
  const Account* account = nullptr;  // nullptr: the platform's.
  std::vector<Tag> tags;
  std::string default_version_id = "v1";      // Of `policy`, the version in force.
  std::vector<PolicyVersion> other_versions;  // Newest first; at most 4.
  std::optional<absl::Time> create_date;
  std::optional<absl::Time> update_date;  // Of the version in force.
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
  std::optional<absl::Time> create_date;
  Origin origin;
};

// Of a million users, the one who asks is in no cache. So what every decision about a user reads
// stands in its first two lines of cache and directly behind it: the user, its texts and its own
// policies are one piece of the snapshot's memory.
struct alignas(64) User {
  std::string_view arn;
  std::string_view id;  // AIDA...
  const Account* account = nullptr;
  std::unique_ptr<const policy::CompiledPolicySet> own_policies;
  // Own policies and those of every group: what IDENT consists of.
  absl::InlinedVector<const policy::CompiledPolicySet*, 2> identity;
  const ManagedPolicy* boundary = nullptr;
  bool disabled = false;
  std::string_view name;  // Part of the ARN, as the path is.
  std::vector<Tag> tags;
  std::vector<const Group*> groups;
  std::string_view path;
  std::vector<const MfaDevice*> mfa_devices;
  std::vector<const AccessKey*> access_keys;
  std::optional<LoginProfile> login_profile;     // nullopt: the user has no password.
  std::optional<absl::Time> password_last_used;  // May outlast the password.
  std::optional<absl::Time> create_date;
  Origin origin;

  // Has the processor read what a decision reads of a user, all at once. Worth calling as soon as
  // it is known whose decision it will be.
  void Prefetch() const;

  // The memory is the snapshot's.
  static void operator delete(User* user, std::destroying_delete_t) { user->~User(); }
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
  bool reserved = false;        // only the platform makes, changes and tags it.
  std::optional<absl::Time> create_date;
  Origin origin;
};

// A container for one role, by which machines are given it (section 1.3).
struct InstanceProfile {
  std::string arn;
  std::string id;  // AIPA...
  std::string name;
  std::string path;
  const Account* account = nullptr;
  const Role* role = nullptr;  // nullptr: none.
  std::vector<Tag> tags;
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

  // Where the keys come from that its tokens are signed with: at most one of these three. With none
  // of them no token can be verified; a provider of workload certificates needs none.
  //
  // The key set as it was written, JSON text; nullptr: none. The loader's validator accepted it.
  // The same object from one snapshot to the next while its file is unchanged, so that what is made
  // of it can be kept under this pointer.
  std::shared_ptr<const std::string> jwks;
  std::string jwks_url;   // https://...; empty: none.
  bool discover = false;  // Keys are found as OpenID Connect Discovery says, below `url`.

  // Claims that become condition keys `<provider>:<claim>` besides those of.
  std::vector<std::string> exposed_claims;
  // SPIFFE trust domain: workloads whose certificate names spiffe://<trust_domain>/... are
  // identities of this provider. Empty: none. One provider of an account has it at most.
  std::string trust_domain;
  std::vector<Tag> tags;
  const Account* account = nullptr;
  std::optional<absl::Time> create_date;
  Origin origin;
};

//
struct SamlProvider {
  std::string arn;
  std::string name;
  const Account* account = nullptr;
  // The metadata document, XML text that the loader's validator accepted; never nullptr. The same
  // object from one snapshot to the next while its file is unchanged.
  std::shared_ptr<const std::string> metadata;
  std::vector<Tag> tags;
  std::optional<absl::Time> create_date;
  Origin origin;
};

enum class RevocationKind : uint8_t {
  kSession,    // One session, by its ASIA access key id.
  kRole,       // All sessions of a role.
  kUser,       // All sessions that a user's credentials were exchanged for: GetSessionToken,
               // GetFederationToken.
  kAccessKey,  // All sessions issued with one long-term key.
};

// Sessions that are refused from the moment this is published.
struct Revocation {
  RevocationKind kind = RevocationKind::kSession;
  std::string subject;  // AROA..., AIDA..., AKIA... or ASIA..., as the kind says.
  // Sessions issued at this instant or later are not affected. kSession: InfiniteFuture.
  absl::Time issued_before;
  std::string reason;  // For people; may be empty.
  Origin origin;
};

// A proxy in front of applications, and what is believed of what it says about requests.
struct Proxy {
  std::string name;
  std::vector<std::string> identities;  // Of its certificate; a final `/*` as in definitions.h.
  SecretText secret;                    // Empty: it has none.
  std::vector<std::string> gateways;    // Sorted; empty: all.
  bool asserts_source_address = false;
  bool asserts_peer_certificate = false;
  bool asserts_extensions = false;
  bool asserts_principals = false;
  uint32_t trusted_hops = 0;
  bool error_response = false;
  Origin origin;

  bool MayServe(std::string_view gateway) const;
  // Whether a verified certificate with this name is the proxy's.
  bool HasIdentity(std::string_view identity) const;
};

}  // namespace portcullis::store

#endif  // PORTCULLIS_SERVER_STORE_ENTITIES_H_
