#include "server/app/reload_reporter.h"

#include <string>

#include "gtest/gtest.h"

namespace portcullis::app {
namespace {

class ReloadReporterTest : public ::testing::Test {
 protected:
  static source::ReloadEvent Failure() {
    source::ReloadEvent event;
    event.outcome = source::ReloadOutcome::kFailed;
    event.status.serving_digest = "aa";
    event.status.latest_digest = "bb";
    event.status.latest_result = absl::InvalidArgumentError("1 error");
    store::SourceDiagnostic diagnostic;
    diagnostic.file = "dev.yaml";
    diagnostic.diagnostic.position = {2, 18};
    diagnostic.diagnostic.message = "unknown role";
    event.status.diagnostics.push_back(diagnostic);
    event.status.diagnostics_total = 1;
    return event;
  }

  std::string text_;
  Logger log_{LogFormat::kText, LogLevel::kInfo, [this](std::string_view line) { text_ += line; }};
  metrics::Registry metrics_;
  int published_ = 0;
  ServiceManager service_manager_;
  ReloadReporter reporter_{log_, metrics_, nullptr, service_manager_, [this] { ++published_; }};
};

TEST_F(ReloadReporterTest, LogsEveryDiagnosticOfAFailure) {
  reporter_.OnReload(Failure());
  EXPECT_NE(text_.find("error: dev.yaml:2:18: error: unknown role\n"), std::string::npos) << text_;
  EXPECT_NE(text_.find("policies not loaded problem=\"1 error\" serving_revision=aa"),
            std::string::npos)
      << text_;
  EXPECT_EQ(published_, 0);
  EXPECT_NE(metrics_.TextExposition().find("result=\"failure\"} 1"), std::string::npos);
  EXPECT_NE(metrics_.TextExposition().find("portcullis_policy_last_reload_successful 0"),
            std::string::npos);
}

TEST_F(ReloadReporterTest, OnlyCountsReadingsThatFoundNothingNew) {
  reporter_.OnReload(Failure());
  text_.clear();
  source::ReloadEvent event = Failure();
  event.outcome = source::ReloadOutcome::kUnchanged;
  reporter_.OnReload(event);
  EXPECT_EQ(text_, "") << "the same mistake is not logged at every poll";
  EXPECT_NE(metrics_.TextExposition().find("result=\"unchanged\"} 1"), std::string::npos);
  EXPECT_NE(metrics_.TextExposition().find("portcullis_policy_last_reload_successful 0"),
            std::string::npos);
}

}  // namespace
}  // namespace portcullis::app
