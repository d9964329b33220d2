#include "server/state/database.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/cleanup/cleanup.h"

#include "server/base/status_macros.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/state/schema_internal.h"

namespace portcullis::state {
namespace {

constexpr mode_t kFileMode = 0600;
constexpr char kInMemory[] = ":memory:";
constexpr std::string_view kMagic("SQLite format 3\0", 16);

std::string ErrnoText(int error) {
  char buffer[128];
  return strerror_r(error, buffer, sizeof buffer);  // The GNU form, which returns its text.
}

absl::Status FileError(std::string_view path, std::string_view doing, int error) {
  return absl::FailedPreconditionError(
      base::StrCat(path, ": cannot ", doing, ": ", ErrnoText(error)));
}

// Whether a file that has contents is a database, and ours. SQLite would find out itself, but only
// after it has looked for journals to apply, and with files of its own beside it.
absl::Status CheckHeader(int fd, const std::string& path) {
  constexpr size_t kApplicationIdOffset = 68;
  char header[100] = {};
  const ssize_t count = pread(fd, header, sizeof header, 0);
  if (count < 0) return FileError(path, "read", errno);
  if (count == 0) return absl::OkStatus();
  // A creation that a crash interrupted: SQLite puts it right from its journal.
  if (access((path + "-journal").c_str(), F_OK) == 0) return absl::OkStatus();
  if (std::string_view(header, kMagic.size()) != kMagic) {
    return absl::FailedPreconditionError(
        base::StrCat(path, ": is not a state file of Portcullis, nor any database"));
  }
  uint32_t application_id = 0;  // Big-endian.
  for (size_t i = 0; i < sizeof application_id; ++i) {
    application_id =
        application_id << 8 | static_cast<unsigned char>(header[kApplicationIdOffset + i]);
  }
  if (application_id == kApplicationId) return absl::OkStatus();
  return absl::FailedPreconditionError(
      base::StrCat(path, ": is a database of another program, not a state file of Portcullis"));
}

// Makes the file if there is none, and looks at its first bytes. Closes it again: SQLite must be
// the only one in the process to have it open, or its locks get lost.
absl::Status PrepareFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kFileMode);
  if (fd < 0) return FileError(path, "open", errno);
  const auto close_file = absl::MakeCleanup([fd] { close(fd); });
  struct stat info {};
  if (fstat(fd, &info) != 0) return FileError(path, "examine", errno);
  if (!S_ISREG(info.st_mode)) {
    return absl::FailedPreconditionError(base::StrCat(path, ": is not a regular file"));
  }
  return CheckHeader(fd, path);
}

absl::Status CheckIntegrity(Connection& connection, const std::string& path) {
  ASSIGN_OR_RETURN(Statement check, connection.Prepare("PRAGMA quick_check(1)"));
  ASSIGN_OR_RETURN(const bool row, check.Step());
  const std::string verdict = row ? check.Text(0) : "no answer";
  if (verdict == "ok") return absl::OkStatus();
  return absl::DataLossError(
      base::StrCat(path, ": the state file is damaged (", base::Quoted(verdict),
                   "); restore it, or move it away to start without what it remembered"));
}

const char* SynchronousPragma(Durability durability) {
  switch (durability) {
    case Durability::kPowerLoss:
      return "PRAGMA synchronous = FULL";
    case Durability::kProcessCrash:
      return "PRAGMA synchronous = NORMAL";
  }
  return "PRAGMA synchronous = FULL";
}

}  // namespace

// ---- Statement ----------------------------------------------------------------------------------

Statement::Statement(Statement&& other) noexcept
    : connection_(other.connection_),
      statement_(std::exchange(other.statement_, nullptr)),
      lent_(std::exchange(other.lent_, nullptr)),
      next_parameter_(other.next_parameter_),
      bind_error_(other.bind_error_) {}

Statement::~Statement() {
  if (statement_ == nullptr) return;
  Reset();
  *lent_ = false;
}

void Statement::Reset() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
  next_parameter_ = 1;
  bind_error_ = SQLITE_OK;
}

void Statement::NoteBind(int code) {
  ++next_parameter_;
  if (bind_error_ == SQLITE_OK) bind_error_ = code;
}

Statement& Statement::Bind(int64_t value) {
  NoteBind(sqlite3_bind_int64(statement_, next_parameter_, value));
  return *this;
}

Statement& Statement::Bind(std::string_view text) {
  // Not data(): a null pointer would bind NULL.
  const char* const begin = text.empty() ? "" : text.data();
  NoteBind(sqlite3_bind_text64(statement_, next_parameter_, begin, text.size(), SQLITE_TRANSIENT,
                               SQLITE_UTF8));
  return *this;
}

Statement& Statement::BindBlob(std::string_view bytes) {
  const char* const begin = bytes.empty() ? "" : bytes.data();
  NoteBind(sqlite3_bind_blob64(statement_, next_parameter_, begin, bytes.size(), SQLITE_TRANSIENT));
  return *this;
}

Statement& Statement::BindNull() {
  NoteBind(sqlite3_bind_null(statement_, next_parameter_));
  return *this;
}

absl::StatusOr<bool> Statement::Step() {
  const int code = bind_error_ != SQLITE_OK ? bind_error_ : sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  absl::Status error =
      code == SQLITE_DONE ? absl::OkStatus() : connection_->Error(code, "run a statement");
  Reset();
  if (!error.ok()) return error;
  return false;
}

absl::Status Statement::Run() {
  const absl::StatusOr<bool> row = Step();
  if (row.ok() && *row) Reset();
  return row.status();
}

int64_t Statement::Integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::string Statement::Text(int column) const {
  const void* const bytes = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  if (bytes == nullptr || size <= 0) return std::string();
  return std::string(static_cast<const char*>(bytes), static_cast<size_t>(size));
}

bool Statement::IsNull(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

// ---- Connection ---------------------------------------------------------------------------------

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const std::string& path,
                                                             absl::Duration busy_timeout) {
  sqlite3* handle = nullptr;
  // A name that begins with "file:" would be taken for a URI.
  const bool plain = path == kInMemory || path.substr(0, 1) == "/";
  const std::string name = plain ? path : base::StrCat("./", path);
  // NOMUTEX: the connection is used by one thread at a time, which Database sees to.
  const int code = sqlite3_open_v2(
      name.c_str(), &handle,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
      nullptr);
  std::unique_ptr<Connection> connection(new Connection(handle, path));
  if (code != SQLITE_OK) return connection->Error(code, "open");
  sqlite3_busy_timeout(handle, static_cast<int>(absl::ToInt64Milliseconds(busy_timeout)));
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  // Until the contents are known to be ours nothing is tidied up in them.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  return connection;
}

Connection::~Connection() {
  for (const auto& [sql, prepared] : statements_) sqlite3_finalize(prepared->statement);
  sqlite3_close(handle_);
}

absl::StatusOr<Statement> Connection::Prepare(std::string_view sql) {
  auto found = statements_.find(base::AbslView(sql));
  if (found == statements_.end()) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) return Error(code, "prepare a statement");
    auto prepared = std::make_unique<Prepared>();
    prepared->statement = statement;
    found = statements_.emplace(std::string(sql), std::move(prepared)).first;
  }
  Prepared& prepared = *found->second;
  if (prepared.lent) {
    return absl::InternalError(base::StrCat(path_, ": statement is in use: ", sql));
  }
  prepared.lent = true;
  return Statement(this, prepared.statement, &prepared.lent);
}

absl::Status Connection::Execute(const std::string& sql) {
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : Error(code, "run a statement");
}

absl::StatusOr<int64_t> Connection::QueryInteger(std::string_view sql) {
  ASSIGN_OR_RETURN(Statement statement, Prepare(sql));
  ASSIGN_OR_RETURN(const bool row, statement.Step());
  if (!row) return absl::InternalError(base::StrCat(path_, ": no answer to ", sql));
  return statement.Integer(0);
}

int64_t Connection::changes() const {
  return sqlite3_changes64(handle_);
}

absl::Status Connection::Error(int code, std::string_view doing) const {
  const char* const text = handle_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle_);
  std::string message = base::StrCat(path_, ": cannot ", doing, ": ", std::string_view(text));
  switch (code & 0xff) {  // The primary code; the rest says more exactly where.
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::DataLossError(base::StrCat(
          message, "; the state file is damaged: restore it, or move it away to start without it"));
    case SQLITE_FULL:
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
      return absl::ResourceExhaustedError(message);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_IOERR:
      return absl::UnavailableError(message);
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return absl::FailedPreconditionError(message);
    default:  // A library's numbers, not an enum of ours.
      return absl::InternalError(message);
  }
}

// ---- Database -----------------------------------------------------------------------------------

Database::ProcessLock::~ProcessLock() {
  if (fd_ >= 0) close(fd_);
}

absl::Status Database::ProcessLock::Take(const std::string& path) {
  const std::string name = path + ".lock";
  // The file stays: removing it would let two processes lock two files of one name.
  fd_ = open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kFileMode);
  if (fd_ < 0) return FileError(name, "open", errno);
  if (flock(fd_, LOCK_EX | LOCK_NB) == 0) return absl::OkStatus();
  if (errno != EWOULDBLOCK) return FileError(name, "lock", errno);
  return absl::FailedPreconditionError(
      base::StrCat(path, ": is in use by another process; each needs a state file of its own"));
}

absl::Status Database::OpenFile(const DatabaseOptions& options) {
  if (persistent_) {
    RETURN_IF_ERROR(lock_.Take(path_));
    RETURN_IF_ERROR(PrepareFile(path_));
  }
  const absl::MutexLock lock(&mutex_);
  ASSIGN_OR_RETURN(connection_, Connection::Open(path_, options.busy_timeout));
  // A new file gets its tables before it goes to WAL mode, so that its header names its owner from
  // the first moment it has one.
  RETURN_IF_ERROR(connection_->Execute("PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON"));
  RETURN_IF_ERROR(connection_->Execute(SynchronousPragma(durability_)));
  RETURN_IF_ERROR(CheckIntegrity(*connection_, path_));
  RETURN_IF_ERROR(Migrate(*connection_, path_, SchemaSteps()));
  if (persistent_) {
    if (chmod(path_.c_str(), kFileMode) != 0) return FileError(path_, "restrict access to", errno);
    RETURN_IF_ERROR(connection_->Execute("PRAGMA journal_mode = WAL"));
    RETURN_IF_ERROR(connection_->Execute("PRAGMA journal_size_limit = 16777216"));
    sqlite3_db_config(connection_->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
  }
  ASSIGN_OR_RETURN(const int64_t page_bytes, connection_->QueryInteger("PRAGMA page_size"));
  const int64_t pages =
      std::max<int64_t>(options.file_bytes_max / std::max<int64_t>(page_bytes, 1), 1);
  return connection_->Execute(base::StrCat("PRAGMA max_page_count = ", pages));
}

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const DatabaseOptions& options) {
  std::unique_ptr<Database> database(new Database);
  database->persistent_ = !options.path.empty() && options.path != kInMemory;
  database->path_ = database->persistent_ ? options.path : kInMemory;
  RETURN_IF_ERROR(database->OpenFile(options));
  return database;
}

Database::~Database() = default;

absl::Status Database::Write(Durability durability,
                             absl::FunctionRef<absl::Status(Connection&)> body) {
  const absl::MutexLock lock(&mutex_);
  if (durability != durability_) {
    RETURN_IF_ERROR(connection_->Execute(SynchronousPragma(durability)));
    durability_ = durability;
  }
  return Transact("BEGIN IMMEDIATE", body);
}

absl::Status Database::Read(absl::FunctionRef<absl::Status(Connection&)> body) {
  const absl::MutexLock lock(&mutex_);
  return Transact("BEGIN DEFERRED", body);
}

absl::Status Database::Transact(const char* begin,
                                absl::FunctionRef<absl::Status(Connection&)> body) {
  RETURN_IF_ERROR(connection_->Execute(begin));
  absl::Status status = body(*connection_);
  if (status.ok()) status = connection_->Execute("COMMIT");
  // Some errors have rolled back already; whatever is still open must not stay so.
  if (sqlite3_get_autocommit(connection_->handle()) == 0) {
    connection_->Execute("ROLLBACK").IgnoreError();
  }
  return status;
}

}  // namespace portcullis::state
