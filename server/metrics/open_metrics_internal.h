// OpenMetrics 1.0.0, the text format that has exemplars: who wants it, and how it is written.
#ifndef PORTCULLIS_SERVER_METRICS_OPEN_METRICS_INTERNAL_H_
#define PORTCULLIS_SERVER_METRICS_OPEN_METRICS_INTERNAL_H_

#include <string>
#include <string_view>
#include <vector>

#include <prometheus/metric_family.h>

#include "server/metrics/registry_internal.h"

namespace portcullis::metrics {

inline constexpr std::string_view kOpenMetricsType =
    "application/openmetrics-text; version=1.0.0; charset=utf-8";

// Whether an Accept header (RFC 9110 section 12.5.1) asks for OpenMetrics, in a version that we
// write, at least as much as for plain text. Wildcards ask for plain text: it is the older one.
bool PrefersOpenMetrics(std::string_view accept);

// Of the one series of a histogram without labels; one per bucket, the one above the last bound
// included. Those without a time are none.
struct FamilyExemplars {
  std::string_view family;
  std::vector<Exemplar> buckets;
};

// `families` hold counters, gauges and histograms; names of counters end in `_total`.
std::string OpenMetricsText(const std::vector<prometheus::MetricFamily>& families,
                            const FamilyExemplars& exemplars);

}  // namespace portcullis::metrics

#endif  // PORTCULLIS_SERVER_METRICS_OPEN_METRICS_INTERNAL_H_
