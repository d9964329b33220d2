// From definitions to a closed snapshot.
#ifndef PORTCULLIS_SERVER_STORE_SNAPSHOT_BUILDER_H_
#define PORTCULLIS_SERVER_STORE_SNAPSHOT_BUILDER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "server/session/key_ring.h"
#include "server/store/definitions.h"
#include "server/store/snapshot.h"

namespace portcullis::store {

// Quotas of section 1.10 at their AWS-adjustable maxima; zero means unlimited. Account-wide counts
// are unlimited by default, since a self-hosted service has no reason to refuse them.
struct Quotas {
  uint32_t users_per_account = 0;
  uint32_t groups_per_account = 0;
  uint32_t roles_per_account = 0;
  uint32_t managed_policies_per_account = 0;
  uint32_t instance_profiles_per_account = 0;
  uint32_t oidc_providers_per_account = 0;
  uint32_t saml_providers_per_account = 0;
  uint32_t managed_policies_attached = 20;
  uint32_t groups_per_user = 10;
  uint32_t access_keys_per_user = 2;
  uint32_t mfa_devices_per_user = 8;
  uint32_t tags_per_object = 50;
  uint32_t inline_policy_size_user = 2048;
  uint32_t inline_policy_size_group = 5120;
  uint32_t inline_policy_size_role = 10240;
  uint32_t service_control_policies_per_target = 10;
  uint32_t resource_control_policies_per_target = 5;
};

// Single-threaded, used once. Build() returns a complete snapshot or nullptr and every diagnostic,
// never a partial one. Checks: names and paths, uniqueness without case, tags
// references, quotas (1.10), principals in trust and resource-based policies.
class SnapshotBuilder {
 public:
  explicit SnapshotBuilder(const Quotas& quotas);
  ~SnapshotBuilder();
  SnapshotBuilder(const SnapshotBuilder&) = delete;
  SnapshotBuilder& operator=(const SnapshotBuilder&) = delete;

  // Files are taken in the order of their names, whatever the order of the calls.
  void Add(std::shared_ptr<const FileDefinitions> file);
  // The partition of every ARN; "aws" unless set.
  void SetPartition(std::string partition);
  void SetKeyRing(std::shared_ptr<const session::KeyRing> ring);
  // The digest of everything read: becomes Snapshot::digest().
  void SetDigest(std::string digest);

  // REQUIRES: a key ring and a digest were set. nullptr iff `diagnostics` gained an error.
  // What it appends is sorted by file and place.
  std::shared_ptr<const Snapshot> Build(std::vector<SourceDiagnostic>* diagnostics);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace portcullis::store

#endif  // PORTCULLIS_SERVER_STORE_SNAPSHOT_BUILDER_H_
