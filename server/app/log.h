// What the operator reads: one line per event on standard error.
#ifndef PORTCULLIS_SERVER_APP_LOG_H_
#define PORTCULLIS_SERVER_APP_LOG_H_

#include <functional>
#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace portcullis::app {

enum class LogFormat : uint8_t { kText, kJson };
enum class LogLevel : uint8_t { kDebug, kInfo, kWarning, kError };

// A name and a value of an event. Views outlive the call.
using LogField = std::pair<std::string_view, std::string_view>;

// Writes events as lines:
//   text  2026-11-22T00:00:00.000Z info: policies loaded revision=1f3a users=12
//   json  {"time":"...","level":"info","message":"policies loaded","revision":"1f3a","users":"12"}
// Control characters are escaped, so an event is one line whatever its values hold. Callers see to
// it that no value is a secret; requests are the audit log's affair and are not logged here.
//
// Thread-safe. Never fails: a line that cannot be written is lost.
class Logger {
 public:
  // Takes whole lines, newline included. Called under a lock.
  using Writer = std::function<void(std::string_view line)>;

  // Events below `level` are left out. The default writes to standard error.
  Logger(LogFormat format, LogLevel level, Writer writer = WriteToStandardError);

  void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});
  void Info(std::string_view message, std::initializer_list<LogField> fields = {}) {
    Log(LogLevel::kInfo, message, fields);
  }
  void Warning(std::string_view message, std::initializer_list<LogField> fields = {}) {
    Log(LogLevel::kWarning, message, fields);
  }
  void Error(std::string_view message, std::initializer_list<LogField> fields = {}) {
    Log(LogLevel::kError, message, fields);
  }

  static void WriteToStandardError(std::string_view line);

 private:
  const LogFormat format_;
  const LogLevel level_;
  std::mutex mutex_;
  const Writer writer_;
};

std::string_view LogLevelName(LogLevel level);

}  // namespace portcullis::app

#endif  // PORTCULLIS_SERVER_APP_LOG_H_
