#include "server/audit/record.h"

#include <set>
#include <string>
#include <utility>

#include "gtest/gtest.h"

#include "server/base/text.h"

namespace portcullis::audit {
namespace {

TEST(Record, KeepsWhatItIsTold) {
  Record record;
  record.Set(Text::kPrincipalArn, "arn:aws:iam::111122223333:user/Alice");
  record.Set(Text::kAction, "s3:GetObject");
  record.Set(Text::kAction, "s3:PutObject");
  record.Set(Text::kUserAgent, "cli");
  record.Set(Text::kUserAgent, "");
  record.AddStatement({"Policy", "Sid", "a.yaml:3", policy::PolicyKind::kIdentity, true});
  record.AddParameter("roleSessionName", "build");
  record.AddResponse("accessKeyId", "ASIAAAAAAAAAAAAAAAAA");
  EXPECT_EQ(record.Get(Text::kPrincipalArn), "arn:aws:iam::111122223333:user/Alice");
  EXPECT_EQ(record.Get(Text::kAction), "s3:PutObject");
  EXPECT_EQ(record.Get(Text::kUserAgent), "");
  ASSERT_EQ(record.statement_count(), 1u);
  EXPECT_EQ(record.statement(0).policy, "Policy");
  EXPECT_EQ(record.statement(0).sid, "Sid");
  EXPECT_EQ(record.statement(0).source, "a.yaml:3");
  EXPECT_EQ(record.statement(0).kind, policy::PolicyKind::kIdentity);
  EXPECT_TRUE(record.statement(0).allows);
  ASSERT_EQ(record.parameter_count(), 2u);
  EXPECT_EQ(record.parameter(0).value, "build");
  EXPECT_FALSE(record.parameter(0).response);
  EXPECT_TRUE(record.parameter(1).response);
  EXPECT_FALSE(record.cut());
}

TEST(Record, ClearForgetsEverything) {
  Record record;
  record.event = Event::kAssumeRole;
  record.outcome = Outcome::kAllow;
  record.mfa_authenticated = true;
  record.session_issued_at_seconds = 1;
  record.evaluation_nanoseconds = 5;
  record.Set(Text::kAction, std::string(kTextBytesMax + 1, 'x'));
  record.AddStatement({"p", "", "", policy::PolicyKind::kIdentity, true});
  record.AddParameter("a", "b");
  record.Clear();
  EXPECT_EQ(record.event, Event::kAuthorize);
  EXPECT_EQ(record.outcome, Outcome::kNone);
  EXPECT_EQ(record.mfa_authenticated, std::nullopt);
  EXPECT_EQ(record.session_issued_at_seconds, std::nullopt);
  EXPECT_EQ(record.evaluation_nanoseconds, 0);
  for (size_t i = 0; i < kTextCount; ++i) EXPECT_EQ(record.Get(static_cast<Text>(i)), "");
  EXPECT_EQ(record.statement_count(), 0u);
  EXPECT_EQ(record.parameter_count(), 0u);
  EXPECT_FALSE(record.cut());
}

TEST(Record, SwapsWhole) {
  Record a;
  Record b;
  a.Set(Text::kAction, "a:Long" + std::string(100, 'x'));
  b.Set(Text::kResource, "r");
  b.AddParameter("n", "v");
  std::swap(a, b);
  EXPECT_EQ(a.Get(Text::kResource), "r");
  EXPECT_EQ(a.parameter(0).value, "v");
  EXPECT_EQ(b.Get(Text::kAction), "a:Long" + std::string(100, 'x'));
  EXPECT_EQ(b.parameter_count(), 0u);
}

TEST(Record, CutsLongTextsBetweenCharacters) {
  Record record;
  record.Set(Text::kAction, std::string(kTextBytesMax, 'x'));
  EXPECT_EQ(record.Get(Text::kAction).size(), kTextBytesMax);
  EXPECT_FALSE(record.cut());
  std::string text = std::string(kTextBytesMax - 1, 'x') + "\u20AC";
  record.Set(Text::kAction, text);
  EXPECT_EQ(record.Get(Text::kAction), std::string(kTextBytesMax - 1, 'x'));
  EXPECT_TRUE(record.cut());
  record.Set(Text::kResource, std::string(3000, '\x80'));  // Not UTF-8: cut somewhere near.
  EXPECT_GE(record.Get(Text::kResource).size(), kTextBytesMax - 4);
}

TEST(Record, ListsAreBounded) {
  Record record;
  for (size_t i = 0; i < kStatementsMax; ++i) record.AddStatement({"p", "", "", {}, false});
  for (size_t i = 0; i < kParametersMax; ++i) record.AddParameter("n", "v");
  EXPECT_FALSE(record.cut());
  record.AddStatement({"p", "", "", {}, false});
  EXPECT_TRUE(record.cut());
  EXPECT_EQ(record.statement_count(), kStatementsMax);
  record.AddParameter("n", "v");
  EXPECT_EQ(record.parameter_count(), kParametersMax);
}

TEST(Record, MasksWhatIsSecret) {
  const struct {
    const char* name;
    bool masked;
  } cases[] = {
      {"externalId", true},      {"ExternalId", true},       {"external_id", true},
      {"sts:ExternalId", false}, {"tokenCode", true},        {"secretAccessKey", true},
      {"sessionToken", true},    {"session_token", true},    {"webIdentityToken", true},
      {"authorization", true},   {"cookie", true},           {"signature", true},
      {"password", true},        {"roleSessionName", false}, {"accessKeyId", false},
      {"sourceIdentity", false}, {"serialNumber", false},
  };
  for (const auto& c : cases) {
    Record record;
    record.AddParameter(c.name, "value");
    record.AddResponse(c.name, "value");
    EXPECT_EQ(record.parameter(0).value, c.masked ? "***" : "value") << c.name;
    EXPECT_EQ(record.parameter(1).value, c.masked ? "***" : "value") << c.name;
  }
}

TEST(Record, OnlyAllowedDecisionsAreUnimportant) {
  Record record;
  for (const Outcome outcome : {Outcome::kNone, Outcome::kError, Outcome::kImplicitDeny,
                                Outcome::kExplicitDeny, Outcome::kAllow}) {
    record.outcome = outcome;
    record.event = Event::kAuthorize;
    EXPECT_EQ(record.important(), outcome != Outcome::kAllow);
    record.event = Event::kAssumeRole;
    EXPECT_TRUE(record.important());
  }
}

TEST(Events, RowsAreInTheOrderOfTheirEnumerators) {
  EXPECT_EQ(TraitsOf(Event::kAuthorize).name, "Authorize");
  EXPECT_EQ(TraitsOf(Event::kAssumeRole).name, "AssumeRole");
  EXPECT_FALSE(TraitsOf(Event::kAssumeRole).read_only);
  EXPECT_EQ(TraitsOf(Event::kGetCallerIdentity).name, "GetCallerIdentity");
  EXPECT_EQ(TraitsOf(Event::kSimulatePrincipalPolicy).name, "SimulatePrincipalPolicy");
  EXPECT_EQ(TraitsOf(Event::kServerStopped).name, "ServerStopped");
  std::set<std::string_view> names;
  for (size_t i = 0; i < kEventCount; ++i) names.insert(TraitsOf(static_cast<Event>(i)).name);
  EXPECT_EQ(names.size(), kEventCount);
}

}  // namespace
}  // namespace portcullis::audit
