// A small random source of fixed behaviour: the distributions of the standard library differ
// between implementations. Nothing outside tests/oracle includes this.

#ifndef PORTCULLIS_TESTS_ORACLE_GENERATOR_RANDOM_H_
#define PORTCULLIS_TESTS_ORACLE_GENERATOR_RANDOM_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace portcullis::oracle {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  // SplitMix64.
  uint64_t Next() {
    state_ += 0x9E3779B97F4A7C15u;
    uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
    return mixed ^ (mixed >> 31);
  }
  // 0 .. bound-1; `bound` is not 0.
  size_t Below(size_t bound) { return static_cast<size_t>(Next() % bound); }
  // first .. last.
  size_t Between(size_t first, size_t last) { return first + Below(last - first + 1); }
  bool Percent(size_t percent) { return Below(100) < percent; }
  const std::string& Pick(const std::vector<std::string>& from) { return from[Below(from.size())]; }

 private:
  uint64_t state_;
};

}  // namespace portcullis::oracle

#endif  // PORTCULLIS_TESTS_ORACLE_GENERATOR_RANDOM_H_
