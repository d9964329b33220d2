// Reports that were made for somebody and are fetched later.
#ifndef PORTCULLIS_SERVER_STATE_REPORT_STORE_H_
#define PORTCULLIS_SERVER_STATE_REPORT_STORE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "server/state/database.h"

namespace portcullis::state {

// The credential report of an account, as it is handed out.
struct CredentialReport {
  std::string content;
  absl::Time generated = absl::UnixEpoch();  // Whole seconds are kept.

  // True for 4 hours: it is handed out, and GenerateCredentialReport makes no new one.
  // False also if it claims to be from as far in the future: then a clock was wrong.
  bool IsCurrent(absl::Time now) const;
};

// The numbers are stored.
enum class Granularity : uint8_t { kServiceLevel = 0, kActionLevel = 1 };

// One GenerateServiceLastAccessedDetails.
struct LastAccessedJob {
  std::string job_id;  // 36 characters, made by the caller; unguessable.
  std::string account;
  std::string requested_by;  // Whoever may read it: one text per principal, compared byte by byte.
  std::string arn;           // What it is about.
  Granularity granularity = Granularity::kServiceLevel;
  absl::Time created = absl::UnixEpoch();              // Times: whole seconds are kept.
  std::optional<absl::Time> completed = std::nullopt;  // In progress.
  std::string error;                                   // Not empty: failed.
  std::string result;                                  // The caller's serialization.
};

struct ReportStoreOptions {
  // AWS does not document how long a job can be read; a day is our choice.
  absl::Duration job_lifetime = absl::Hours(24);
  // An account's oldest jobs make room for new ones.
  size_t jobs_per_account_max = 100;
  // Of a credential report or of one job's result.
  size_t content_bytes_max = 32 << 20;
};

// The latest credential report of each account and the jobs of the last day. They survive a restart
// if there is a file, a loss of power perhaps not. Thread-safe. Errors are those of Database, and
// INVALID_ARGUMENT for what is too large or has no name.
class ReportStore {
 public:
  static constexpr absl::Duration kCredentialReportLifetime = absl::Hours(4);
  static constexpr size_t kJobIdBytes = 36;

  // `database` outlives it.
  explicit ReportStore(Database* database, ReportStoreOptions options = {})
      : database_(database), options_(options) {}

  // Replaces the report of the account.
  absl::Status PutCredentialReport(std::string_view account, const CredentialReport& report);
  // The latest report however old, or nullopt if there never was one.
  absl::StatusOr<std::optional<CredentialReport>> GetCredentialReport(std::string_view account);

  // Adds the job, or replaces the one of the same id. Drops jobs past their life and an account's
  // oldest beyond the bound. ALREADY_EXISTS if the id is another principal's.
  absl::Status PutJob(const LastAccessedJob& job, absl::Time now);
  // The job, unless its life is over or it is somebody else's: NOT_FOUND, without telling
  // which.
  absl::StatusOr<LastAccessedJob> GetJob(std::string_view job_id, std::string_view requested_by,
                                         absl::Time now);

 private:
  Database* const database_;
  const ReportStoreOptions options_;
};

}  // namespace portcullis::state

#endif  // PORTCULLIS_SERVER_STATE_REPORT_STORE_H_
