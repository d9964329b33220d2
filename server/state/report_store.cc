#include "server/state/report_store.h"

#include <utility>

#include "server/base/status_macros.h"
#include "server/base/str_cat.h"

namespace portcullis::state {
namespace {

constexpr std::string_view kPutReport =
    "INSERT OR REPLACE INTO credential_report (account, generated, content) VALUES (?, ?, ?)";
constexpr std::string_view kGetReport =
    "SELECT generated, content FROM credential_report WHERE account = ?";

// Only the principal that made a job may replace it.
constexpr std::string_view kPutJob =
    "INSERT INTO last_accessed_job (job_id, account, requested_by, arn, granularity, created,"
    " completed, error, result) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
    " ON CONFLICT (job_id) DO UPDATE SET arn = excluded.arn, granularity = excluded.granularity,"
    " created = excluded.created, completed = excluded.completed, error = excluded.error,"
    " result = excluded.result"
    " WHERE account = excluded.account AND requested_by = excluded.requested_by";
constexpr std::string_view kGetJob =
    "SELECT account, arn, granularity, created, completed, error, result FROM last_accessed_job"
    " WHERE job_id = ? AND requested_by = ? AND created > ?";
constexpr std::string_view kDropOldJobs = "DELETE FROM last_accessed_job WHERE created <= ?";
constexpr std::string_view kDropSurplusJobs =
    "DELETE FROM last_accessed_job WHERE job_id IN (SELECT job_id FROM last_accessed_job"
    " WHERE account = ? AND job_id <> ? ORDER BY created DESC, rowid DESC LIMIT -1 OFFSET ?)";

absl::Status CheckSize(std::string_view what, size_t bytes, size_t bytes_max) {
  if (bytes <= bytes_max) return absl::OkStatus();
  return absl::InvalidArgumentError(
      base::StrCat(what, " has ", bytes, " bytes, at most ", bytes_max, " are kept"));
}

absl::Status InsertJob(Connection& connection, const LastAccessedJob& job) {
  ASSIGN_OR_RETURN(Statement put, connection.Prepare(kPutJob));
  put.Bind(job.job_id)
      .Bind(job.account)
      .Bind(job.requested_by)
      .Bind(job.arn)
      .Bind(static_cast<int64_t>(job.granularity))
      .Bind(absl::ToUnixSeconds(job.created));
  if (job.completed.has_value()) {
    put.Bind(absl::ToUnixSeconds(*job.completed));
  } else {
    put.BindNull();
  }
  RETURN_IF_ERROR(put.Bind(job.error).BindBlob(job.result).Run());
  if (connection.changes() == 1) return absl::OkStatus();
  return absl::AlreadyExistsError("there is a job of this id already");
}

}  // namespace

bool CredentialReport::IsCurrent(absl::Time now) const {
  return absl::AbsDuration(now - generated) < ReportStore::kCredentialReportLifetime;
}

absl::Status ReportStore::PutCredentialReport(std::string_view account,
                                              const CredentialReport& report) {
  if (account.empty()) return absl::InvalidArgumentError("a credential report needs an account");
  RETURN_IF_ERROR(
      CheckSize("credential report", report.content.size(), options_.content_bytes_max));
  return database_->Write(Durability::kProcessCrash, [&](Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(Statement put, connection.Prepare(kPutReport));
    return put.Bind(account)
        .Bind(absl::ToUnixSeconds(report.generated))
        .BindBlob(report.content)
        .Run();
  });
}

absl::StatusOr<std::optional<CredentialReport>> ReportStore::GetCredentialReport(
    std::string_view account) {
  std::optional<CredentialReport> report;
  RETURN_IF_ERROR(database_->Read([&](Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(Statement get, connection.Prepare(kGetReport));
    ASSIGN_OR_RETURN(const bool row, get.Bind(account).Step());
    if (row) {
      report = CredentialReport{.content = get.Text(1),
                                .generated = absl::FromUnixSeconds(get.Integer(0))};
    }
    return absl::OkStatus();
  }));
  return report;
}

absl::Status ReportStore::PutJob(const LastAccessedJob& job, absl::Time now) {
  if (job.job_id.size() != kJobIdBytes || job.account.empty() || job.requested_by.empty()) {
    return absl::InvalidArgumentError("a job needs an id of 36 characters, account and principal");
  }
  RETURN_IF_ERROR(CheckSize("job", job.result.size() + job.error.size() + job.arn.size(),
                            options_.content_bytes_max));
  return database_->Write(Durability::kProcessCrash, [&](Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(Statement drop_old, connection.Prepare(kDropOldJobs));
    RETURN_IF_ERROR(drop_old.Bind(absl::ToUnixSeconds(now - options_.job_lifetime)).Run());
    RETURN_IF_ERROR(InsertJob(connection, job));
    ASSIGN_OR_RETURN(Statement drop_surplus, connection.Prepare(kDropSurplusJobs));
    const size_t others_max =
        options_.jobs_per_account_max == 0 ? 0 : options_.jobs_per_account_max - 1;
    return drop_surplus.Bind(job.account)
        .Bind(job.job_id)
        .Bind(static_cast<int64_t>(others_max))
        .Run();
  });
}

absl::StatusOr<LastAccessedJob> ReportStore::GetJob(std::string_view job_id,
                                                    std::string_view requested_by, absl::Time now) {
  std::optional<LastAccessedJob> job;
  RETURN_IF_ERROR(database_->Read([&](Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(Statement get, connection.Prepare(kGetJob));
    get.Bind(job_id).Bind(requested_by).Bind(absl::ToUnixSeconds(now - options_.job_lifetime));
    ASSIGN_OR_RETURN(const bool row, get.Step());
    if (!row) return absl::OkStatus();
    job = LastAccessedJob{
        .job_id = std::string(job_id),
        .account = get.Text(0),
        .requested_by = std::string(requested_by),
        .arn = get.Text(1),
        .granularity = get.Integer(2) == 1 ? Granularity::kActionLevel : Granularity::kServiceLevel,
        .created = absl::FromUnixSeconds(get.Integer(3)),
        .error = get.Text(5),
        .result = get.Text(6)};
    if (!get.IsNull(4)) job->completed = absl::FromUnixSeconds(get.Integer(4));
    return absl::OkStatus();
  }));
  if (!job.has_value()) return absl::NotFoundError("there is no such job");
  return *std::move(job);
}

}  // namespace portcullis::state
