// Last uses in the file. Only for server/state. Every function runs inside a transaction.
#ifndef PORTCULLIS_SERVER_STATE_ACTIVITY_ROWS_INTERNAL_H_
#define PORTCULLIS_SERVER_STATE_ACTIVITY_ROWS_INTERNAL_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "server/state/activity.h"
#include "server/state/activity_table_internal.h"

namespace portcullis::state {

// One service (action is empty) or action with its last use.
struct UseRow {
  std::string service;
  std::string action;
  int64_t seconds = 0;
  std::string region;
};

// Brings the rows of one principal up to date: a later use replaces an earlier one (Supersedes).
// With `may_grow` the least recently used beyond the limits per principal are deleted; returns how
// many.
absl::StatusOr<int64_t> WriteUses(Connection& connection, const Principal& principal,
                                  const std::vector<UseRow>& rows, bool may_grow,
                                  const ActivityLimits& limits);

// The same for a key (KeySupersedes).
absl::Status WriteKeyUse(Connection& connection, std::string_view access_key_id, const KeyUse& use);

absl::StatusOr<std::vector<UseRow>> ReadUses(Connection& connection, std::string_view account,
                                             EntityKind kind, std::string_view unique_id,
                                             bool with_actions);
absl::StatusOr<std::vector<EntityUse>> ReadEntitiesUsing(Connection& connection,
                                                         std::string_view account,
                                                         std::string_view service);
absl::StatusOr<std::optional<KeyUse>> ReadKeyUse(Connection& connection,
                                                 std::string_view access_key_id);

// Deletes services and actions last used before `oldest`, then the least recently used rows of each
// table beyond `rows_max`; returns how many. In many short transactions of its own.
absl::StatusOr<int64_t> PruneUses(Database& database, int64_t oldest, size_t rows_max);

}  // namespace portcullis::state

#endif  // PORTCULLIS_SERVER_STATE_ACTIVITY_ROWS_INTERNAL_H_
