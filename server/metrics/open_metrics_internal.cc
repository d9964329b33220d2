#include "server/metrics/open_metrics_internal.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "server/base/str_cat.h"
#include "server/base/text.h"

namespace portcullis::metrics {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

constexpr std::string_view kTotal = "_total";

// ---- Accept -------------------------------------------------------------------------------------

constexpr int kWeightMax = 1000;

// Takes what is before `separator` off `rest`.
std::string_view Take(char separator, std::string_view* rest) {
  const size_t end = rest->find(separator);
  const absl::string_view part = absl::StripAsciiWhitespace(base::AbslView(rest->substr(0, end)));
  rest->remove_prefix(end == std::string_view::npos ? rest->size() : end + 1);
  return {part.data(), part.size()};
}

// `0`, `1` or one of them with up to three decimals, in thousandths; 0 for what is no weight.
int ParseWeight(std::string_view text) {
  constexpr size_t kSizeMax = 5;
  if (text.empty() || text.size() > kSizeMax || (text.size() > 1 && text[1] != '.')) return 0;
  if (text[0] != '0' && text[0] != '1') return 0;
  int weight = (text[0] - '0') * kWeightMax;
  int unit = kWeightMax / 10;
  for (const char c : text.substr(std::min<size_t>(text.size(), 2))) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return 0;
    weight += (c - '0') * unit;
    unit /= 10;
  }
  return weight <= kWeightMax ? weight : 0;
}

struct Range {
  std::string_view type;
  std::string_view version;
  int weight = kWeightMax;
};

Range ParseRange(std::string_view text) {
  Range range;
  range.type = Take(';', &text);
  while (!text.empty()) {
    std::string_view value = Take(';', &text);
    const std::string_view name = Take('=', &value);
    if (base::EqualFolded(name, "version")) range.version = value;
    if (base::EqualFolded(name, "q")) range.weight = ParseWeight(value);
  }
  return range;
}

// 0.0.1 is what its drafts were called.
bool IsOurVersion(std::string_view version) {
  return version.empty() || version == "1.0.0" || version == "0.0.1";
}

// ---- Text ---------------------------------------------------------------------------------------

std::string Escape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\n') {
      escaped.append("\\n");
      continue;
    }
    if (c == '\\' || c == '"') escaped.push_back('\\');
    escaped.push_back(c);
  }
  return escaped;
}

// The shortest digits that read back as the same number.
std::string Digits(double value, std::chars_format format) {
  std::array<char, 32> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value, format);
  return {text.data(), end};
}

// Counts and times as people read them, what is very small or large with an exponent.
std::string Number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  const double size = std::abs(value);
  const bool fixed = size == 0 || (size >= 1e-4 && size < 1e16);
  return Digits(value, fixed ? std::chars_format::fixed : std::chars_format::scientific);
}

// As `le` is written, so that whoever exports a bound calls it the same: never as an integer.
std::string Bound(double value) {
  std::string text = Digits(value, std::chars_format::general);
  if (text.find_first_of(".e") == std::string::npos) text.append(".0");
  return text;
}

std::string_view TypeName(MetricType type) {
  switch (type) {
    case MetricType::Counter:
      return "counter";
    case MetricType::Gauge:
      return "gauge";
    case MetricType::Histogram:
      return "histogram";
    case MetricType::Summary:
    case MetricType::Untyped:
      break;  // None of ours.
  }
  return "unknown";
}

// A family of counters is called without the suffix that its samples have.
std::string_view FamilyName(const MetricFamily& family) {
  std::string_view name = family.name;
  if (family.type == MetricType::Counter && name.ends_with(kTotal)) {
    name.remove_suffix(kTotal.size());
  }
  return name;
}

class Writer {
 public:
  explicit Writer(const FamilyExemplars& exemplars) : exemplars_(exemplars) {}

  void Write(const MetricFamily& family) {
    const std::string name(FamilyName(family));
    absl::StrAppend(&text_, "# HELP ", name, " ", Escape(family.help), "\n# TYPE ", name, " ",
                    base::AbslView(TypeName(family.type)), "\n");
    for (const ClientMetric& metric : family.metric) {
      if (family.type == MetricType::Histogram) {
        WriteHistogram(name, metric);
      } else if (family.type == MetricType::Counter) {
        WriteSample(name + std::string(kTotal), metric.label, "", metric.counter.value);
      } else {
        WriteSample(name, metric.label, "", metric.gauge.value);
      }
    }
  }

  std::string Finish() && {
    text_.append("# EOF\n");
    return std::move(text_);
  }

 private:
  // The sample's line without its end. `le` is empty for what is no bucket.
  void StartSample(std::string_view name, const Labels& labels, std::string_view le, double value) {
    text_.append(name);
    char separator = '{';
    const auto add = [this, &separator](std::string_view label, std::string_view text) {
      text_.push_back(separator);
      separator = ',';
      absl::StrAppend(&text_, base::AbslView(label), "=\"", Escape(text), "\"");
    };
    for (const ClientMetric::Label& label : labels) add(label.name, label.value);
    if (!le.empty()) add("le", le);
    if (separator == ',') text_.push_back('}');
    absl::StrAppend(&text_, " ", Number(value));
  }

  void WriteSample(std::string_view name, const Labels& labels, std::string_view le, double value) {
    StartSample(name, labels, le, value);
    text_.push_back('\n');
  }

  void WriteHistogram(const std::string& name, const ClientMetric& metric) {
    const ClientMetric::Histogram& histogram = metric.histogram;
    const std::string bucket_name = name + "_bucket";
    const bool traced = name == exemplars_.family;
    for (size_t i = 0; i <= histogram.bucket.size(); ++i) {
      const bool last = i == histogram.bucket.size();
      const uint64_t count = last ? histogram.sample_count : histogram.bucket[i].cumulative_count;
      StartSample(bucket_name, metric.label, last ? "+Inf" : Bound(histogram.bucket[i].upper_bound),
                  static_cast<double>(count));
      if (traced && i < exemplars_.buckets.size()) AddExemplar(exemplars_.buckets[i]);
      text_.push_back('\n');
    }
    WriteSample(name + "_count", metric.label, "", static_cast<double>(histogram.sample_count));
    WriteSample(name + "_sum", metric.label, "", histogram.sample_sum);
  }

  void AddExemplar(const Exemplar& exemplar) {
    if (exemplar.time == absl::InfinitePast()) return;
    constexpr double kNanosecondsPerSecond = 1e9;
    const int64_t milliseconds = absl::ToUnixMillis(exemplar.time);
    absl::StrAppend(&text_, " # {trace_id=\"",
                    absl::string_view(exemplar.trace_id.data(), exemplar.trace_id.size()), "\"} ",
                    Number(static_cast<double>(exemplar.nanoseconds) / kNanosecondsPerSecond), " ",
                    milliseconds / 1000, ".", absl::Dec(milliseconds % 1000, absl::kZeroPad3));
  }

  const FamilyExemplars& exemplars_;
  std::string text_;
};

}  // namespace

bool PrefersOpenMetrics(std::string_view accept) {
  int open_metrics = 0;
  int plain = 0;
  while (!accept.empty()) {
    const Range range = ParseRange(Take(',', &accept));
    if (base::EqualFolded(range.type, "application/openmetrics-text") &&
        IsOurVersion(range.version)) {
      open_metrics = std::max(open_metrics, range.weight);
    } else if (base::EqualFolded(range.type, "text/plain")) {
      plain = std::max(plain, range.weight);
    }
  }
  return open_metrics > 0 && open_metrics >= plain;
}

std::string OpenMetricsText(const std::vector<MetricFamily>& families,
                            const FamilyExemplars& exemplars) {
  Writer writer(exemplars);
  for (const MetricFamily& family : families) writer.Write(family);
  return std::move(writer).Finish();
}

}  // namespace portcullis::metrics
