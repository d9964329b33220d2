#include "server/app/options.h"

#include <filesystem>
#include <fstream>
#include <map>

#include "gtest/gtest.h"

namespace portcullis::app {
namespace {

class OptionsTest : public ::testing::Test {
 protected:
  ParsedOptions Parse(std::vector<std::string> arguments) {
    return ParseOptions(arguments, [this](const char* name) -> const char* {
      const auto value = environment_.find(name);
      return value == environment_.end() ? nullptr : value->second.c_str();
    });
  }

  ParsedOptions ParseMinimal(std::vector<std::string> more) {
    std::vector<std::string> arguments = {"--policies", "p",        "--session-keys",
                                          "k",          "--listen", "tcp://127.0.0.1:0"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Parse(arguments);
  }

  std::string WriteConfig(const std::string& text) {
    // Tests run at the same time, each in a process of its own.
    const std::string path = ::testing::TempDir() + "options_" +
                             ::testing::UnitTest::GetInstance()->current_test_info()->name() +
                             ".yaml";
    std::ofstream(path) << text;
    return path;
  }

  std::map<std::string, std::string> environment_;
};

TEST_F(OptionsTest, HasDefaults) {
  const ParsedOptions parsed = ParseMinimal({});
  ASSERT_FALSE(parsed.exit_code) << parsed.text;
  EXPECT_EQ(parsed.options.policies, "p");
  EXPECT_EQ(parsed.options.session_keys, "k");
  ASSERT_EQ(parsed.options.listen.size(), 1u);
  EXPECT_FALSE(parsed.options.listen[0].trusted);
  EXPECT_EQ(parsed.options.poll_interval, absl::Seconds(10));
  EXPECT_EQ(parsed.options.drain_delay, absl::Seconds(5));
  EXPECT_EQ(parsed.options.audit_log, "none");
  EXPECT_EQ(parsed.options.queues, 0u);
  EXPECT_FALSE(parsed.options.start_closed);
}

TEST_F(OptionsTest, TakesEveryKindOfValue) {
  const ParsedOptions parsed =
      ParseMinimal({"--queues=4", "--poll-interval", "250ms", "--audit-on-full", "fail_closed",
                    "--start-closed", "--admin-listen", "[::1]:9090", "--audit-rotate-bytes",
                    "65536", "--log-format=json", "--listen", "unix:///run/a.sock?trusted=true"});
  ASSERT_FALSE(parsed.exit_code) << parsed.text;
  EXPECT_EQ(parsed.options.queues, 4u);
  EXPECT_EQ(parsed.options.poll_interval, absl::Milliseconds(250));
  EXPECT_EQ(parsed.options.audit_on_full, AuditOnFull::kFailClosed);
  EXPECT_TRUE(parsed.options.start_closed);
  ASSERT_TRUE(parsed.options.admin_listen.has_value());
  EXPECT_EQ(parsed.options.admin_listen->host, "::1");
  EXPECT_EQ(parsed.options.audit_rotate_bytes, 65536u);
  EXPECT_EQ(parsed.options.log_format, LogFormat::kJson);
  ASSERT_EQ(parsed.options.listen.size(), 2u);
  EXPECT_TRUE(parsed.options.listen[1].unix_socket);
}

TEST_F(OptionsTest, PrefersCommandLineToEnvironmentToFile) {
  const std::string config = WriteConfig("queues: 1\npoll-interval: 1s\ndrain-delay: 1s\n");
  environment_["PORTCULLIS_QUEUES"] = "2";
  environment_["PORTCULLIS_POLL_INTERVAL"] = "2s";
  environment_["PORTCULLIS_CONFIG"] = config;
  const ParsedOptions parsed = ParseMinimal({"--queues", "3"});
  ASSERT_FALSE(parsed.exit_code) << parsed.text;
  EXPECT_EQ(parsed.options.queues, 3u);
  EXPECT_EQ(parsed.options.poll_interval, absl::Seconds(2));
  EXPECT_EQ(parsed.options.drain_delay, absl::Seconds(1));
}

TEST_F(OptionsTest, ReadsEverythingFromAFile) {
  const std::string config = WriteConfig(
      "policies: p\n"
      "session-keys: k\n"
      "listen:\n"
      "  - tcp://127.0.0.1:0?trusted=true\n"
      "  - unix:///run/a.sock\n"
      "start-closed: true\n");
  const ParsedOptions parsed = Parse({"--config", config});
  ASSERT_FALSE(parsed.exit_code) << parsed.text;
  EXPECT_EQ(parsed.options.listen.size(), 2u);
  EXPECT_TRUE(parsed.options.start_closed);
}

TEST_F(OptionsTest, SplitsRepeatedValuesOfTheEnvironment) {
  environment_["PORTCULLIS_POLICIES"] = "p";
  environment_["PORTCULLIS_SESSION_KEYS"] = "k";
  environment_["PORTCULLIS_LISTEN"] = "tcp://127.0.0.1:0  unix:///run/a.sock";
  const ParsedOptions parsed = Parse({});
  ASSERT_FALSE(parsed.exit_code) << parsed.text;
  EXPECT_EQ(parsed.options.listen.size(), 2u);
}

TEST_F(OptionsTest, ReportsEverythingThatIsWrongAtOnce) {
  const std::string config = WriteConfig("quues: 1\nlisten:\n  - {}\n");
  environment_["PORTCULLIS_DRAIN_DELAY"] = "5";
  const ParsedOptions parsed =
      Parse({"--config", config, "--queues", "x", "--audit-on-full", "maybe"});
  ASSERT_EQ(parsed.exit_code, 2);
  for (const std::string& expected :
       {config + ":1:1: error: unknown option `quues`; did you mean `queues`?",
        config + ":3:5: error: expected a value", std::string("--queues: must be a number"),
        std::string("--audit-on-full: must be one of drop, block, fail_closed"),
        std::string("PORTCULLIS_DRAIN_DELAY: must be a duration with its unit")}) {
    EXPECT_NE(parsed.text.find(expected), std::string::npos) << expected << "\n" << parsed.text;
  }
}

TEST_F(OptionsTest, RefusesWhatIsUnknownOrMissing) {
  const std::vector<std::vector<std::string>> wrong = {
      {"--polices", "p"},
      {"--policies"},
      {"positional"},
      {"--policies", "p", "--policies", "q", "--session-keys", "k", "--listen",
       "tcp://127.0.0.1:0"},
      {},
      {"--policies", "p"},
      {"--policies", "p", "--session-keys", "k"},
      {"--config", "no-such-file.yaml"},
  };
  for (const std::vector<std::string>& arguments : wrong) {
    const ParsedOptions parsed = Parse(arguments);
    EXPECT_EQ(parsed.exit_code, 2);
    EXPECT_NE(parsed.text.find("error: "), std::string::npos) << parsed.text;
  }
}

TEST_F(OptionsTest, ExplainsItself) {
  const ParsedOptions help = Parse({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  for (const char* expected : {"--policies DIR", "--listen ADDRESS", "--drain-delay DURATION",
                               "PORTCULLIS_", "SIGTERM", "Exit codes"}) {
    EXPECT_NE(help.text.find(expected), std::string::npos) << expected;
  }
  const ParsedOptions version = Parse({"--version"});
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_EQ(version.text.find("portcullisd "), 0u) << version.text;
}

TEST_F(OptionsTest, ChecksWithPoliciesAlone) {
  const ParsedOptions parsed = Parse({"--check", "--policies", "p"});
  EXPECT_FALSE(parsed.exit_code) << parsed.text;
  EXPECT_TRUE(parsed.options.check);
}

}  // namespace
}  // namespace portcullis::app
