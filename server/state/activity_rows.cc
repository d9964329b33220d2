#include <algorithm>

#include "server/base/status_macros.h"
#include "server/base/str_cat.h"
#include "server/state/activity_rows_internal.h"

namespace portcullis::state {
namespace {

// 86400 is ActivityTracker::kClockStepSeconds, 900 is kKeySpanSeconds: see Supersedes.
static_assert(ActivityTracker::kClockStepSeconds == 86400);
static_assert(ActivityTracker::kKeySpanSeconds == 900);

constexpr std::string_view kFindPrincipal =
    "SELECT id, arn FROM principal WHERE account = ? AND kind = ? AND unique_id = ?";
constexpr std::string_view kAddPrincipal =
    "INSERT INTO principal (account, kind, unique_id, arn) VALUES (?, ?, ?, ?) RETURNING id";
constexpr std::string_view kRenamePrincipal = "UPDATE principal SET arn = ? WHERE id = ?";

constexpr std::string_view kPutService =
    "INSERT INTO service_use (principal, service, last, region) VALUES (?, ?, ?, ?)"
    " ON CONFLICT DO UPDATE SET last = excluded.last, region = excluded.region"
    " WHERE excluded.last > last OR excluded.last < last - 86400";
constexpr std::string_view kPutAction =
    "INSERT INTO action_use (principal, service, action, last, region) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT DO UPDATE SET last = excluded.last, region = excluded.region"
    " WHERE excluded.last > last OR excluded.last < last - 86400";
constexpr std::string_view kPutKey =
    "INSERT INTO key_use (access_key_id, last, region, service) VALUES (?, ?, ?, ?)"
    " ON CONFLICT DO UPDATE SET last = excluded.last, region = excluded.region,"
    " service = excluded.service"
    " WHERE excluded.last >= last + 900 OR excluded.last < last - 86400";

constexpr std::string_view kTrimServices =
    "DELETE FROM service_use WHERE principal = ?1 AND service IN (SELECT service FROM service_use"
    " WHERE principal = ?1 ORDER BY last DESC, service LIMIT -1 OFFSET ?2)";
constexpr std::string_view kTrimActions =
    "DELETE FROM action_use WHERE principal = ?1 AND (service, action) IN"
    " (SELECT service, action FROM action_use"
    " WHERE principal = ?1 ORDER BY last DESC, service, action LIMIT -1 OFFSET ?2)";

constexpr std::string_view kReadServices =
    "SELECT service, last, region FROM service_use WHERE principal = ?";
constexpr std::string_view kReadActions =
    "SELECT service, last, region, action FROM action_use WHERE principal = ?";
constexpr std::string_view kReadEntities =
    "SELECT p.kind, p.unique_id, p.arn, u.last, u.region FROM principal AS p"
    " JOIN service_use AS u ON u.principal = p.id AND u.service = ?2 WHERE p.account = ?1";
constexpr std::string_view kReadKey =
    "SELECT last, region, service FROM key_use WHERE access_key_id = ?";

EntityKind KindOf(int64_t number) {
  const bool known = number >= 0 && number <= static_cast<int64_t>(EntityKind::kService);
  return known ? static_cast<EntityKind>(number) : EntityKind::kOther;
}

// The row of a principal with the name it has; nullopt if there is none.
absl::StatusOr<std::optional<std::pair<int64_t, std::string>>> FindPrincipal(
    Connection& connection, std::string_view account, EntityKind kind, std::string_view unique_id) {
  ASSIGN_OR_RETURN(Statement find, connection.Prepare(kFindPrincipal));
  find.Bind(account).Bind(static_cast<int64_t>(kind)).Bind(unique_id);
  ASSIGN_OR_RETURN(const bool row, find.Step());
  if (!row) return std::nullopt;
  return std::pair(find.Integer(0), find.Text(1));
}

absl::StatusOr<int64_t> FindOrAddPrincipal(Connection& connection, const Principal& principal) {
  ASSIGN_OR_RETURN(const auto found, FindPrincipal(connection, principal.account, principal.kind,
                                                   principal.unique_id));
  if (!found.has_value()) {
    ASSIGN_OR_RETURN(Statement add, connection.Prepare(kAddPrincipal));
    add.Bind(principal.account).Bind(static_cast<int64_t>(principal.kind));
    ASSIGN_OR_RETURN(const bool row, add.Bind(principal.unique_id).Bind(principal.arn).Step());
    if (!row) return absl::InternalError("a principal got no number");
    return add.Integer(0);
  }
  if (found->second != principal.arn) {
    ASSIGN_OR_RETURN(Statement rename, connection.Prepare(kRenamePrincipal));
    RETURN_IF_ERROR(rename.Bind(principal.arn).Bind(found->first).Run());
  }
  return found->first;
}

absl::StatusOr<int64_t> Trim(Connection& connection, std::string_view sql, int64_t principal,
                             size_t rows_max) {
  ASSIGN_OR_RETURN(Statement trim, connection.Prepare(sql));
  RETURN_IF_ERROR(trim.Bind(principal).Bind(static_cast<int64_t>(rows_max)).Run());
  return connection.changes();
}

}  // namespace

// ---- Writing ------------------------------------------------------------------------------------

absl::StatusOr<int64_t> WriteUses(Connection& connection, const Principal& principal,
                                  const std::vector<UseRow>& rows, bool may_grow,
                                  const ActivityLimits& limits) {
  ASSIGN_OR_RETURN(const int64_t id, FindOrAddPrincipal(connection, principal));
  ASSIGN_OR_RETURN(Statement put_service, connection.Prepare(kPutService));
  ASSIGN_OR_RETURN(Statement put_action, connection.Prepare(kPutAction));
  for (const UseRow& row : rows) {
    Statement& put = row.action.empty() ? put_service : put_action;
    put.Bind(id).Bind(row.service);
    if (!row.action.empty()) put.Bind(row.action);
    RETURN_IF_ERROR(put.Bind(row.seconds).Bind(row.region).Run());
  }
  if (!may_grow) return 0;
  ASSIGN_OR_RETURN(const int64_t services,
                   Trim(connection, kTrimServices, id, limits.services_per_principal_max));
  ASSIGN_OR_RETURN(const int64_t actions,
                   Trim(connection, kTrimActions, id, limits.actions_per_principal_max));
  return services + actions;
}

absl::Status WriteKeyUse(Connection& connection, std::string_view access_key_id,
                         const KeyUse& use) {
  ASSIGN_OR_RETURN(Statement put, connection.Prepare(kPutKey));
  return put.Bind(access_key_id)
      .Bind(absl::ToUnixSeconds(use.last))
      .Bind(use.region)
      .Bind(use.service)
      .Run();
}

// ---- Reading ------------------------------------------------------------------------------------

absl::StatusOr<std::vector<UseRow>> ReadUses(Connection& connection, std::string_view account,
                                             EntityKind kind, std::string_view unique_id,
                                             bool with_actions) {
  std::vector<UseRow> rows;
  ASSIGN_OR_RETURN(const auto principal, FindPrincipal(connection, account, kind, unique_id));
  if (!principal.has_value()) return rows;
  for (const bool actions : {false, true}) {
    if (actions && !with_actions) break;
    ASSIGN_OR_RETURN(Statement read, connection.Prepare(actions ? kReadActions : kReadServices));
    read.Bind(principal->first);
    while (true) {
      ASSIGN_OR_RETURN(const bool row, read.Step());
      if (!row) break;
      rows.push_back({.service = read.Text(0),
                      .action = actions ? read.Text(3) : std::string(),
                      .seconds = read.Integer(1),
                      .region = read.Text(2)});
    }
  }
  return rows;
}

absl::StatusOr<std::vector<EntityUse>> ReadEntitiesUsing(Connection& connection,
                                                         std::string_view account,
                                                         std::string_view service) {
  std::vector<EntityUse> entities;
  ASSIGN_OR_RETURN(Statement read, connection.Prepare(kReadEntities));
  read.Bind(account).Bind(service);
  while (true) {
    ASSIGN_OR_RETURN(const bool row, read.Step());
    if (!row) return entities;
    entities.push_back({.kind = KindOf(read.Integer(0)),
                        .unique_id = read.Text(1),
                        .arn = read.Text(2),
                        .last = absl::FromUnixSeconds(read.Integer(3)),
                        .region = read.Text(4)});
  }
}

absl::StatusOr<std::optional<KeyUse>> ReadKeyUse(Connection& connection,
                                                 std::string_view access_key_id) {
  ASSIGN_OR_RETURN(Statement read, connection.Prepare(kReadKey));
  ASSIGN_OR_RETURN(const bool row, read.Bind(access_key_id).Step());
  if (!row) return std::nullopt;
  return KeyUse{.last = absl::FromUnixSeconds(read.Integer(0)),
                .region = read.Text(1),
                .service = read.Text(2)};
}

// ---- Pruning ------------------------------------------------------------------------------------

namespace {

// So that whoever waits for the database waits for milliseconds.
constexpr int64_t kPrincipalsPerStep = 1000;
constexpr int64_t kRowsPerStep = 20'000;

// Parameters: first and last principal, oldest time to keep.
constexpr std::string_view kPruneByAge[] = {
    "DELETE FROM action_use WHERE principal BETWEEN ?1 AND ?2 AND last < ?3",
    "DELETE FROM service_use WHERE principal BETWEEN ?1 AND ?2 AND last < ?3",
};
constexpr std::string_view kPrunePrincipals =
    "DELETE FROM principal WHERE id BETWEEN ?1 AND ?2"
    " AND NOT EXISTS (SELECT 1 FROM service_use WHERE principal = principal.id)"
    " AND NOT EXISTS (SELECT 1 FROM action_use WHERE principal = principal.id)";

// Parameter: how many to delete.
struct Surplus {
  std::string_view count;
  std::string_view remove;
};
constexpr Surplus kSurplus[] = {
    {"SELECT count(*) FROM action_use",
     "DELETE FROM action_use WHERE (principal, service, action) IN"
     " (SELECT principal, service, action FROM action_use ORDER BY last LIMIT ?)"},
    {"SELECT count(*) FROM service_use",
     "DELETE FROM service_use WHERE (principal, service) IN"
     " (SELECT principal, service FROM service_use ORDER BY last LIMIT ?)"},
    {"SELECT count(*) FROM key_use",
     "DELETE FROM key_use WHERE access_key_id IN"
     " (SELECT access_key_id FROM key_use ORDER BY last LIMIT ?)"},
};

absl::StatusOr<int64_t> PruneStep(Database& database, int64_t first, int64_t oldest,
                                  bool* finished) {
  int64_t deleted = 0;
  const auto prune_step = [&](Connection& connection) -> absl::Status {
    const int64_t last = first + kPrincipalsPerStep - 1;
    for (const std::string_view sql : kPruneByAge) {
      ASSIGN_OR_RETURN(Statement prune, connection.Prepare(sql));
      RETURN_IF_ERROR(prune.Bind(first).Bind(last).Bind(oldest).Run());
      deleted += connection.changes();
    }
    ASSIGN_OR_RETURN(Statement prune, connection.Prepare(kPrunePrincipals));
    RETURN_IF_ERROR(prune.Bind(first).Bind(last).Run());
    ASSIGN_OR_RETURN(const int64_t end,
                     connection.QueryInteger("SELECT coalesce(max(id), 0) FROM principal"));
    *finished = last >= end;
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(database.Write(Durability::kProcessCrash, prune_step));
  return deleted;
}

absl::StatusOr<int64_t> PruneSurplusStep(Database& database, const Surplus& surplus,
                                         int64_t rows_max) {
  int64_t deleted = 0;
  const auto prune_step = [&](Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(const int64_t count, connection.QueryInteger(surplus.count));
    if (count <= rows_max) return absl::OkStatus();
    ASSIGN_OR_RETURN(Statement remove, connection.Prepare(surplus.remove));
    RETURN_IF_ERROR(remove.Bind(std::min(count - rows_max, kRowsPerStep)).Run());
    deleted = connection.changes();
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(database.Write(Durability::kProcessCrash, prune_step));
  return deleted;
}

}  // namespace

absl::StatusOr<int64_t> PruneUses(Database& database, int64_t oldest, size_t rows_max) {
  int64_t deleted = 0;
  for (const Surplus& surplus : kSurplus) {
    while (true) {
      ASSIGN_OR_RETURN(const int64_t step,
                       PruneSurplusStep(database, surplus, static_cast<int64_t>(rows_max)));
      if (step == 0) break;
      deleted += step;
    }
  }
  bool finished = false;
  for (int64_t first = 0; !finished; first += kPrincipalsPerStep) {
    ASSIGN_OR_RETURN(const int64_t step, PruneStep(database, first, oldest, &finished));
    deleted += step;
  }
  return deleted;
}

}  // namespace portcullis::state
