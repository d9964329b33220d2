#include "server/engine/recorder.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/audit/queue.h"
#include "server/base/error_reason.h"
#include "server/metrics/registry.h"
#include "server/state/activity.h"
#include "tests/unit/engine/world.h"

namespace portcullis::engine {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kAccount = "111122223333";
constexpr std::string_view kAna = "arn:aws:iam::111122223333:user/ana";

// Where the lines of a test's queue end up.
struct Lines {
  absl::Mutex mutex;
  std::string text ABSL_GUARDED_BY(mutex);
};

class MemorySink : public audit::Sink {
 public:
  MemorySink(std::shared_ptr<Lines> lines, bool broken)
      : lines_(std::move(lines)), broken_(broken) {}
  absl::Status Write(std::string_view lines) override {
    if (broken_) return absl::DataLossError("the disk is full");
    const absl::MutexLock lock(&lines_->mutex);
    lines_->text.append(lines);
    return absl::OkStatus();
  }
  absl::Status Flush() override { return absl::OkStatus(); }
  metrics::AuditSink label() const override { return metrics::AuditSink::kFile; }

 private:
  std::shared_ptr<Lines> lines_;
  bool broken_;
};

class RecorderTest : public testing::Test {
 protected:
  RecorderTest() {
    world.Account(kAccount);
    world.User(kAccount, "ana", {Allow("s3:GetObject", "*"), Deny("s3:PutObject", "*")});
    world.Role(kAccount, "r", Trust(kAna));
    world.Publish();
  }

  void Start(const audit::QueueOptions& options, bool broken = false) {
    std::vector<std::unique_ptr<audit::Sink>> sinks;
    sinks.push_back(std::make_unique<MemorySink>(lines, broken));
    queue = std::make_unique<audit::Queue>(options, std::move(sinks), &registry);
    recorder = std::make_unique<Recorder>(queue.get(), &registry);
    MakeParts();
  }

  // A recorder that knows nothing but activity.
  void StartActivity() {
    state::ActivityOptions options;
    options.flush_interval = absl::InfiniteDuration();
    options.clock = &world.clock;
    activity = std::make_unique<state::ActivityTracker>(world.database.get(), options);
    recorder = std::make_unique<Recorder>(nullptr, nullptr, activity.get());
    MakeParts();
  }

  void MakeParts() {
    authorizer = std::make_unique<Authorizer>(world.store, world.clock, *recorder, nullptr);
    sessions = std::make_unique<Sessions>(
        world.store, world.clock,
        SessionsParts{world.mfa, *recorder, world.providers, *authorizer, nullptr});
  }

  // "s3:GetObject s3:PutObject" of one principal.
  std::string Used(state::EntityKind kind, std::string_view unique_id) {
    const auto services = activity->ServicesUsedBy(kAccount, kind, unique_id, true);
    EXPECT_TRUE(services.ok()) << services.status();
    std::string text;
    for (const state::ServiceUse& service : *services) {
      for (const state::ActionUse& action : service.actions) {
        text += (text.empty() ? "" : " ") + service.service + ":" + action.action;
      }
    }
    return text;
  }
  std::string UsedByAna() {
    return Used(state::EntityKind::kUser, world.store.Current()->FindUser(kAna)->id);
  }

  absl::Status Ask(const CallerProof& caller, std::string_view action,
                   std::string_view resource = "arn:aws:s3:::bucket/x",
                   absl::Span<const ContextInput> context = {}) {
    const QueryItem item{action, resource, {}};
    Query query;
    query.caller = caller;
    query.context = context;
    query.items = absl::MakeConstSpan(&item, 1);
    query.peer = World::TrustedPeer();
    Answer answer;
    return authorizer->Authorize(query, &answer);
  }

  std::string Written() {
    EXPECT_TRUE(queue->Shutdown(absl::Seconds(10)).ok());
    const absl::MutexLock lock(&lines->mutex);
    return lines->text;
  }

  World world;
  std::shared_ptr<Lines> lines = std::make_shared<Lines>();
  metrics::Registry registry;
  std::unique_ptr<audit::Queue> queue;
  std::unique_ptr<state::ActivityTracker> activity;
  std::unique_ptr<Recorder> recorder;
  std::unique_ptr<Authorizer> authorizer;
  std::unique_ptr<Sessions> sessions;
};

TEST_F(RecorderTest, EveryAnswerOnce) {
  Start({});
  ASSERT_TRUE(Ask(World::Arn(kAna), "s3:GetObject").ok());
  ASSERT_TRUE(Ask(World::Arn(kAna), "s3:PutObject").ok());
  ASSERT_TRUE(Ask(World::Arn(kAna), "s3:ListBucket").ok());
  ASSERT_FALSE(Ask(World::Token("forged"), "s3:GetObject").ok());
  const std::string text = Written();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 4);
  EXPECT_THAT(text, HasSubstr("\"user/ana:p0\""));
  EXPECT_THAT(text, HasSubstr("with an explicit deny in an identity-based policy"));
  EXPECT_THAT(text, HasSubstr("InvalidClientTokenId"));
  const std::string exposition = registry.TextExposition();
  for (const std::string_view reason :
       {"explicit_allow", "explicit_deny", "implicit_deny", "session_invalid"}) {
    EXPECT_THAT(exposition, testing::ContainsRegex("portcullis_authz_decisions_total\\{[^}]*" +
                                                   std::string(reason) + "[^}]*\\} 1"));
  }
}

// What a client was told to name its call by is in every record of it, and nowhere else.
TEST_F(RecorderTest, RequestsByTheirId) {
  Start({});
  Peer peer = World::TrustedPeer();
  peer.request_id = "request-1";
  ASSERT_TRUE(sessions->GetCallerIdentity(World::Arn(kAna), peer).ok());
  const absl::Status problem =
      base::ErrorWithReason(absl::StatusCode::kInvalidArgument, "ValidationError", "hunter2");
  EXPECT_EQ(authorizer->Refuse(World::Arn(kAna), peer, "sts:AssumeRole", problem), problem);
  EXPECT_EQ(authorizer->RefuseUnsigned(peer, "sts:AssumeRoleWithSAML", problem), problem);
  ASSERT_TRUE(Ask(World::Arn(kAna), "s3:GetObject").ok());
  const std::vector<std::string> written = absl::StrSplit(Written(), '\n', absl::SkipEmpty());
  ASSERT_EQ(written.size(), 4u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_THAT(written[i], HasSubstr("\"requestID\":\"request-1\"")) << i;
    EXPECT_THAT(written[i], Not(HasSubstr("hunter2"))) << i;
  }
  EXPECT_THAT(written[1], HasSubstr(kAna));
  EXPECT_THAT(written[1], HasSubstr("\"action\":\"sts:AssumeRole\""));
  EXPECT_THAT(written[1], HasSubstr("\"errorCode\":\"ValidationError\""));
  EXPECT_THAT(written[2], HasSubstr("\"userIdentity\":{\"type\":\"Unknown\"}"));
  EXPECT_THAT(written[3], Not(HasSubstr("requestID")));
}

struct DoorRow {
  DoorEnd::Kind kind;
  absl::Status status;
  std::string_view decision;
  std::string_view label;  // `reason` of the metric.
  std::string_view error_code;
};

TEST_F(RecorderTest, RequestsAtTheDoorThatNobodyAskedAbout) {
  const DoorRow rows[] = {
      {DoorEnd::Kind::kPublicRoute, absl::OkStatus(), "allow", "public_route", ""},
      {DoorEnd::Kind::kNoRoute, absl::PermissionDeniedError("x"), "implicitDeny", "no_route",
       "AccessDenied"},
      {DoorEnd::Kind::kNotAdmitted, absl::PermissionDeniedError("x"), "implicitDeny",
       "implicit_deny", "AccessDenied"},
      {DoorEnd::Kind::kFailed, absl::UnauthenticatedError("x"), "error", "session_invalid",
       "InvalidClientTokenId"},
      {DoorEnd::Kind::kFailed,
       base::ErrorWithReason(absl::StatusCode::kInvalidArgument, "AMBIGUOUS_PATH", "x"), "error",
       "malformed", "AMBIGUOUS_PATH"},
      {DoorEnd::Kind::kFailed, NotLoaded(), "error", "unavailable", "ServiceUnavailable"},
  };
  Start({});
  DoorFacts door;
  door.decision_id = "01JXYZ";
  door.gateway = "orders";
  Peer peer;
  peer.api = Api::kForwardAuth;
  peer.door = &door;
  for (const DoorRow& row : rows) {
    DoorEnd end{row.kind, "some_reason", row.status, "abc"};
    EXPECT_TRUE(recorder->RecordDoor(peer, end, world.clock.Now(), RecorderTimer()).ok());
  }
  const std::vector<std::string> written = absl::StrSplit(Written(), '\n', absl::SkipEmpty());
  ASSERT_EQ(written.size(), std::size(rows));
  const std::string exposition = registry.TextExposition();
  for (size_t i = 0; i < written.size(); ++i) {
    const auto has = [](std::string_view key, std::string_view value) {
      return HasSubstr("\"" + std::string(key) + "\":\"" + std::string(value) + "\"");
    };
    EXPECT_THAT(written[i], has("decision", rows[i].decision));
    EXPECT_THAT(written[i], has("reason", "some_reason"));
    EXPECT_THAT(written[i], has("eventID", "01JXYZ"));
    EXPECT_THAT(written[i], has("gateway", "orders"));
    if (!rows[i].error_code.empty()) {
      EXPECT_THAT(written[i], has("errorCode", rows[i].error_code));
    }
    EXPECT_THAT(exposition, testing::ContainsRegex("api=\"forward_auth\"[^}]*reason=\"" +
                                                   std::string(rows[i].label) + "\"\\} 1"));
  }
}

TEST_F(RecorderTest, LatenciesNameTheirTraces) {
  Start({});
  const QueryItem item{"s3:GetObject", "arn:aws:s3:::bucket/x", {}};
  Query query;
  query.caller = World::Arn(kAna);
  query.items = absl::MakeConstSpan(&item, 1);
  query.peer = World::TrustedPeer();
  Answer answer;
  ASSERT_TRUE(authorizer->Authorize(query, &answer).ok());
  EXPECT_THAT(registry.OpenMetricsExposition(), testing::Not(HasSubstr("trace_id")));
  query.peer.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
  ASSERT_TRUE(authorizer->Authorize(query, &answer).ok());
  EXPECT_THAT(registry.OpenMetricsExposition(),
              testing::ContainsRegex("authz_evaluation_seconds_bucket[^\n]* # "
                                     "\\{trace_id=\"4bf92f3577b34da6a3ce929d0e0e4736\"\\} "));
  EXPECT_THAT(Written(), HasSubstr("\"traceId\":\"4bf92f3577b34da6a3ce929d0e0e4736\""));
}

// A public route is an answer like any other: none without a record. Denials stand.
TEST_F(RecorderTest, NobodyIsAdmittedWithoutARecord) {
  audit::QueueOptions options;
  options.capacity = 2;
  options.on_full = audit::OnFull::kFailClosed;
  options.on_full_important = audit::OnFull::kFailClosed;
  options.block_max = absl::Milliseconds(1);
  options.retry_interval = absl::Milliseconds(10);
  Start(options, /*broken=*/true);
  DoorEnd open;
  open.kind = DoorEnd::Kind::kPublicRoute;
  DoorEnd closed;
  closed.kind = DoorEnd::Kind::kNoRoute;
  closed.status = absl::PermissionDeniedError("x");
  absl::Status last;
  for (int i = 0; i < 20; ++i) {
    last = recorder->RecordDoor(Peer(), open, world.clock.Now(), RecorderTimer());
    EXPECT_TRUE(recorder->RecordDoor(Peer(), closed, world.clock.Now(), RecorderTimer()).ok());
  }
  EXPECT_EQ(base::ReasonOf(last), "AUDIT_UNAVAILABLE");
}

TEST_F(RecorderTest, PoliciesThatComeFromNoFile) {
  world.definitions().users[0].managed_policy_arns.push_back(
      {"arn:aws:iam::aws:policy/AdministratorAccess", {}});
  world.Publish();
  Start({});
  ASSERT_TRUE(Ask(World::Arn(kAna), "s3:ListBucket").ok());
  EXPECT_THAT(Written(), HasSubstr("arn:aws:iam::aws:policy/AdministratorAccess"));
}

TEST_F(RecorderTest, SessionsWithoutTheirSecrets) {
  Start({});
  session::AssumeRoleParameters parameters =
      World::Parameters("arn:aws:iam::111122223333:role/r", "s1");
  parameters.external_id = "customer-4711";
  const auto assumed = sessions->AssumeRole(World::Arn(kAna), parameters, {}, World::TrustedPeer());
  ASSERT_TRUE(assumed.ok()) << assumed.status();
  parameters.external_id = "customer 4711";  // A blank is not allowed there.
  const auto refused = sessions->AssumeRole(World::Arn(kAna), parameters, {}, World::TrustedPeer());
  EXPECT_EQ(base::ReasonOf(refused.status()), "ValidationError");
  const std::string text = Written();
  EXPECT_THAT(text, HasSubstr("AssumeRole"));
  EXPECT_THAT(text, HasSubstr("ValidationError"));
  EXPECT_THAT(text, Not(HasSubstr("customer 4711")));
  EXPECT_THAT(text, HasSubstr(assumed->assumed_role_arn));
  EXPECT_THAT(text, HasSubstr(assumed->credentials.access_key_id));
  EXPECT_THAT(text, Not(HasSubstr(assumed->credentials.secret_access_key)));
  EXPECT_THAT(text, Not(HasSubstr(assumed->credentials.session_token)));
  EXPECT_THAT(text, Not(HasSubstr("customer-4711")));
}

TEST_F(RecorderTest, NoAnswerWithoutARecordWhereOneIsRequired) {
  audit::QueueOptions options;
  options.capacity = 2;
  options.on_full = audit::OnFull::kFailClosed;
  options.on_full_important = audit::OnFull::kFailClosed;
  options.block_max = absl::Milliseconds(1);
  options.write_interval = absl::Milliseconds(1);
  Start(options, /*broken=*/true);
  absl::Status status;
  for (int i = 0; i < 100 && status.ok(); ++i) status = Ask(World::Arn(kAna), "s3:GetObject");
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(base::ReasonOf(status), "AUDIT_UNAVAILABLE");
  EXPECT_EQ(queue->Shutdown(absl::Milliseconds(10)).code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(RecorderTest, AttemptsCountWhetherAllowedOrNot) {
  StartActivity();
  ASSERT_TRUE(Ask(World::Arn(kAna), "s3:GetObject").ok());    // Allowed.
  ASSERT_TRUE(Ask(World::Arn(kAna), "s3:PutObject").ok());    // Explicitly denied.
  ASSERT_TRUE(Ask(World::Arn(kAna), "SQS:ListQueues").ok());  // Implicitly, and oddly spelled.
  ASSERT_TRUE(Ask(World::Arn(kAna), "iam:PassRole").ok());    // Not tracked.
  ASSERT_TRUE(Ask(World::Arn(kAna), "IAM:passrole").ok());
  EXPECT_EQ(UsedByAna(), "s3:GetObject s3:PutObject sqs:ListQueues");
}

TEST_F(RecorderTest, NothingCountsWithoutAnAccountsPrincipal) {  // authenticated attempts
  StartActivity();
  EXPECT_FALSE(Ask(World::Token("forged"), "s3:GetObject").ok());
  EXPECT_FALSE(Ask(World::Arn("arn:aws:iam::111122223333:user/nobody"), "s3:GetObject").ok());
  EXPECT_TRUE(Ask(World::Arn("lambda.amazonaws.com"), "s3:GetObject").ok());
  const auto entities = activity->EntitiesUsing(kAccount, "s3");
  ASSERT_TRUE(entities.ok()) << entities.status();
  EXPECT_TRUE(entities->empty());
  EXPECT_EQ(activity->statistics().entries, 0u);
}

TEST_F(RecorderTest, SessionsCountForTheirRole) {
  StartActivity();
  const auto assumed = sessions->AssumeRole(
      World::Arn(kAna), World::Parameters("arn:aws:iam::111122223333:role/r", "s1"), {},
      World::TrustedPeer());
  ASSERT_TRUE(assumed.ok()) << assumed.status();
  ASSERT_TRUE(Ask(World::Token(assumed->credentials.session_token), "s3:GetObject").ok());
  ASSERT_TRUE(sessions->Validate(assumed->credentials.session_token, World::TrustedPeer()).ok());
  const store::Role& role = *world.store.Current()->FindRole("arn:aws:iam::111122223333:role/r");
  EXPECT_EQ(UsedByAna(), "sts:AssumeRole");
  EXPECT_EQ(Used(state::EntityKind::kRole, role.id), "s3:GetObject");
  const auto entities = activity->EntitiesUsing(kAccount, "s3");
  ASSERT_TRUE(entities.ok()) << entities.status();
  ASSERT_EQ(entities->size(), 1u);
  EXPECT_EQ(entities->at(0).arn, role.arn);
}

TEST_F(RecorderTest, RootAndFederatedUsers) {
  StartActivity();
  ASSERT_TRUE(Ask(World::Arn("arn:aws:iam::111122223333:root"), "s3:GetObject").ok());
  EXPECT_EQ(Used(state::EntityKind::kRoot, kAccount), "s3:GetObject");
  constexpr std::string_view kFederated = "arn:aws:sts::111122223333:federated-user/Bob";
  ASSERT_TRUE(Ask(World::Arn(kFederated), "s3:GetObject").ok());
  EXPECT_EQ(Used(state::EntityKind::kFederatedUser, kFederated), "s3:GetObject");
}

TEST_F(RecorderTest, DeniedRequestsUseTheirKeyToo) {
  constexpr std::string_view kKey = "AKIAIOSFODNN7EXAMPLE";
  constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
  store::AccessKeyDefinition key;
  key.id = {std::string(kKey), {}};
  key.secret = kSecret;
  world.definitions().users[0].access_keys.push_back(key);
  world.Publish();
  StartActivity();
  using Kind = CallerProof::Kind;
  EXPECT_FALSE(Ask({Kind::kAccessKey, kKey, "wrong"}, "s3:GetObject").ok());
  EXPECT_EQ(*activity->LastKeyUse(kKey), std::nullopt);  // Not proved: somebody else's attempt.
  ASSERT_TRUE(Ask({Kind::kAccessKey, kKey, kSecret}, "ec2:RunInstances",
                  "arn:aws:ec2:eu-west-1:111122223333:instance/*")
                  .ok());
  const auto use = activity->LastKeyUse(kKey);
  ASSERT_TRUE(use.ok() && use->has_value());
  EXPECT_EQ((*use)->service, "ec2");
  EXPECT_EQ((*use)->region, "eu-west-1");
  EXPECT_EQ((*use)->last, world.clock.Now());
}

TEST_F(RecorderTest, TheRegionIsTheRequestsOrElseTheResources) {
  StartActivity();
  const std::string_view values[] = {"us-east-1"};
  const ContextInput input{"AWS:requestedregion", values, false};
  constexpr std::string_view kQueue = "arn:aws:sqs:eu-west-1:111122223333:q";
  ASSERT_TRUE(Ask(World::Arn(kAna), "sqs:SendMessage", kQueue).ok());
  ASSERT_TRUE(Ask(World::Arn(kAna), "sns:Publish", kQueue, absl::MakeConstSpan(&input, 1)).ok());
  ASSERT_TRUE(Ask(World::Arn(kAna), "s3:GetObject").ok());
  const auto services = activity->ServicesUsedBy(kAccount, state::EntityKind::kUser,
                                                 world.store.Current()->FindUser(kAna)->id, false);
  ASSERT_TRUE(services.ok()) << services.status();
  ASSERT_EQ(services->size(), 3u);
  EXPECT_EQ(services->at(0).region, "");           // s3
  EXPECT_EQ(services->at(1).region, "us-east-1");  // sns
  EXPECT_EQ(services->at(2).region, "eu-west-1");  // sqs
}

}  // namespace
}  // namespace portcullis::engine
