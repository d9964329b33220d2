#include "server/app/log.h"

#include <unistd.h>

#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace portcullis::app {
namespace {

constexpr char kTimeFormat[] = "%Y-%m-%dT%H:%M:%E3SZ";

// Escapes as JSON does; what is not ASCII passes.
void AppendEscaped(std::string_view text, std::string* line) {
  for (const char c : text) {
    switch (c) {
      case '"':
        line->append("\\\"");
        break;
      case '\\':
        line->append("\\\\");
        break;
      case '\n':
        line->append("\\n");
        break;
      case '\t':
        line->append("\\t");
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
          absl::StrAppendFormat(line, "\\u%04x", static_cast<unsigned char>(c));
        } else {
          line->push_back(c);
        }
    }
  }
}

void AppendQuoted(std::string_view text, std::string* line) {
  line->push_back('"');
  AppendEscaped(text, line);
  line->push_back('"');
}

bool NeedsQuotes(std::string_view value) {
  return value.empty() || value.find_first_of(" \"=\\\n\t") != std::string_view::npos;
}

void AppendText(std::string_view time, LogLevel level, std::string_view message,
                std::initializer_list<LogField> fields, std::string* line) {
  line->append(time).append(" ").append(LogLevelName(level)).append(": ");
  AppendEscaped(message, line);
  for (const auto& [name, value] : fields) {
    line->append(" ").append(name).append("=");
    if (NeedsQuotes(value)) {
      AppendQuoted(value, line);
    } else {
      AppendEscaped(value, line);
    }
  }
}

void AppendJson(std::string_view time, LogLevel level, std::string_view message,
                std::initializer_list<LogField> fields, std::string* line) {
  line->append("{\"time\":\"").append(time).append("\",\"level\":\"");
  line->append(LogLevelName(level)).append("\",\"message\":");
  AppendQuoted(message, line);
  for (const auto& [name, value] : fields) {
    line->push_back(',');
    AppendQuoted(name, line);
    line->push_back(':');
    AppendQuoted(value, line);
  }
  line->push_back('}');
}

}  // namespace

Logger::Logger(LogFormat format, LogLevel level, Writer writer)
    : format_(format), level_(level), writer_(std::move(writer)) {}

void Logger::Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  if (level < level_) return;
  const std::string time = absl::FormatTime(kTimeFormat, absl::Now(), absl::UTCTimeZone());
  std::string line;
  switch (format_) {
    case LogFormat::kText:
      AppendText(time, level, message, fields, &line);
      break;
    case LogFormat::kJson:
      AppendJson(time, level, message, fields, &line);
      break;
  }
  line.push_back('\n');
  const std::lock_guard<std::mutex> lock(mutex_);
  writer_(line);
}

void Logger::WriteToStandardError(std::string_view line) {
  while (!line.empty()) {
    const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
    if (written <= 0) return;
    line.remove_prefix(static_cast<size_t>(written));
  }
}

std::string_view LogLevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

}  // namespace portcullis::app
