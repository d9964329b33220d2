#include <set>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/metrics/names.h"
#include "server/metrics/registry.h"
#include "tests/unit/metrics/exposition_text.h"

namespace portcullis::metrics {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(Exposition, IsWellFormed) {
  Registry registry({.version = "1.2.3", .revision = "abc\"\\\n", .compiler = "GCC 12"});
  registry.SetCertificateExpiry(CertificateUse::kServer, absl::FromUnixSeconds(2000000000));
  const ExpositionText text = ParseExposition(registry.TextExposition());
  EXPECT_THAT(text.problems, IsEmpty());
  EXPECT_EQ(text.Value("portcullis_build_info{version=\"1.2.3\",revision=\"abc\\\"\\\\\\n\","
                       "compiler=\"GCC 12\"}"),
            1);
  EXPECT_EQ(text.Value("portcullis_tls_certificate_expiry_timestamp_seconds{use=\"server\"}"),
            2000000000);
  EXPECT_LT(text.samples.size(), 1000u) << "the budget of series per process";
}

TEST(Exposition, EverySeriesIsThereFromTheStart) {
  const ExpositionText text = ParseExposition(Registry().TextExposition());
  for (size_t i = 0; i < kFamilyCount; ++i) {
    const Family& family = FamilyOf(static_cast<FamilyId>(i));
    const std::string name(family.name);
    if (static_cast<FamilyId>(i) == FamilyId::kTlsCertificateExpiry) {
      EXPECT_FALSE(text.types.contains(name)) << "an expiry of 0 would raise an alarm";
      continue;
    }
    ASSERT_TRUE(text.types.contains(name)) << name;
    size_t series = 0;
    for (const auto& [sample, value] : text.samples) {
      const std::string sample_name = sample.substr(0, sample.find('{'));
      if (sample_name == name || sample_name == name + "_count") ++series;
    }
    EXPECT_EQ(series,
              static_cast<FamilyId>(i) == FamilyId::kRpc ? kRpcMethodCount : family.series_count())
        << name;
  }
  EXPECT_EQ(text.Value("portcullis_policy_info{revision=\"none\"}"), 1);
  EXPECT_EQ(text.Value("portcullis_policy_last_reload_successful"), 0);
  for (const auto& [sample, value] : text.samples) {
    if (text.types.contains(sample.substr(0, sample.find('{'))) && sample.starts_with("process_")) {
      EXPECT_GT(value, 0) << sample;
    }
  }
}

TEST(Exposition, HistogramBucketsAreCumulative) {
  Registry registry;
  for (int64_t nanoseconds = 1; nanoseconds < 10'000'000'000; nanoseconds *= 3) {
    registry.RpcStarted(RpcMethod::kAssumeRole);
    registry.RpcFinished(RpcMethod::kAssumeRole, absl::StatusCode::kInternal, nanoseconds);
  }
  const ExpositionText text = ParseExposition(registry.TextExposition());
  const std::string labels =
      "{service=\"portcullis.v1.SecurityTokenService\","
      "method=\"AssumeRole\",code=\"INTERNAL\"";
  double last = 0;
  for (const char* bound : {"0.0001", "0.001", "0.01", "0.1", "1", "2.5", "+Inf"}) {
    const double value =
        text.Value("portcullis_rpc_seconds_bucket" + labels + ",le=\"" + bound + "\"}");
    EXPECT_GE(value, last) << bound;
    last = value;
  }
  EXPECT_EQ(last, text.Value("portcullis_rpc_seconds_count" + labels + "}"));
  EXPECT_EQ(last, 21);
}

constexpr char kTrace[] = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr char kLater[] = "00000000000000000000000000000abc";

// The line of the evaluation's bucket, in OpenMetrics.
std::string Bucket(const Registry& registry, const std::string& bound) {
  const std::string start = "portcullis_authz_evaluation_seconds_bucket{le=\"" + bound + "\"} ";
  const std::string text = registry.OpenMetricsExposition();
  const size_t begin = text.find(start);
  if (begin == std::string::npos) return "";
  return text.substr(begin + start.size(), text.find('\n', begin) - begin - start.size());
}

TEST(OpenMetricsExposition, SaysTheSame) {
  Registry registry;
  registry.CountDecision(Api::kGrpc, DecisionReason::kExplicitAllow);
  registry.ObserveEvaluation(700);
  registry.SetCertificateExpiry(CertificateUse::kServer, absl::FromUnixSeconds(2000000000));
  const std::string text = registry.OpenMetricsExposition();
  EXPECT_THAT(text, EndsWith("\n# EOF\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE portcullis_authz_decisions counter\n"));
  EXPECT_THAT(text, HasSubstr("portcullis_authz_decisions_total{api=\"grpc\",decision=\"allow\","
                              "reason=\"explicit_allow\"} 1\n"));
  EXPECT_EQ(Bucket(registry, "1e-06"), "1");
  EXPECT_THAT(text, HasSubstr("portcullis_authz_evaluation_seconds_sum 7e-07\n"));
  EXPECT_THAT(text, Not(HasSubstr("trace_id"))) << "nothing was traced";
}

TEST(OpenMetricsExposition, BucketsShowTheirLastTracedObservation) {
  Registry registry;
  registry.ObserveEvaluation(3'000, kLater, absl::FromUnixMillis(1'000'050));
  registry.ObserveEvaluation(4'000, kTrace, absl::FromUnixMillis(1'700'000'000'007));
  registry.ObserveEvaluation(4'500);
  registry.ObserveEvaluation(1'000'000'000, kLater, absl::FromUnixMillis(1'700'000'000'120));
  EXPECT_EQ(Bucket(registry, "2.5e-06"), "0");
  EXPECT_EQ(Bucket(registry, "5e-06"),
            "3 # {trace_id=\"" + std::string(kTrace) + "\"} 4e-06 1700000000.007");
  EXPECT_EQ(Bucket(registry, "0.1"), "3");
  EXPECT_EQ(Bucket(registry, "+Inf"),
            "4 # {trace_id=\"" + std::string(kLater) + "\"} 1 1700000000.120");
  EXPECT_THAT(ParseExposition(registry.TextExposition()).problems, IsEmpty());
  EXPECT_THAT(registry.TextExposition(), Not(HasSubstr(kTrace))) << "0.0.4 has no exemplars";
}

TEST(OpenMetricsExposition, TheNewestOfAllThreads) {
  Registry registry;
  registry.ObserveEvaluation(10, kTrace, absl::FromUnixSeconds(2000));
  std::thread([&registry] {
    registry.ObserveEvaluation(10, kLater, absl::FromUnixSeconds(1000));
    registry.ObserveEvaluation(2'000, kLater, absl::FromUnixSeconds(1000));
  }).join();
  EXPECT_THAT(Bucket(registry, "1e-06"), HasSubstr(kTrace));
  EXPECT_THAT(Bucket(registry, "2.5e-06"), HasSubstr(kLater)) << "of a thread that ended";
}

TEST(OpenMetricsExposition, OnlyTraceIdsAreShown) {
  for (const std::string id :
       {"", "abc", "4BF92F3577B34DA6A3CE929D0E0E4736", "4bf92f3577b34da6a3ce929d0e0e47360",
        "\"} 1 1\nx_total 1 # {a=\"bcdef01"}) {
    Registry registry;
    registry.ObserveEvaluation(10, id, absl::FromUnixSeconds(2000));
    EXPECT_EQ(Bucket(registry, "1e-06"), "1") << id;
  }
}

}  // namespace
}  // namespace portcullis::metrics
