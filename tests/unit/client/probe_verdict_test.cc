// What an answer proves, as tables.
#include "client/probe_verdict.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace portcullis::client {
namespace {

using testing::HasSubstr;

ProbeAnswer Answer(int status, const std::string& body,
                   std::vector<std::pair<std::string, std::string>> headers = {}) {
  return {status, std::move(headers), body};
}

ProbePage Page(const std::vector<ProbeAnswer>& samples,
               const std::vector<std::string>& elsewhere = {}) {
  return ProbePage(samples, elsewhere);
}

constexpr char kProtected[] = "order 7 for blue";
constexpr char kPublic[] = "healthy";
constexpr char kFallback[] = "no such page";

// Credentials and a public path are known, and every other path is denied.
ProbeReferences Known() {
  ProbeReferences references;
  references.protected_page = Page({Answer(200, kProtected), Answer(200, kProtected)}, {kPublic});
  references.public_page = Page({Answer(200, kPublic), Answer(200, kPublic)});
  return references;
}

// The same at a host that has a page for every path.
ProbeReferences CatchAll() {
  ProbeReferences references = Known();
  references.uncovered_page = Page({Answer(200, kFallback)});
  return references;
}

struct VerdictCase {
  const char* name;
  ProbeJudge judge;
  ProbeAnswer answer;
  ProbeReferences references;
  ProbeOutcome outcome;
};

std::vector<VerdictCase> WaysCases() {
  using enum ProbeJudge;
  using enum ProbeOutcome;
  const ProbeReferences nothing;
  return {
      // Whoever is turned away has not got by.
      {"denied", kNamesProtected, Answer(403, "no"), nothing, kHeld},
      {"refused", kMayBeAnother, Answer(400, ""), Known(), kHeld},
      {"redirected", kMayBeAnother, Answer(301, ""), nothing, kHeld},
      {"failed", kStartsPublic, Answer(503, ""), Known(), kHeld},
      {"denied with the page", kMayBeAnother, Answer(403, kProtected), Known(), kHeld},
      {"throttled", kNamesProtected, Answer(429, ""), Known(), kUnclear},
      // The request names what is protected: any success.
      {"success", kNamesProtected, Answer(200, "anything"), nothing, kFinding},
      {"protected", kNamesProtected, Answer(200, kProtected), Known(), kFinding},
      {"head", kNamesProtected, Answer(200, ""), Known(), kFinding},
      {"switched", kNamesProtected, Answer(101, ""), Known(), kFinding},
      {"public instead", kNamesProtected, Answer(200, kPublic), Known(), kHeld},
      {"grpc denial", kNamesProtected,
       Answer(200, "", {{"content-type", "application/grpc"}, {"grpc-status", "7"}}), Known(),
       kHeld},
      {"grpc success", kNamesProtected,
       Answer(200, "", {{"content-type", "application/grpc"}, {"grpc-status", "0"}}), Known(),
       kFinding},
      {"grpc-status of nobody", kNamesProtected, Answer(200, "", {{"grpc-status", "7"}}), Known(),
       kFinding},
      // Another spelling: the protected answer, or any where paths are not let through as a rule.
      {"protected", kMayBeAnother, Answer(200, kProtected), CatchAll(), kFinding},
      {"fallback", kMayBeAnother, Answer(200, kFallback), CatchAll(), kHeld},
      {"other", kMayBeAnother, Answer(200, "other"), CatchAll(), kSuspect},
      {"other where nothing is", kMayBeAnother, Answer(200, "other"), Known(), kFinding},
      {"other without credentials", kMayBeAnother, Answer(200, "other"), nothing, kFinding},
      {"public", kMayBeAnother, Answer(200, kPublic), Known(), kHeld},
      // Through the public path.
      {"public", kStartsPublic, Answer(200, kPublic), Known(), kHeld},
      {"protected", kStartsPublic, Answer(200, kProtected), Known(), kFinding},
      {"other", kStartsPublic, Answer(200, "other"), Known(), kFinding},
      {"public by header", kPublicByHeader, Answer(200, kPublic), Known(), kHeld},
      {"other by header", kPublicByHeader, Answer(200, "other"), Known(), kHeld},
      {"protected by header", kPublicByHeader, Answer(200, kProtected), Known(), kFinding},
      // Other hosts and preflights may be let in for reasons of their own.
      {"other host", kAnotherHost, Answer(200, "welcome"), Known(), kSuspect},
      {"protected at another host", kAnotherHost, Answer(200, kProtected), Known(), kFinding},
      {"preflight", kPreflight, Answer(204, ""), Known(), kSuspect},
      {"preflight with the page", kPreflight, Answer(200, kProtected), Known(), kFinding},
      // Two proofs.
      {"two proofs", kContradicts, Answer(200, kPublic), Known(), kFinding},
      {"two proofs denied", kContradicts, Answer(401, ""), Known(), kHeld},
      // Portcullis itself.
      {"identity", kAsksDirectly, Answer(200, "", {{"x-portcullis-principal", ""}}), Known(),
       kFinding},
      {"authzen", kAsksDirectly, Answer(200, "{\"access_evaluation_endpoint\":\"\"}"), Known(),
       kFinding},
      {"application", kAsksDirectly, Answer(200, kProtected), Known(), kHeld},
      {"fallback", kAsksDirectly, Answer(200, kFallback), CatchAll(), kHeld},
      {"somebody", kAsksDirectly, Answer(200, "ok"), Known(), kSuspect},
      // No HTTP at all.
      {"bare page", kNamesProtected, Answer(0, kProtected), Known(), kFinding},
      {"bare nonsense", kNamesProtected, Answer(0, "bad request"), Known(), kHeld},
  };
}

TEST(ProbeVerdictTest, WaysAreJudged) {
  for (const VerdictCase& c : WaysCases()) {
    const ProbeRow row = {.group = ProbeGroup::kPath, .name = c.name, .judge = c.judge};
    const ProbeVerdict verdict =
        JudgeProbe(row, "GET / HTTP/1.1\r\n\r\n", {{c.answer}}, "nonce", c.references);
    EXPECT_EQ(OutcomeName(verdict.outcome), std::string(OutcomeName(c.outcome)))
        << c.name << ", judge " << static_cast<int>(c.judge) << ": " << verdict.why;
  }
}

TEST(ProbeVerdictTest, SamePageBothWaysProvesNothing) {
  ProbeReferences references = Known();
  references.public_page = references.protected_page;
  const ProbeReply reply = {{Answer(200, kProtected)}};
  const ProbeRow row = {.group = ProbeGroup::kPath, .name = "", .judge = ProbeJudge::kStartsPublic};
  EXPECT_EQ(JudgeProbe(row, "", reply, "", references).outcome, ProbeOutcome::kHeld);
  // But nobody says that of a spelling of the protected path.
  const ProbeRow other = {
      .group = ProbeGroup::kPath, .name = "", .judge = ProbeJudge::kMayBeAnother};
  EXPECT_EQ(JudgeProbe(other, "", reply, "", references).outcome, ProbeOutcome::kFinding);
}

struct EchoCase {
  ProbeJudge judge;
  const char* body;
  ProbeOutcome outcome;
};

TEST(ProbeVerdictTest, EchoesAreJudged) {
  using enum ProbeJudge;
  using enum ProbeOutcome;
  const EchoCase cases[] = {
      {kSpoofed, "x-portcullis-principal: nonce9\n", kFinding},
      {kSpoofed, "x-portcullis-principal: arn:aws:iam::1:user/ana, nonce9\n", kFinding},
      {kSpoofed, "x-portcullis-principal: arn:aws:iam::1:user/ana\n", kHeld},
      {kSpoofedOther, "x-forwarded-client-cert: URI=nonce9\n", kSuspect},
      {kKeepsIdentity, "x-portcullis-principal: arn:aws:iam::1:user/ana\n", kHeld},
      {kKeepsIdentity, "accept: */*\n", kFinding},
  };
  ProbeReferences references;
  references.identity = "arn:aws:iam::1:user/ana";
  for (const EchoCase& c : cases) {
    const ProbeRow row = {.group = ProbeGroup::kIdentity, .name = "", .judge = c.judge};
    EXPECT_EQ(JudgeProbe(row, "", {{Answer(200, c.body)}}, "nonce9", references).outcome, c.outcome)
        << c.body;
    EXPECT_EQ(JudgeProbe(row, "", {{Answer(400, c.body)}}, "nonce9", references).outcome, kHeld);
  }
}

TEST(ProbeVerdictTest, SilenceIsNoBypass) {
  const ProbeRow row = {.group = ProbeGroup::kFraming, .name = ""};
  const ProbeRow patient = {.group = ProbeGroup::kFraming, .name = "", .may_be_silent = true};
  EXPECT_EQ(JudgeProbe(row, "", {{}, ProbeEnd::kClosed}, "", {}).outcome, ProbeOutcome::kHeld);
  EXPECT_EQ(JudgeProbe(row, "", {{}, ProbeEnd::kTimeout}, "", {}).outcome, ProbeOutcome::kUnclear);
  EXPECT_EQ(JudgeProbe(patient, "", {{}, ProbeEnd::kTimeout}, "", {}).outcome, ProbeOutcome::kHeld);
}

TEST(ProbeVerdictTest, TheAnswerBehindTheUsualOneCounts) {
  const ProbeRow row = {.group = ProbeGroup::kFraming, .name = "", .answers_before = 1};
  const ProbeAnswer usual = Answer(200, kPublic);
  EXPECT_EQ(JudgeProbe(row, "", {{usual}}, "", Known()).outcome, ProbeOutcome::kHeld);
  EXPECT_EQ(JudgeProbe(row, "", {{usual, Answer(401, "")}}, "", Known()).outcome,
            ProbeOutcome::kHeld);
  EXPECT_EQ(JudgeProbe(row, "", {{usual, Answer(200, kProtected)}}, "", Known()).outcome,
            ProbeOutcome::kFinding);
}

// ---- Pages --------------------------------------------------------------------------------------

TEST(ProbePageTest, PagesWithTimesAreKnownByTheirWords) {
  const ProbePage page = Page(
      {Answer(200, "<p>order blue</p> at 10:00:01"), Answer(200, "<p>order blue</p> at 10:00:02")},
      {"order or nothing"});
  EXPECT_FALSE(page.is_stable());
  EXPECT_TRUE(page.Is(Answer(200, "<p>order blue</p> at 10:00:03")));
  EXPECT_FALSE(page.Is(Answer(200, "<p>order red</p> at 10:00:03")));
  EXPECT_FALSE(page.IsExactly(Answer(200, "<p>order blue</p> at 10:00:01")));
}

TEST(ProbePageTest, WordsThatOthersSeeAreNoProof) {
  const ProbePage page =
      Page({Answer(200, "hello there 1"), Answer(200, "hello there 2")}, {"hello, who is there"});
  EXPECT_FALSE(page.Is(Answer(200, "hello there 3")));
}

TEST(ProbePageTest, WordsThatWereSaidAreNoProof) {
  const ProbePage page = Page(
      {Answer(200, "path: /orders/7 a1"), Answer(200, "path: /orders/7 a2")}, {"path: /healthz"});
  const ProbeAnswer echo = Answer(200, "path: /healthz x-original-url: /orders/7");
  EXPECT_FALSE(page.Is(echo, "x-original-url: /orders/7\r\n"));
  EXPECT_TRUE(page.Is(echo, "accept: */*\r\n"));
}

TEST(ProbePageTest, AnEmptyPageIsKnownByItsStatus) {
  const ProbePage page = Page({Answer(204, ""), Answer(204, "")});
  EXPECT_TRUE(page.Is(Answer(204, "")));
  EXPECT_FALSE(page.Is(Answer(200, "")));
  EXPECT_FALSE(page.Is(Answer(200, "other")));
}

TEST(ProbePageTest, HeadersAreBehindTheFirstLine) {
  EXPECT_EQ(HeadersOf("GET /a HTTP/1.1\r\nA: b\r\n"), "\nA: b\r\n");
  EXPECT_EQ(HeadersOf("GET /a"), "");
}

// ---- Identity -----------------------------------------------------------------------------------

TEST(ProbeIdentityTest, TheCallerIsFoundInEchoes) {
  const char* const arn = "arn:aws:sts::111122223333:assumed-role/Web/ana";
  for (const std::string& echo : {
           "accept: */*\nX-Portcullis-Principal: " + std::string(arn) + "\nx: y\n",
           "{\"accept\": \"*/*\", \"x-portcullis-principal\": \"" + std::string(arn) + "\"}",
           "{\n  \"HTTP_X_PORTCULLIS_PRINCIPAL\": [\n    \"" + std::string(arn) + "\"\n  ]\n}",
       }) {
    EXPECT_EQ(IdentityInEcho(echo), arn) << echo;
  }
}

TEST(ProbeIdentityTest, NobodyIsFoundWhereNobodyIs) {
  EXPECT_EQ(IdentityInEcho("accept: */*\n"), "");
  EXPECT_EQ(IdentityInEcho("x-portcullis-principal: \n"), "");
  EXPECT_EQ(IdentityInEcho("x-other: arn:aws:iam::1:user/ana\nx-portcullis-principal:\n"), "");
}

}  // namespace
}  // namespace portcullis::client
