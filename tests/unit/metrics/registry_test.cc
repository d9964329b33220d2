#include "server/metrics/registry.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

#include "tests/unit/metrics/exposition_text.h"

namespace portcullis::metrics {
namespace {

constexpr char kAllows[] =
    "portcullis_authz_decisions_total{api=\"grpc\",decision=\"allow\",reason=\"explicit_allow\"}";

double Sample(const Registry& registry, const std::string& series) {
  return ParseExposition(registry.TextExposition()).Value(series);
}

TEST(Registry, CountsUnderTheRightNames) {
  Registry registry;
  registry.CountDecision(Api::kGrpc, DecisionReason::kExplicitAllow);
  registry.CountDecision(Api::kGrpc, DecisionReason::kExplicitAllow);
  registry.CountDecision(Api::kQuery, DecisionReason::kOverload);
  registry.CountStsRequest(StsAction::kAssumeRole, StsCode::kAccessDenied);
  registry.CountQueryRequest(QueryAction::kIamRead, QueryCode::kValidationError, 2'000'000);
  registry.CountAuditRecords(AuditSink::kStdout, AuditResult::kDropped, 7);
  registry.CountAuditOversized(3);
  EXPECT_EQ(Sample(registry, kAllows), 2);
  EXPECT_EQ(Sample(registry,
                   "portcullis_authz_decisions_total{api=\"query\",decision=\"error\","
                   "reason=\"overload\"}"),
            1);
  EXPECT_EQ(Sample(registry,
                   "portcullis_authz_decisions_total{api=\"grpc\",decision=\"deny\","
                   "reason=\"implicit_deny\"}"),
            0);
  EXPECT_EQ(Sample(registry,
                   "portcullis_sts_requests_total{action=\"AssumeRole\","
                   "code=\"AccessDenied\"}"),
            1);
  EXPECT_EQ(Sample(registry,
                   "portcullis_query_requests_total{action=\"iam:read\","
                   "code=\"ValidationError\"}"),
            1);
  EXPECT_EQ(Sample(registry, "portcullis_query_seconds_bucket{le=\"0.001\"}"), 0);
  EXPECT_EQ(Sample(registry, "portcullis_query_seconds_bucket{le=\"0.0025\"}"), 1);
  EXPECT_EQ(Sample(registry, "portcullis_audit_records_total{sink=\"stdout\",result=\"dropped\"}"),
            7);
  EXPECT_EQ(Sample(registry, "portcullis_audit_oversized_records_total"), 3);
}

TEST(Registry, BucketBoundsAreInclusive) {
  RegistryOptions options;
  options.evaluation_bucket_nanoseconds = {1000, 2000};
  Registry registry(options);
  for (const int64_t nanoseconds : {-5, 0, 1000, 1001, 2000, 2001}) {
    registry.ObserveEvaluation(nanoseconds);
  }
  const std::string name = "portcullis_authz_evaluation_seconds";
  const ExpositionText text = ParseExposition(registry.TextExposition());
  EXPECT_EQ(text.Value(name + "_bucket{le=\"1e-06\"}"), 3);
  EXPECT_EQ(text.Value(name + "_bucket{le=\"2e-06\"}"), 5);
  EXPECT_EQ(text.Value(name + "_bucket{le=\"+Inf\"}"), 6);
  EXPECT_EQ(text.Value(name + "_count"), 6);
  EXPECT_NEAR(text.Value(name + "_sum"), 6002e-9, 1e-12);
}

TEST(Registry, RpcsInFlightMayFinishOnAnotherThread) {
  Registry registry;
  const std::string in_flight =
      "portcullis_rpc_in_flight{service=\"portcullis.v1.AuthorizationService\","
      "method=\"Authorize\"}";
  const std::string count =
      "portcullis_rpc_seconds_count{service=\""
      "portcullis.v1.AuthorizationService\",method=\"Authorize\",code=\"";
  registry.RpcStarted(RpcMethod::kAuthorize);
  registry.RpcStarted(RpcMethod::kAuthorize);
  EXPECT_EQ(Sample(registry, in_flight), 2);
  std::thread([&registry] {
    registry.RpcFinished(RpcMethod::kAuthorize, absl::StatusCode::kOk, 1000);
    registry.RpcFinished(RpcMethod::kAuthorize, static_cast<absl::StatusCode>(99), 1000);
  }).join();
  EXPECT_EQ(Sample(registry, in_flight), 0);
  EXPECT_EQ(Sample(registry, count + "OK\"}"), 1);
  EXPECT_EQ(Sample(registry, count + "UNKNOWN\"}"), 1);
}

TEST(Registry, ReloadsKeepResultAndTimeOfSuccess) {
  Registry registry;
  const std::string successful = "portcullis_policy_last_reload_successful";
  const std::string timestamp = "portcullis_policy_last_reload_success_timestamp_seconds";
  const absl::Time first = absl::FromUnixSeconds(1000);
  registry.RecordReload(ReloadSource::kYamlDirectory, ReloadResult::kSuccess, first);
  EXPECT_EQ(Sample(registry, successful), 1);
  EXPECT_EQ(Sample(registry, timestamp), 1000);
  registry.RecordReload(ReloadSource::kYamlDirectory, ReloadResult::kFailure,
                        first + absl::Seconds(10));
  EXPECT_EQ(Sample(registry, successful), 0);
  EXPECT_EQ(Sample(registry, timestamp), 1000);
  registry.RecordReload(ReloadSource::kYamlDirectory, ReloadResult::kUnchanged,
                        first + absl::Seconds(20));
  EXPECT_EQ(Sample(registry, successful), 0) << "unchanged does not mean mended";
  EXPECT_EQ(Sample(registry,
                   "portcullis_policy_reloads_total{source=\"yaml_directory\","
                   "result=\"unchanged\"}"),
            1);
}

TEST(Registry, AsksAboutConnectionsWhenSomebodyLooks) {
  Registry registry;
  EXPECT_EQ(Sample(registry, "portcullis_query_connections"), 0);
  uint64_t open = 3;
  registry.SetConnectionSource(HttpUse::kQuery, [&open] {
    return ConnectionCounts{open, 10, 2, 1};
  });
  registry.SetConnectionSource(HttpUse::kGateway, [] { return ConnectionCounts{7, 8, 9, 6}; });
  EXPECT_EQ(Sample(registry, "portcullis_query_connections"), 3);
  open = 4;
  EXPECT_EQ(Sample(registry, "portcullis_query_connections"), 4);
  EXPECT_EQ(Sample(registry, "portcullis_query_connections_accepted_total"), 10);
  EXPECT_EQ(Sample(registry, "portcullis_query_connections_turned_away_total"), 2);
  EXPECT_EQ(Sample(registry, "portcullis_query_malformed_requests_total"), 1);
  EXPECT_EQ(Sample(registry, "portcullis_gateway_connections"), 7);
  EXPECT_EQ(Sample(registry, "portcullis_gateway_connections_accepted_total"), 8);
  EXPECT_EQ(Sample(registry, "portcullis_gateway_connections_turned_away_total"), 9);
  EXPECT_EQ(Sample(registry, "portcullis_gateway_malformed_requests_total"), 6);
  registry.SetConnectionSource(HttpUse::kQuery, nullptr);
  EXPECT_EQ(Sample(registry, "portcullis_query_connections"), 0);
}

TEST(Registry, PolicyInfoIsOneSeries) {
  Registry registry;
  registry.SetPolicyRevision("aaa");
  registry.SetPolicyRevision("bbb");
  registry.SetPolicyObjects(PolicyObject::kRoles, 12);
  const ExpositionText text = ParseExposition(registry.TextExposition());
  EXPECT_EQ(text.Value("portcullis_policy_info{revision=\"bbb\"}"), 1);
  EXPECT_FALSE(text.samples.contains("portcullis_policy_info{revision=\"aaa\"}"));
  EXPECT_EQ(text.Value("portcullis_policy_objects{kind=\"roles\"}"), 12);
}

TEST(Registry, KeepsWhatEndedThreadsCounted) {
  Registry registry;
  for (int i = 0; i < 20; ++i) {
    std::thread([&registry] {
      registry.CountDecision(Api::kGrpc, DecisionReason::kExplicitAllow);
    }).join();
  }
  EXPECT_EQ(Sample(registry, kAllows), 20);
}

TEST(Registry, SeveralInOneThreadAreIndependent) {
  auto first = std::make_unique<Registry>();
  Registry second;
  for (int i = 0; i < 3; ++i) {
    first->CountDecision(Api::kGrpc, DecisionReason::kExplicitAllow);
    second.CountDecision(Api::kGrpc, DecisionReason::kExplicitAllow);
    second.CountDecision(Api::kGrpc, DecisionReason::kExplicitAllow);
  }
  EXPECT_EQ(Sample(*first, kAllows), 3);
  EXPECT_EQ(Sample(second, kAllows), 6);
  first = std::make_unique<Registry>();
  first->CountDecision(Api::kGrpc, DecisionReason::kExplicitAllow);
  EXPECT_EQ(Sample(*first, kAllows), 1);
}

TEST(Registry, AThreadMayOutliveIt) {
  auto registry = std::make_unique<Registry>();
  std::atomic<int> stage{0};
  std::thread thread([&] {
    registry->CountDecision(Api::kGrpc, DecisionReason::kExplicitAllow);
    stage = 1;
    while (stage != 2) std::this_thread::yield();
  });
  while (stage != 1) std::this_thread::yield();
  registry.reset();
  stage = 2;
  thread.join();
  EXPECT_EQ(registry, nullptr);
}

// Counting threads, short-lived threads and scrapes at once; meant for the thread sanitizer.
TEST(Registry, NothingIsLostUnderConcurrency) {
  Registry registry;
  constexpr int kPerThread = 20000;
  std::atomic<bool> done{false};
  std::thread scraper([&] {
    double last = 0;
    while (!done) {
      const double now = Sample(registry, kAllows);
      EXPECT_GE(now, last);
      last = now;
      registry.SetPolicyRevision(std::to_string(now));
    }
  });
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&registry] {
      for (int i = 0; i < kPerThread; ++i) {
        registry.CountDecision(Api::kGrpc, DecisionReason::kExplicitAllow);
        registry.ObserveEvaluation(i);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  done = true;
  scraper.join();
  EXPECT_EQ(Sample(registry, kAllows), 4 * kPerThread);
  EXPECT_EQ(Sample(registry, "portcullis_authz_evaluation_seconds_count"), 4 * kPerThread);
}

}  // namespace
}  // namespace portcullis::metrics
