// Reads Prometheus' text format strictly, so that tests can ask for samples by name and labels.
#ifndef PORTCULLIS_TESTS_UNIT_METRICS_EXPOSITION_TEXT_H_
#define PORTCULLIS_TESTS_UNIT_METRICS_EXPOSITION_TEXT_H_

#include <map>
#include <string>
#include <vector>

namespace portcullis::metrics {

struct ExpositionText {
  std::map<std::string, std::string> types;  // Family to "counter", "gauge", "histogram".
  std::map<std::string, std::string> helps;  // Family to help text.
  std::map<std::string, double> samples;     // `name{a="b",c="d"}`, as written, to value.
  std::vector<std::string> problems;         // Lines that break the format, with what is wrong.

  // The value of a sample; NaN if there is none.
  double Value(const std::string& series) const;
};

ExpositionText ParseExposition(const std::string& text);

}  // namespace portcullis::metrics

#endif  // PORTCULLIS_TESTS_UNIT_METRICS_EXPOSITION_TEXT_H_
