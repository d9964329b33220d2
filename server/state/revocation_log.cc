#include "server/state/revocation_log.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include "server/base/status_macros.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"

namespace portcullis::state {
namespace {

std::atomic<uint64_t> last_log_id{0};

constexpr std::string_view kInsert =
    "INSERT INTO revocation (kind, account, subject, issued_before, created_at, created_by, reason)"
    " VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id";
constexpr std::string_view kSelect =
    "SELECT id, kind, account, subject, issued_before, created_at, created_by, reason"
    " FROM revocation ORDER BY id";
constexpr std::string_view kDelete = "DELETE FROM revocation WHERE id = ?";

bool IsKind(int64_t number) {
  return number >= static_cast<int64_t>(RevocationKind::kRole) &&
         number <= static_cast<int64_t>(RevocationKind::kSession);
}

absl::Status CheckLength(std::string_view name, std::string_view text, size_t bytes_min,
                         size_t bytes_max) {
  if (text.size() >= bytes_min && text.size() <= bytes_max) return absl::OkStatus();
  return absl::InvalidArgumentError(base::StrCat(name, " of a revocation has ", text.size(),
                                                 " bytes, ", bytes_min, " to ", bytes_max,
                                                 " are allowed"));
}

absl::Status Check(const Revocation& revocation) {
  using Limits = RevocationLimits;
  if (!IsKind(static_cast<int64_t>(revocation.kind))) {
    return absl::InvalidArgumentError("a revocation must say what it revokes");
  }
  if (revocation.issued_before < 0) {
    return absl::InvalidArgumentError("issue time of a revocation is before 1970");
  }
  RETURN_IF_ERROR(CheckLength("account", revocation.account, 0, Limits::kAccountBytesMax));
  RETURN_IF_ERROR(CheckLength("subject", revocation.subject, 1, Limits::kSubjectBytesMax));
  RETURN_IF_ERROR(CheckLength("creator", revocation.created_by, 0, Limits::kCreatorBytesMax));
  return CheckLength("reason", revocation.reason, 0, Limits::kReasonBytesMax);
}

absl::StatusOr<int64_t> Insert(Connection& connection, const Revocation& revocation) {
  ASSIGN_OR_RETURN(Statement insert, connection.Prepare(kInsert));
  insert.Bind(static_cast<int64_t>(revocation.kind))
      .Bind(revocation.account)
      .Bind(revocation.subject)
      .Bind(revocation.issued_before)
      .Bind(absl::ToUnixSeconds(revocation.created_at))
      .Bind(revocation.created_by)
      .Bind(revocation.reason);
  ASSIGN_OR_RETURN(const bool row, insert.Step());
  if (!row) return absl::InternalError("a revocation got no number");
  return insert.Integer(0);
}

}  // namespace

int64_t IssuedBeforeForNow(absl::Time now) {
  return absl::ToUnixSeconds(now) + 1;
}

// ---- RevocationList -----------------------------------------------------------------------------

RevocationList::Subjects* RevocationList::SubjectsOf(RevocationKind kind) {
  switch (kind) {
    case RevocationKind::kNone:
      return nullptr;
    case RevocationKind::kRole:
      return &roles_;
    case RevocationKind::kUser:
      return &users_;
    case RevocationKind::kAccessKey:
      return &access_keys_;
    case RevocationKind::kSession:
      return &sessions_;
  }
  return nullptr;
}

RevocationList::RevocationList(const std::vector<Revocation>& revocations) {
  for (const Revocation& revocation : revocations) {
    Subjects* const subjects = SubjectsOf(revocation.kind);
    if (subjects == nullptr) continue;
    const int64_t before = revocation.kind == RevocationKind::kSession
                               ? std::numeric_limits<int64_t>::max()
                               : revocation.issued_before;
    int64_t& latest = subjects->try_emplace(revocation.subject, before).first->second;
    latest = std::max(latest, before);
  }
  subject_count_ = roles_.size() + users_.size() + access_keys_.size() + sessions_.size();
}

bool RevocationList::Covers(const SessionFacts& session) const {
  const auto covers = [&session](const Subjects& subjects, std::string_view subject) {
    if (subject.empty() || subjects.empty()) return false;
    const auto found = subjects.find(base::AbslView(subject));
    return found != subjects.end() && session.issued_at < found->second;
  };
  return covers(roles_, session.role_id) || covers(users_, session.user_id) ||
         covers(access_keys_, session.issuing_access_key_id) ||
         covers(sessions_, session.session_access_key_id);
}

// ---- RevocationLog ------------------------------------------------------------------------------

RevocationLog::RevocationLog(Database* database, RevocationLogOptions options)
    : database_(database),
      options_(options),
      id_(last_log_id.fetch_add(1, std::memory_order_relaxed) + 1) {}

RevocationLog::~RevocationLog() = default;

absl::StatusOr<std::unique_ptr<RevocationLog>> RevocationLog::Open(Database* database,
                                                                   RevocationLogOptions options) {
  std::unique_ptr<RevocationLog> log(new RevocationLog(database, options));
  RETURN_IF_ERROR(log->Load());
  return log;
}

absl::Status RevocationLog::Load() {
  const absl::MutexLock lock(&change_mutex_);
  std::vector<Entry> entries;
  RETURN_IF_ERROR(database_->Read([&](Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(Statement select, connection.Prepare(kSelect));
    while (true) {
      ASSIGN_OR_RETURN(const bool row, select.Step());
      if (!row) return absl::OkStatus();
      if (!IsKind(select.Integer(1))) {
        // Leaving it out would revive what it revokes.
        return absl::DataLossError(base::StrCat(database_->path(), ": revocation ",
                                                select.Integer(0), " is of unknown kind ",
                                                select.Integer(1)));
      }
      entries.push_back({.revocation = {.kind = static_cast<RevocationKind>(select.Integer(1)),
                                        .account = select.Text(2),
                                        .subject = select.Text(3),
                                        .issued_before = select.Integer(4),
                                        .created_at = absl::FromUnixSeconds(select.Integer(5)),
                                        .created_by = select.Text(6),
                                        .reason = select.Text(7)},
                         .row = select.Integer(0)});
    }
  }));
  entries_ = std::move(entries);
  Publish();
  return absl::OkStatus();
}

absl::StatusOr<RevocationReceipt> RevocationLog::Add(Revocation revocation) {
  RETURN_IF_ERROR(Check(revocation));
  // As the file keeps it, so that a restart changes nothing.
  revocation.created_at = absl::FromUnixSeconds(absl::ToUnixSeconds(revocation.created_at));
  const absl::MutexLock lock(&change_mutex_);
  Prune(revocation.created_at);
  if (entries_.size() >= options_.entries_max) {
    return absl::ResourceExhaustedError(
        base::StrCat("there are ", entries_.size(),
                     " revocations already; revoke the sessions of a role or user instead of "
                     "single ones"));
  }
  entries_.push_back({.revocation = std::move(revocation)});
  // In effect first: nothing that goes wrong with the file may keep a session alive.
  Publish();
  RevocationReceipt receipt;
  receipt.write_error = WriteMissing();
  receipt.durable = receipt.write_error.ok() && database_->persistent();
  return receipt;
}

absl::Status RevocationLog::Retry() {
  const absl::MutexLock lock(&change_mutex_);
  return WriteMissing();
}

absl::Status RevocationLog::WriteMissing() {
  // New ones are at the end, after those that failed before.
  const auto first = std::find_if(entries_.begin(), entries_.end(),
                                  [](const Entry& entry) { return entry.row == 0; });
  const auto end = entries_.end();
  if (first == end) return absl::OkStatus();
  std::vector<int64_t> rows;
  RETURN_IF_ERROR(
      database_->Write(Durability::kPowerLoss, [&](Connection& connection) -> absl::Status {
        for (auto entry = first; entry != end; ++entry) {
          int64_t row = entry->row;
          if (row == 0) {
            ASSIGN_OR_RETURN(row, Insert(connection, entry->revocation));
          }
          rows.push_back(row);
        }
        return absl::OkStatus();
      }));
  for (size_t i = 0; i < rows.size(); ++i) first[static_cast<std::ptrdiff_t>(i)].row = rows[i];
  return absl::OkStatus();
}

bool RevocationLog::HasEffect(const Revocation& revocation, absl::Time now) const {
  const absl::Time last_issue = revocation.kind == RevocationKind::kSession
                                    ? revocation.created_at
                                    : absl::FromUnixSeconds(revocation.issued_before);
  return now <= last_issue + options_.session_lifetime_max;
}

void RevocationLog::Prune(absl::Time now) {
  if (entries_.size() < options_.entries_kept) return;
  size_t surplus = entries_.size() + 1 - options_.entries_kept;  // One is about to be added.
  std::vector<int64_t> rows;
  std::erase_if(entries_, [&](const Entry& entry) {
    if (surplus == 0 || HasEffect(entry.revocation, now)) return false;
    --surplus;
    if (entry.row != 0) rows.push_back(entry.row);
    return true;
  });
  if (rows.empty()) return;
  // If this fails they come back at the next start, without effect as they are.
  database_
      ->Write(Durability::kProcessCrash,
              [&rows](Connection& connection) -> absl::Status {
                ASSIGN_OR_RETURN(Statement remove, connection.Prepare(kDelete));
                for (const int64_t row : rows) RETURN_IF_ERROR(remove.Bind(row).Run());
                return absl::OkStatus();
              })
      .IgnoreError();
}

std::vector<Revocation> RevocationLog::List() const {
  const absl::MutexLock lock(&change_mutex_);
  std::vector<Revocation> list;
  list.reserve(entries_.size());
  for (const Entry& entry : entries_) list.push_back(entry.revocation);
  return list;
}

void RevocationLog::Publish() {
  std::vector<Revocation> revocations;
  revocations.reserve(entries_.size());
  for (const Entry& entry : entries_) revocations.push_back(entry.revocation);
  auto list = std::make_shared<const RevocationList>(revocations);
  const absl::MutexLock lock(&list_mutex_);
  list_.swap(list);
  // Under the lock, so that whoever sees the new number finds the new pointer.
  generation_.fetch_add(1, std::memory_order_release);
}

std::shared_ptr<const RevocationList> RevocationLog::Current() const {
  const absl::MutexLock lock(&list_mutex_);
  return list_;
}

const RevocationList& RevocationLog::Pin::Get(const RevocationLog& log) {
  if (log.generation() == generation_ && log.id_ == log_id_) return *list_;
  const absl::MutexLock lock(&log.list_mutex_);
  // Together, so that they belong together.
  list_ = log.list_;
  generation_ = log.generation();
  log_id_ = log.id_;
  return *list_;
}

}  // namespace portcullis::state
