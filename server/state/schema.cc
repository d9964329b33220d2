#include "absl/cleanup/cleanup.h"

#include "server/base/status_macros.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/state/schema_internal.h"

namespace portcullis::state {
namespace {

// Times are whole Unix seconds. Text is compared byte by byte.
constexpr std::string_view kSteps[] = {
    R"sql(
CREATE TABLE principal (
  id INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  kind INTEGER NOT NULL,
  unique_id TEXT NOT NULL,
  arn TEXT NOT NULL,
  UNIQUE (account, kind, unique_id)
) STRICT;
CREATE TABLE service_use (
  principal INTEGER NOT NULL,
  service TEXT NOT NULL,
  last INTEGER NOT NULL,
  region TEXT NOT NULL,
  PRIMARY KEY (principal, service)
) STRICT, WITHOUT ROWID;
CREATE TABLE action_use (
  principal INTEGER NOT NULL,
  service TEXT NOT NULL,
  action TEXT NOT NULL,
  last INTEGER NOT NULL,
  region TEXT NOT NULL,
  PRIMARY KEY (principal, service, action)
) STRICT, WITHOUT ROWID;
CREATE TABLE key_use (
  access_key_id TEXT PRIMARY KEY,
  last INTEGER NOT NULL,
  region TEXT NOT NULL,
  service TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE revocation (
  id INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  account TEXT NOT NULL,
  subject TEXT NOT NULL,
  issued_before INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  reason TEXT NOT NULL
) STRICT;
CREATE TABLE mfa_step (
  device TEXT PRIMARY KEY,
  step INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE credential_report (
  account TEXT PRIMARY KEY,
  generated INTEGER NOT NULL,
  content BLOB NOT NULL
) STRICT;
CREATE TABLE last_accessed_job (
  job_id TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  requested_by TEXT NOT NULL,
  arn TEXT NOT NULL,
  granularity INTEGER NOT NULL,
  created INTEGER NOT NULL,
  completed INTEGER,
  error TEXT NOT NULL,
  result BLOB NOT NULL
) STRICT;
CREATE INDEX last_accessed_job_of_account ON last_accessed_job (account, created);
)sql",
};

// Whether the file is ours or nobody's yet; anything else is an error.
absl::Status CheckOwner(Connection& connection, std::string_view path) {
  ASSIGN_OR_RETURN(const int64_t owner, connection.QueryInteger("PRAGMA application_id"));
  if (owner == kApplicationId) return absl::OkStatus();
  ASSIGN_OR_RETURN(const int64_t objects,
                   connection.QueryInteger("SELECT count(*) FROM sqlite_schema"));
  ASSIGN_OR_RETURN(const int64_t version, connection.QueryInteger("PRAGMA user_version"));
  if (owner == 0 && objects == 0 && version == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(
      base::StrCat(path, ": is a database of another program, not a state file of Portcullis"));
}

absl::Status RunSteps(Connection& connection, size_t version,
                      absl::Span<const std::string_view> steps) {
  RETURN_IF_ERROR(connection.Execute(base::StrCat("PRAGMA application_id = ", kApplicationId)));
  for (; version < steps.size(); ++version) {
    RETURN_IF_ERROR(connection.Execute(std::string(steps[version])));
  }
  return connection.Execute(base::StrCat("PRAGMA user_version = ", version));
}

}  // namespace

absl::Span<const std::string_view> SchemaSteps() {
  return kSteps;
}

absl::Status Migrate(Connection& connection, std::string_view path,
                     absl::Span<const std::string_view> steps) {
  RETURN_IF_ERROR(CheckOwner(connection, path));
  ASSIGN_OR_RETURN(const int64_t owner, connection.QueryInteger("PRAGMA application_id"));
  ASSIGN_OR_RETURN(const int64_t version, connection.QueryInteger("PRAGMA user_version"));
  const auto newest = static_cast<int64_t>(steps.size());
  if (version < 0 || version > newest) {
    return absl::FailedPreconditionError(
        base::StrCat(path, ": has schema version ", version, ", this program knows versions up to ",
                     newest, "; start the version that wrote it, or another file"));
  }
  if (owner == kApplicationId && version == newest) return absl::OkStatus();

  RETURN_IF_ERROR(connection.Execute("BEGIN IMMEDIATE"));
  absl::Cleanup roll_back = [&connection] { connection.Execute("ROLLBACK").IgnoreError(); };
  RETURN_IF_ERROR(RunSteps(connection, static_cast<size_t>(version), steps));
  RETURN_IF_ERROR(connection.Execute("COMMIT"));
  std::move(roll_back).Cancel();
  return absl::OkStatus();
}

}  // namespace portcullis::state
