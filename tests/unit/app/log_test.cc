#include "server/app/log.h"

#include <string>

#include "gtest/gtest.h"

namespace portcullis::app {
namespace {

std::string LogOne(LogFormat format, std::string_view message,
                   std::initializer_list<LogField> fields) {
  std::string text;
  Logger log(format, LogLevel::kInfo, [&text](std::string_view line) { text += line; });
  log.Info(message, fields);
  return text;
}

// Without the time, 2026-11-22T00:00:00.000Z.
std::string AfterTime(const std::string& line) {
  return line.size() > 24 ? line.substr(24) : "";
}

TEST(Logger, WritesText) {
  EXPECT_EQ(AfterTime(LogOne(LogFormat::kText, "loaded", {{"users", "3"}, {"file", "a b"}})),
            " info: loaded users=3 file=\"a b\"\n");
}

TEST(Logger, WritesJson) {
  const std::string line = LogOne(LogFormat::kJson, "it is \"so\"", {{"a", "b\\c"}});
  EXPECT_EQ(line.find("{\"time\":\""), 0u);
  EXPECT_NE(line.find("\"level\":\"info\",\"message\":\"it is \\\"so\\\"\",\"a\":\"b\\\\c\"}\n"),
            std::string::npos)
      << line;
}

TEST(Logger, KeepsOneEventOnOneLine) {
  for (const LogFormat format : {LogFormat::kText, LogFormat::kJson}) {
    const std::string line = LogOne(format, "a\nb", {{"name", "x\ny\x01\x1b[2J"}});
    EXPECT_EQ(line.find('\n'), line.size() - 1) << line;
    EXPECT_EQ(line.find('\x1b'), std::string::npos);
  }
}

TEST(Logger, LeavesOutWhatIsNotAskedFor) {
  std::string text;
  Logger log(LogFormat::kText, LogLevel::kWarning,
             [&text](std::string_view line) { text += line; });
  log.Info("info");
  log.Log(LogLevel::kDebug, "debug");
  EXPECT_EQ(text, "");
  log.Warning("warning");
  log.Error("error");
  EXPECT_NE(text.find("warning: warning\n"), std::string::npos);
  EXPECT_NE(text.find("error: error\n"), std::string::npos);
}

}  // namespace
}  // namespace portcullis::app
