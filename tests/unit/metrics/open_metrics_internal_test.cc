#include "server/metrics/open_metrics_internal.h"

#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

namespace portcullis::metrics {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

TEST(OpenMetrics, GoesToWhoeverPrefersIt) {
  struct Row {
    std::string_view accept;
    bool preferred;
  };
  const Row rows[] = {
      {"", false},
      {"*/*", false},
      {"text/plain", false},
      {"application/*", false},
      {"application/openmetrics-text", true},
      {"application/openmetrics-text; version=1.0.0; charset=utf-8", true},
      {"Application/OpenMetrics-Text;Version=1.0.0", true},
      {"application/openmetrics-text;version=0.0.1", true},
      {"application/openmetrics-text;version=2.0.0", false},
      {"application/openmetrics-text;version=2.0.0,application/openmetrics-text;q=0.1", true},
      {"application/openmetrics-text-2", false},
      // As Prometheus 2.42 and 3.0 ask.
      {"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;"
       "q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
       true},
      {"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
       "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;"
       "escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
       true},
      {"text/plain, application/openmetrics-text;q=0.9", false},
      {"text/plain;q=0.899, application/openmetrics-text ; q=0.9", true},
      {"application/openmetrics-text;q=0", false},
      {"application/openmetrics-text;q=0.000", false},
      {"application/openmetrics-text;q=2", false},
      {"application/openmetrics-text;q=1.5", false},
      {"application/openmetrics-text;q=1x", false},
      {"application/openmetrics-text;q=", false},
      {"application/openmetrics-text;q=0.0001", false},
      {",,;;=,application/openmetrics-text;;", true},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(PrefersOpenMetrics(row.accept), row.preferred) << row.accept;
  }
}

TEST(OpenMetrics, IsWrittenAsItsGrammarSays) {
  MetricFamily counter;
  counter.name = "things_total";
  counter.help = "Quotes \", backslashes \\ and\nlines.";
  counter.type = MetricType::Counter;
  counter.metric.resize(2);
  counter.metric[0].label = {{"a", "x\"\\\ny"}, {"b", ""}};
  counter.metric[0].counter.value = 1e15 + 1;
  counter.metric[1].counter.value = 0.1;
  MetricFamily gauge;
  gauge.name = "level";
  gauge.help = "Of water.";
  gauge.type = MetricType::Gauge;
  for (const double value : {-2.5, 1732233600.125, std::numeric_limits<double>::infinity(),
                             -std::numeric_limits<double>::infinity(), std::nan("")}) {
    ClientMetric metric;
    metric.gauge.value = value;
    gauge.metric.push_back(metric);
  }
  EXPECT_EQ(OpenMetricsText({counter, gauge}, {}),
            "# HELP things Quotes \\\", backslashes \\\\ and\\nlines.\n"
            "# TYPE things counter\n"
            "things_total{a=\"x\\\"\\\\\\ny\",b=\"\"} 1000000000000001\n"
            "things_total 0.1\n"
            "# HELP level Of water.\n"
            "# TYPE level gauge\n"
            "level -2.5\n"
            "level 1732233600.125\n"
            "level +Inf\n"
            "level -Inf\n"
            "level NaN\n"
            "# EOF\n");
}

MetricFamily Histogram() {
  MetricFamily family;
  family.name = "took_seconds";
  family.help = "Time.";
  family.type = MetricType::Histogram;
  family.metric.resize(1);
  ClientMetric::Histogram& histogram = family.metric[0].histogram;
  histogram.sample_count = 9;
  histogram.sample_sum = 12.5;
  histogram.bucket = {{1, 0.00001}, {2, 0.0001}, {3, 1}, {4, 20}, {5, 1e6}};
  return family;
}

// Bounds are written as the specification's "canonical numbers".
TEST(OpenMetrics, Histograms) {
  MetricFamily family = Histogram();
  family.metric[0].label = {{"method", "Get"}};
  EXPECT_EQ(OpenMetricsText({family}, {}),
            "# HELP took_seconds Time.\n"
            "# TYPE took_seconds histogram\n"
            "took_seconds_bucket{method=\"Get\",le=\"1e-05\"} 1\n"
            "took_seconds_bucket{method=\"Get\",le=\"0.0001\"} 2\n"
            "took_seconds_bucket{method=\"Get\",le=\"1.0\"} 3\n"
            "took_seconds_bucket{method=\"Get\",le=\"20.0\"} 4\n"
            "took_seconds_bucket{method=\"Get\",le=\"1e+06\"} 5\n"
            "took_seconds_bucket{method=\"Get\",le=\"+Inf\"} 9\n"
            "took_seconds_count{method=\"Get\"} 9\n"
            "took_seconds_sum{method=\"Get\"} 12.5\n"
            "# EOF\n");
}

TEST(OpenMetrics, ExemplarsStandBehindTheirBuckets) {
  FamilyExemplars exemplars{"took_seconds", std::vector<Exemplar>(6)};
  for (const size_t bucket : {size_t{1}, size_t{5}}) {
    exemplars.buckets[bucket].trace_id.fill(bucket == 1 ? 'a' : '0');
    exemplars.buckets[bucket].nanoseconds = bucket == 1 ? 12'345 : 21'000'000'000;
    exemplars.buckets[bucket].time = absl::FromUnixMillis(1'700'000'000'042);
  }
  EXPECT_EQ(OpenMetricsText({Histogram()}, exemplars),
            "# HELP took_seconds Time.\n"
            "# TYPE took_seconds histogram\n"
            "took_seconds_bucket{le=\"1e-05\"} 1\n"
            "took_seconds_bucket{le=\"0.0001\"} 2 "
            "# {trace_id=\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"} 1.2345e-05 1700000000.042\n"
            "took_seconds_bucket{le=\"1.0\"} 3\n"
            "took_seconds_bucket{le=\"20.0\"} 4\n"
            "took_seconds_bucket{le=\"1e+06\"} 5\n"
            "took_seconds_bucket{le=\"+Inf\"} 9 "
            "# {trace_id=\"00000000000000000000000000000000\"} 21 1700000000.042\n"
            "took_seconds_count 9\n"
            "took_seconds_sum 12.5\n"
            "# EOF\n");
  exemplars.family = "others_seconds";
  EXPECT_EQ(OpenMetricsText({Histogram()}, exemplars), OpenMetricsText({Histogram()}, {}));
}

}  // namespace
}  // namespace portcullis::metrics
