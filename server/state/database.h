// A thin layer over SQLite: one file, one connection, statements that clean up after themselves.
#ifndef PORTCULLIS_SERVER_STATE_DATABASE_H_
#define PORTCULLIS_SERVER_STATE_DATABASE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

struct sqlite3;
struct sqlite3_stmt;

namespace portcullis::state {

// "PCST": how a state file says that it is one.
inline constexpr int32_t kApplicationId = 0x50435354;

struct DatabaseOptions {
  // The file; made with mode 0600 if it is not there, in a directory that is. Beside it live
  // `<path>.lock`, `<path>-wal` and `<path>-shm`. Empty or ":memory:": nothing is kept.
  std::string path;

  // The file grows no further; what would need more fails with RESOURCE_EXHAUSTED.
  int64_t file_bytes_max = int64_t{4} << 30;

  // How long to wait for another program that has the file locked, say one that copies it.
  absl::Duration busy_timeout = absl::Seconds(5);
};

// What must have happened when a Write returns OK.
enum class Durability : uint8_t {
  // On the disk: survives a loss of power.
  kPowerLoss,
  // With the operating system: survives the end of the process by any signal. A loss of power may
  // take the last such writes, whole transactions, latest first.
  kProcessCrash,
};

class Connection;

// A prepared statement on loan from its connection. Values are bound from left to right. At the end
// of its life it is reset and its values forgotten.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  Statement& Bind(int64_t value);
  Statement& Bind(std::string_view text);  // Copied.
  Statement& BindBlob(std::string_view bytes);
  Statement& BindNull();

  // Goes to the next row; false: there is none, and the statement may be bound and stepped anew.
  absl::StatusOr<bool> Step();
  // For statements without rows: steps once, then the statement may be bound anew.
  absl::Status Run();
  // Forgets values and position.
  void Reset();

  // Columns of the current row, from 0. REQUIRES: Step() returned true.
  int64_t Integer(int column) const;
  std::string Text(int column) const;  // Text or blob; NULL is "".
  bool IsNull(int column) const;

 private:
  friend class Connection;
  Statement(Connection* connection, sqlite3_stmt* statement, bool* lent)
      : connection_(connection), statement_(statement), lent_(lent) {}
  void NoteBind(int code);

  Connection* connection_;
  sqlite3_stmt* statement_;
  bool* lent_;
  int next_parameter_ = 1;
  int bind_error_ = 0;
};

// One open database. Not thread-safe: Database hands it to one caller at a time.
class Connection {
 public:
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Opens without looking at the contents. `path` may be ":memory:".
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const std::string& path,
                                                          absl::Duration busy_timeout);

  // `sql` is compiled at its first use only; it must be a constant. INTERNAL if the statement is
  // still lent.
  absl::StatusOr<Statement> Prepare(std::string_view sql);
  // Runs statements without values, separated by semicolons.
  absl::Status Execute(const std::string& sql);
  // The single integer that `sql` yields.
  absl::StatusOr<int64_t> QueryInteger(std::string_view sql);
  // Rows that the last INSERT, UPDATE or DELETE touched.
  int64_t changes() const;

  sqlite3* handle() const { return handle_; }
  // `code` of SQLite as a status that names the file: DATA_LOSS for damage, RESOURCE_EXHAUSTED for
  // a full disk, UNAVAILABLE for locks and I/O, FAILED_PRECONDITION for what cannot be written.
  absl::Status Error(int code, std::string_view doing) const;

 private:
  struct Prepared {
    sqlite3_stmt* statement = nullptr;
    bool lent = false;
  };
  Connection(sqlite3* handle, std::string path) : handle_(handle), path_(std::move(path)) {}

  sqlite3* handle_;
  const std::string path_;
  absl::flat_hash_map<std::string, std::unique_ptr<Prepared>> statements_;
};

// The state file. Thread-safe: one caller at a time works with the connection, so a body must be
// short; long work is divided into several calls.
//
// Only one process has the file open: the lock on `<path>.lock` ends with the process, however that
// ends. Other programs may read the file meanwhile (it is in WAL mode).
class Database {
 public:
  // Opens, checks and migrates. Nothing is ever deleted or repaired here; every error names the
  // file:
  //   FAILED_PRECONDITION  it is not a state file, was written by a newer version, is in use by
  //                        another process, or cannot be made or written;
  //   DATA_LOSS            it is damaged.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const DatabaseOptions& options);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // False: nothing outlives this object.
  bool persistent() const { return persistent_; }
  const std::string& path() const { return path_; }

  // Runs `body` in one transaction: all or nothing. Rolled back, and nothing kept, if either `body`
  // or the commit fails.
  absl::Status Write(Durability durability, absl::FunctionRef<absl::Status(Connection&)> body);

  // Runs `body` in one transaction that sees one state of the file.
  absl::Status Read(absl::FunctionRef<absl::Status(Connection&)> body);

 private:
  // Holds the lock file open, which holds the lock.
  class ProcessLock {
   public:
    ProcessLock() = default;
    ~ProcessLock();
    ProcessLock(const ProcessLock&) = delete;
    ProcessLock& operator=(const ProcessLock&) = delete;
    absl::Status Take(const std::string& path);

   private:
    int fd_ = -1;
  };

  Database() = default;
  absl::Status OpenFile(const DatabaseOptions& options);
  absl::Status Transact(const char* begin, absl::FunctionRef<absl::Status(Connection&)> body)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Constant once Open() has returned. The lock is released after the connection is closed.
  std::string path_;
  bool persistent_ = false;
  ProcessLock lock_;

  absl::Mutex mutex_;
  std::unique_ptr<Connection> connection_ ABSL_GUARDED_BY(mutex_);
  Durability durability_ ABSL_GUARDED_BY(mutex_) = Durability::kPowerLoss;
};

}  // namespace portcullis::state

#endif  // PORTCULLIS_SERVER_STATE_DATABASE_H_
