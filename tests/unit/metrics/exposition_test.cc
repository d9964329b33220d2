#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/metrics/names.h"
#include "server/metrics/registry.h"
#include "tests/unit/metrics/exposition_text.h"

namespace portcullis::metrics {
namespace {

using ::testing::IsEmpty;

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

}  // namespace
}  // namespace portcullis::metrics
