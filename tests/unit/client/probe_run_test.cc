// Whole runs against a proxy made of a function.
#include "client/probe_run.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "client/probe_report.h"

namespace portcullis::client {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr char kToken[] = "Authorization: Bearer good-token\r\n";

// Answers requests as a strict proxy would, unless `hole` answers first; status 0 means no.
class FakeProxy {
 public:
  std::function<ProbeAnswer(const std::string& bytes)> hole = [](const std::string&) {
    return ProbeAnswer();
  };
  absl::Status connection;
  std::vector<std::string> requests;
  size_t slept = 0;

  ProbeReply Reply(const ProbeBytes& sent) {
    requests.push_back(sent.bytes);
    ProbeReply reply;
    while (reply.answers.size() < sent.answers) {
      const ProbeAnswer special = hole(sent.bytes);
      reply.answers.push_back(special.status != 0 ? special : Strict(sent.bytes));
    }
    reply.end = ProbeEnd::kComplete;
    // Second requests are without credentials.
    if (sent.answers == 2) reply.answers[1] = {401, {}, "no"};
    return reply;
  }

  absl::StatusOr<ProbeReport> Run(const ProbeSettings& settings) {
    const ProbeExchange exchange = [this](const ProbeBytes& sent) -> absl::StatusOr<ProbeReply> {
      if (!connection.ok()) return connection;
      return Reply(sent);
    };
    const std::function<void(absl::Duration)> sleep = [this](absl::Duration) { ++slept; };
    return RunProbe(settings, {exchange, sleep, base::Clock::System()});
  }

 private:
  static ProbeAnswer Strict(const std::string& bytes) {
    if (bytes.rfind("GET /healthz HTTP/1.1\r\n", 0) == 0) return {200, {}, "healthy"};
    const size_t token = bytes.find(kToken);
    const bool one_proof = token != std::string::npos &&
                           bytes.find("Authorization: ") == bytes.rfind("Authorization: ");
    if (!one_proof || bytes.find("X-Amz-Signature") != std::string::npos) return {401, {}, "no"};
    if (bytes.rfind("GET /orders/7 HTTP/1.1\r\n", 0) == 0) return {200, {}, "order 7 for blue"};
    if (bytes.rfind("GET /echo HTTP/1.1\r\n", 0) == 0) {
      const size_t control = bytes.find("X-Probe-Control: ");
      const std::string echoed = control == std::string::npos ? "" : bytes.substr(control);
      return {200, {}, "x-portcullis-principal: arn:aws:iam::1:user/ana\n" + echoed};
    }
    return {403, {}, "no"};
  }
};

ProbeSettings Settings() {
  ProbeSettings settings;
  settings.subject.target = *ParseProbeTarget("http://127.0.0.1:1/orders/7");
  settings.subject.nonce = "probe00";
  settings.delay = absl::Milliseconds(1);
  return settings;
}

ProbeSettings AllSettings() {
  ProbeSettings settings = Settings();
  settings.subject.public_path = "/healthz";
  settings.subject.echo_path = "/echo";
  settings.subject.credentials = ProbeBearer{"good-token"};
  settings.also = {"/orders/8"};
  settings.intrusive = true;
  return settings;
}

std::vector<std::string> NamesOf(const ProbeReport& report, ProbeOutcome outcome) {
  std::vector<std::string> names;
  for (const ProbeResult& result : report.results) {
    if (result.outcome != outcome) continue;
    names.push_back(std::string(GroupName(result.group)) + "/" + result.name);
  }
  return names;
}

TEST(ProbeRunTest, AStrictProxyHasNoFindings) {
  FakeProxy proxy;
  const auto report = proxy.Run(AllSettings());
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(NamesOf(*report, ProbeOutcome::kFinding), testing::IsEmpty());
  EXPECT_THAT(NamesOf(*report, ProbeOutcome::kSuspect), testing::IsEmpty());
  EXPECT_EQ(report->requests, proxy.requests.size());
  EXPECT_EQ(proxy.slept, proxy.requests.size() - 1);
  EXPECT_FALSE(report->cut);
  // All but those for a stopped Portcullis.
  EXPECT_EQ(report->Count(ProbeOutcome::kSkipped), FailOpenRows().size());
}

TEST(ProbeRunTest, WithoutMoreThanAUrlSomeRowsAreSkipped) {
  FakeProxy proxy;
  const auto report = proxy.Run(Settings());
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->Count(ProbeOutcome::kFinding), 0U);
  EXPECT_GT(report->Count(ProbeOutcome::kSkipped), 30U);
  EXPECT_GT(report->Count(ProbeOutcome::kHeld), 100U);
  for (const std::string& request : proxy.requests) {
    EXPECT_EQ(request.find("good-token"), std::string::npos);
  }
}

struct HoleCase {
  const char* what;  // Requests with this in them
  const char* body;  // are answered with this.
  const char* finding;
};

TEST(ProbeRunTest, HolesAreFound) {
  const HoleCase cases[] = {
      {"GET /healthz/%2e%2e/orders/7", "order 7 for blue", "public-path/dot-dot-encoded"},
      {"GET /ORDERS/7", "order 7 for blue", "path/capitals"},
      {"HEAD ", "", "method/head"},
      {"Upgrade: websocket", "hello", "protocol/websocket"},
      {"Host: 127.0.0.1.\r\n", "order 7 for blue", "host/dot-behind"},
      {"X-Original-URI: /healthz", "order 7 for blue", "header/original-uri"},
      {"Authorization: Bearer probe\r\nAuthorization: Bearer good-token", "order 7 for blue",
       "credentials/doubled-other-first"},
      {"GET /orders/8 ", "order 8", "baseline/also /orders/8"},
  };
  for (const HoleCase& c : cases) {
    FakeProxy proxy;
    proxy.hole = [&c](const std::string& bytes) {
      if (bytes.find(c.what) == std::string::npos) return ProbeAnswer();
      return ProbeAnswer{200, {}, c.body};
    };
    const auto report = proxy.Run(AllSettings());
    ASSERT_TRUE(report.ok()) << c.what << report.status();
    EXPECT_THAT(NamesOf(*report, ProbeOutcome::kFinding), testing::Contains(c.finding)) << c.what;
  }
}

TEST(ProbeRunTest, WhatAnybodyMayReachIsOneFinding) {
  FakeProxy proxy;
  proxy.hole = [](const std::string&) { return ProbeAnswer{200, {}, "order 7 for blue"}; };
  const auto report = proxy.Run(AllSettings());
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(NamesOf(*report, ProbeOutcome::kFinding), testing::ElementsAre("baseline/anonymous"));
  EXPECT_EQ(report->requests, 1U);
}

TEST(ProbeRunTest, ManyPathsLetThroughAreASuspect) {
  FakeProxy proxy;
  proxy.hole = [](const std::string& bytes) {
    return bytes.rfind("GET /probe00", 0) == 0 ? ProbeAnswer{200, {}, "welcome"} : ProbeAnswer();
  };
  const auto report = proxy.Run(AllSettings());
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(NamesOf(*report, ProbeOutcome::kSuspect), testing::ElementsAre("baseline/uncovered"));
}

struct PremiseCase {
  const char* what;
  int status;
  const char* message;
};

TEST(ProbeRunTest, WithoutUsualAnswersNothingIsSaid) {
  const PremiseCase cases[] = {
      {"GET /orders/7", 503, "without credentials should be turned away"},
      {"GET /orders/7", 404, "is the URL one that the proxy protects"},
      {"GET /healthz", 403, "--public should be let through"},
      {kToken, 403, "the caller whose credentials were given"},
      {"X-Probe-Control", 200, "does not repeat"},
  };
  for (const PremiseCase& c : cases) {
    FakeProxy proxy;
    proxy.hole = [&c](const std::string& bytes) {
      const bool meant = bytes.find(c.what) != std::string::npos;
      return meant ? ProbeAnswer{c.status, {}, ""} : ProbeAnswer();
    };
    const auto report = proxy.Run(AllSettings());
    EXPECT_EQ(report.status().code(), absl::StatusCode::kFailedPrecondition) << c.what;
    EXPECT_THAT(std::string(report.status().message()), HasSubstr(c.message));
  }
}

TEST(ProbeRunTest, AProxyThatFellOverProvesNothing) {
  FakeProxy proxy;
  bool down = false;
  proxy.hole = [&down](const std::string& bytes) {
    down = down || bytes.rfind("HEAD ", 0) == 0;
    return down ? ProbeAnswer{502, {}, ""} : ProbeAnswer();
  };
  EXPECT_THAT(std::string(proxy.Run(Settings()).status().message()), HasSubstr("at the end"));
}

TEST(ProbeRunTest, NoConnectionIsAnError) {
  FakeProxy proxy;
  proxy.connection = absl::UnavailableError("refused");
  EXPECT_EQ(proxy.Run(Settings()).status(), proxy.connection);
}

TEST(ProbeRunTest, TheNumberOfRequestsIsBounded) {
  ProbeSettings settings = AllSettings();
  settings.requests_max = 20;
  FakeProxy proxy;
  const auto report = proxy.Run(settings);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(proxy.requests.size(), 20U);
  EXPECT_TRUE(report->cut);
  settings.requests_max = 3;
  EXPECT_EQ(proxy.Run(settings).status().code(), absl::StatusCode::kInvalidArgument);
}

// ---- Without Portcullis -------------------------------------------------------------------------

TEST(ProbeFailOpenTest, AClosedProxyHasNoFindings) {
  ProbeSettings settings = AllSettings();
  settings.pdp_down = true;
  FakeProxy proxy;
  proxy.hole = [](const std::string&) { return ProbeAnswer{503, {}, ""}; };
  const auto report = proxy.Run(settings);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->Count(ProbeOutcome::kFinding), 0U);
  EXPECT_EQ(report->Count(ProbeOutcome::kHeld), FailOpenRows().size());
}

TEST(ProbeFailOpenTest, AnOpenOneHas) {
  ProbeSettings settings = AllSettings();
  settings.pdp_down = true;
  FakeProxy proxy;  // Lets the caller through, and nobody is there who could have said so.
  const auto report = proxy.Run(settings);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(NamesOf(*report, ProbeOutcome::kFinding),
              testing::ElementsAre("fail-open/authorized"));
}

TEST(ProbeFailOpenTest, WhatIsStillThereIsNotDown) {
  ProbeSettings settings = AllSettings();
  settings.pdp_down = true;
  FakeProxy proxy;
  proxy.hole = [](const std::string&) {
    return ProbeAnswer{401, {{"x-portcullis-reason", "no_credentials"}}, ""};
  };
  EXPECT_THAT(std::string(proxy.Run(settings).status().message()), HasSubstr("still answers"));
}

// ---- Reports ------------------------------------------------------------------------------------

ProbeReport SmallReport() {
  ProbeReport report;
  report.requests = 3;
  report.results = {
      {ProbeGroup::kPath, "capitals", ProbeOutcome::kFinding, "200: let through",
       "GET /ORDERS/7 HTTP/1.1\r\nX-Probe: a\tb"},
      {ProbeGroup::kPath, "nul", ProbeOutcome::kHeld, "400", std::string("GET /\0 HTTP/1.1", 16)},
      {ProbeGroup::kIdentity, "principal", ProbeOutcome::kSkipped, "needs --echo PATH", ""},
  };
  return report;
}

TEST(ProbeReportTest, FindingsAreToldWithAdvice) {
  const std::string text = ProbeText(SmallReport(), "http://h/orders/7", false);
  EXPECT_THAT(text, StartsWith("finding path/capitals\n"
                               "  sent            GET /ORDERS/7 HTTP/1.1 | X-Probe: a\\x09b\n"
                               "  answer          200: let through\n"
                               "  advice          Let the proxy refuse paths"));
  EXPECT_THAT(text, HasSubstr("skipped 1: needs --echo PATH\n"
                              "1 finding, 0 suspects, 1 held, 0 unclear, 1 skipped: 3 requests to "
                              "http://h/orders/7\n"));
  EXPECT_EQ(text.find("path/nul"), std::string::npos);
}

TEST(ProbeReportTest, EveryRowIsToldInVerbose) {
  const std::string text = ProbeText(SmallReport(), "http://h/", true);
  EXPECT_THAT(text, HasSubstr("held    path/nul"));
  EXPECT_THAT(text, HasSubstr("GET /\\x00 HTTP/1.1"));
  EXPECT_THAT(text, HasSubstr("skipped identity/principal"));
}

TEST(ProbeReportTest, JsonHasEveryRow) {
  const std::string json = ProbeJson(SmallReport(), "http://h/");
  EXPECT_THAT(json, StartsWith("{\"url\":\"http://h/\",\"requests\":3,\"complete\":true,"
                               "\"findings\":1,\"suspects\":0,\"rows\":[{\"group\":\"path\","
                               "\"name\":\"capitals\",\"outcome\":\"finding\",\"why\":\"200: let "
                               "through\",\"sent\":"));
  EXPECT_THAT(json, HasSubstr("{\"group\":\"identity\",\"name\":\"principal\",\"outcome\":"
                              "\"skipped\",\"why\":\"needs --echo PATH\"}"));
}

}  // namespace
}  // namespace portcullis::client
