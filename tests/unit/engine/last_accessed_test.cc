#include "server/engine/last_accessed.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "tests/unit/engine/world.h"

namespace portcullis::engine {
namespace {

using ::testing::ElementsAre;

constexpr std::string_view kAccount = "111122223333";
constexpr std::string_view kOther = "444455556666";
constexpr std::string_view kAna = "arn:aws:iam::111122223333:user/ana";
constexpr std::string_view kBob = "arn:aws:iam::111122223333:user/bob";
constexpr std::string_view kRole = "arn:aws:iam::111122223333:role/r";
constexpr std::string_view kGroup = "arn:aws:iam::111122223333:group/g";
constexpr std::string_view kPolicy = "arn:aws:iam::111122223333:policy/Queues";
constexpr std::string_view kPlatformPolicy = "arn:aws:iam::aws:policy/AdministratorAccess";

class LastAccessedTest : public testing::Test {
 protected:
  LastAccessedTest() {
    state::ActivityOptions options;
    options.flush_interval = absl::InfiniteDuration();
    options.clock = &world.clock;
    activity = std::make_unique<state::ActivityTracker>(world.database.get(), options);
    world.Account(kAccount);
    world.Account(kOther);
    world.ManagedPolicy(kAccount, "Queues", Allow("sqs:*", "*"));
    world.Group(kAccount, "g", {Allow("s3:Get*", "*")})
        .managed_policy_arns.push_back({std::string(kPolicy), {}});
    world.User(kAccount, "ana", {Allow("ec2:*", "*")}).groups.push_back({"g", {}});
    world.User(kAccount, "bob").groups.push_back({"g", {}});
    world.User(kAccount, "carl").managed_policy_arns.push_back({std::string(kPlatformPolicy), {}});
    world.Role(kAccount, "r", Trust(kAccount))
        .managed_policy_arns.push_back({std::string(kPolicy), {}});
    world.User(kOther, "eve", {Allow("*", "*")});
    world.Publish();
    snapshot = world.store.Current();
    account = snapshot->FindAccount(kAccount);
  }

  // Seconds before now.
  void UserUsed(std::string_view arn, std::string_view service, std::string_view action, int ago,
                std::string_view region = "eu-west-1") {
    Used(state::EntityKind::kUser, snapshot->FindUser(arn)->id, arn, service, action, ago, region);
  }
  void Used(state::EntityKind kind, std::string_view id, std::string_view arn,
            std::string_view service, std::string_view action, int ago, std::string_view region) {
    state::Use use;
    use.account = kAccount;
    use.kind = kind;
    use.unique_id = id;
    use.arn = arn;
    use.service = service;
    use.action = action;
    use.region = region;
    use.time = world.clock.Now() - absl::Seconds(ago);
    activity->Record(use);
  }

  LastAccessedReport Report(std::string_view arn,
                            Granularity granularity = Granularity::kServiceLevel) {
    const auto subject = FindReportSubject(arn, *account, *snapshot);
    EXPECT_TRUE(subject.ok()) << subject.status();
    if (!subject.ok()) return {};
    auto report = MakeLastAccessedReport(*subject, *account, *snapshot, granularity, *activity);
    EXPECT_TRUE(report.ok()) << report.status();
    return report.ok() ? *std::move(report) : LastAccessedReport();
  }

  static std::vector<std::string> Members(const LastAccessedReport& report) {
    std::vector<std::string> names;
    for (const ReportMember& member : report.members) names.push_back(member.name);
    return names;
  }
  static std::vector<std::string> Services(const LastAccessedReport& report) {
    std::vector<std::string> names;
    for (const ServiceAccess& service : report.services) names.push_back(service.service);
    return names;
  }

  World world;
  std::shared_ptr<const store::Snapshot> snapshot;
  const store::Account* account = nullptr;
  std::unique_ptr<state::ActivityTracker> activity;
};

TEST_F(LastAccessedTest, ListsWhatTheEntitysPoliciesCouldAllow) {  // R-8.26, R-8.27
  struct Case {
    std::string_view arn;
    std::vector<std::string> members;
    std::vector<std::string> services;
  };
  for (const Case& test : {
           Case{kAna, {"ana"}, {"ec2", "s3", "sqs"}},  // With those of the group.
           Case{kBob, {"bob"}, {"s3", "sqs"}},
           Case{kRole, {"r"}, {"sqs"}},
           Case{kGroup, {"ana", "bob"}, {"s3", "sqs"}},
           Case{kPolicy, {"r", "ana", "bob"}, {"sqs"}},  // By ARN: role/r, user/ana, ...
           Case{kPlatformPolicy, {"carl"}, {"ec2", "iam", "portcullis", "s3", "sqs", "sts"}},
       }) {
    const LastAccessedReport report = Report(test.arn);
    EXPECT_EQ(Members(report), test.members) << test.arn;
    EXPECT_EQ(Services(report), test.services) << test.arn;
  }
}

TEST_F(LastAccessedTest, OnlyTheAccountsOwn) {
  for (const std::string_view arn :
       {"arn:aws:iam::444455556666:user/eve", "arn:aws:iam::111122223333:user/nobody",
        "arn:aws:iam::111122223333:root", "arn:aws:s3:::bucket"}) {
    EXPECT_EQ(base::ReasonOf(FindReportSubject(arn, *account, *snapshot).status()), "NoSuchEntity")
        << arn;
  }
}

TEST_F(LastAccessedTest, TellsWhoWasLastAndWhere) {
  UserUsed(kAna, "s3", "GetObject", 50);
  UserUsed(kBob, "s3", "GetObject", 20, "us-east-1");
  UserUsed(kBob, "ec2", "RunInstances", 10);  // An attempt at what the group does not allow.
  const LastAccessedReport report = Report(kGroup);
  EXPECT_EQ(Services(report), (std::vector<std::string>{"s3", "sqs"}));
  const ServiceAccess* s3 = report.Find("s3");
  ASSERT_NE(s3, nullptr);
  const MemberAccess bob{1, world.clock.Now() - absl::Seconds(20), "us-east-1"};
  const MemberAccess ana{0, world.clock.Now() - absl::Seconds(50), "eu-west-1"};
  EXPECT_THAT(s3->members, ElementsAre(bob, ana));
  EXPECT_TRUE(s3->actions.empty());
  EXPECT_TRUE(report.Find("sqs")->members.empty());
  EXPECT_EQ(report.Find("ec2"), nullptr);
}

TEST_F(LastAccessedTest, WildcardsReachWhatWasReallyUsed) {
  UserUsed("arn:aws:iam::111122223333:user/carl", "own", "Do", 1);
  const LastAccessedReport report = Report("arn:aws:iam::111122223333:user/carl");
  ASSERT_NE(report.Find("own"), nullptr);
  EXPECT_EQ(report.Find("own")->members.size(), 1u);
}

TEST_F(LastAccessedTest, ActionsInOneSpelling) {  // R-8.26: ACTION_LEVEL; R-2.29: case-insensitive
  UserUsed(kAna, "s3", "getobject", 50);
  UserUsed(kBob, "s3", "GetObject", 20);
  UserUsed(kBob, "s3", "GetBucketAcl", 30);
  const LastAccessedReport report = Report(kGroup, Granularity::kActionLevel);
  const ServiceAccess* s3 = report.Find("s3");
  ASSERT_NE(s3, nullptr);
  ASSERT_EQ(s3->actions.size(), 2u);
  EXPECT_EQ(s3->actions[0].action, "GetBucketAcl");
  EXPECT_EQ(s3->actions[1].action, "GetObject");
  EXPECT_EQ(s3->actions[1].access.member, 1u);
  EXPECT_EQ(s3->actions[1].access.last, world.clock.Now() - absl::Seconds(20));
}

TEST_F(LastAccessedTest, RolesAreKnownByTheirId) {
  Used(state::EntityKind::kRole, snapshot->FindRole(kRole)->id, kRole, "sqs", "SendMessage", 5, "");
  Used(state::EntityKind::kRole, "AROAOLDNAMESAKE", kRole, "sqs", "SendMessage", 1, "");
  const LastAccessedReport report = Report(kRole);
  ASSERT_EQ(report.Find("sqs")->members.size(), 1u);
  EXPECT_EQ(report.Find("sqs")->members[0].last, world.clock.Now() - absl::Seconds(5));
  EXPECT_EQ(report.members[0].type, "ROLE");
}

TEST_F(LastAccessedTest, ReportsSurviveBeingKept) {
  UserUsed(kAna, "s3", "GetObject", 50);
  UserUsed(kBob, "sqs", "Say\"", 20);
  const LastAccessedReport report = Report(kGroup, Granularity::kActionLevel);
  const auto read = ParseReport(SerializeReport(report));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, report);
  const auto empty = ParseReport(SerializeReport({}));
  ASSERT_TRUE(empty.ok()) << empty.status();
  EXPECT_EQ(*empty, LastAccessedReport());
}

TEST(ParseReport, RefusesWhatItDidNotWrite) {
  for (const std::string_view text : {
           "",
           "{}",
           "[]",
           R"({"members":[]})",
           R"({"members":[["a"]],"services":[]})",
           R"({"members":[],"services":[["s3",[[0,1,""]],[]]]})",  // No such member.
           R"({"members":[],"services":[["s3",[],[],1]]})",        // One too many.
           R"({"members":[],"services":[["s3",[],{}]]})",          // Of the wrong kind.
           R"({"members":[],"services":[["s3",[],[]]],"more":1})",
           R"({"members":[["a","b","c","d","e"]],"services":[["s3",[[0,-1,""]],[]]]})",
       }) {
    EXPECT_EQ(ParseReport(text).status().code(), absl::StatusCode::kInternal) << text;
  }
}

}  // namespace
}  // namespace portcullis::engine
