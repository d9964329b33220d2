// What is told of many measurements.
#ifndef PORTCULLIS_TESTS_BENCH_RPC_STATISTICS_H_
#define PORTCULLIS_TESTS_BENCH_RPC_STATISTICS_H_

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace portcullis::bench {

// 0 without values. REQUIRES: 0 <= part < 1.
inline double Quantile(std::vector<double> values, double part) {
  if (values.empty()) return 0;
  const auto place =
      values.begin() + static_cast<std::ptrdiff_t>(part * static_cast<double>(values.size()));
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

// Of an even number of values: between the two in the middle.
inline double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

inline double Greatest(const std::vector<double>& values) {
  return values.empty() ? 0 : *std::max_element(values.begin(), values.end());
}

}  // namespace portcullis::bench

#endif  // PORTCULLIS_TESTS_BENCH_RPC_STATISTICS_H_
