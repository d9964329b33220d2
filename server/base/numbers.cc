#include "server/base/numbers.h"

#include <array>
#include <limits>

namespace portcullis::base {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

struct DurationUnit {
  std::string_view name;
  int64_t milliseconds;
};

// Longest first, so that "ms" is not read as minutes.
constexpr std::array<DurationUnit, 5> kDurationUnits = {{
    {"ms", 1},
    {"s", 1000},
    {"m", 60 * 1000},
    {"h", 60 * 60 * 1000},
    {"d", 24 * 60 * 60 * 1000},
}};

constexpr int64_t kDurationMillisecondsMax = int64_t{366} * 24 * 60 * 60 * 1000;

// Takes the digits at the start of `rest`; nullopt if there are none or they exceed a year.
std::optional<int64_t> TakeAmount(std::string_view* rest) {
  size_t length = 0;
  while (length < rest->size() && IsDigit((*rest)[length])) ++length;
  const std::optional<uint64_t> amount =
      ParseUnsigned(rest->substr(0, length), kDurationMillisecondsMax);
  if (!amount.has_value()) return std::nullopt;
  rest->remove_prefix(length);
  return static_cast<int64_t>(*amount);
}

// Takes the unit at the start of `rest`; nullptr if there is none.
const DurationUnit* TakeUnit(std::string_view* rest) {
  for (const DurationUnit& unit : kDurationUnits) {
    if (rest->starts_with(unit.name)) {
      rest->remove_prefix(unit.name.size());
      return &unit;
    }
  }
  return nullptr;
}

}  // namespace

std::optional<uint64_t> ParseUnsigned(std::string_view text, uint64_t max) {
  if (text.empty()) return std::nullopt;
  uint64_t value = 0;
  for (const char c : text) {
    if (!IsDigit(c)) return std::nullopt;
    const uint64_t digit = static_cast<uint64_t>(c - '0');
    if (digit > max || value > (max - digit) / 10) return std::nullopt;
    value = value * 10 + digit;
  }
  return value;
}

std::optional<int64_t> ParseInteger(std::string_view text, int64_t min, int64_t max) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  // The magnitude of the smallest number is one more than that of the largest.
  constexpr uint64_t kMagnitudeMax = uint64_t{1} << 63;
  const std::optional<uint64_t> magnitude =
      ParseUnsigned(text, negative ? kMagnitudeMax : kMagnitudeMax - 1);
  if (!magnitude.has_value()) return std::nullopt;
  // Two's complement negation in unsigned arithmetic: defined for the smallest number too.
  const int64_t value = static_cast<int64_t>(negative ? ~*magnitude + 1 : *magnitude);
  if (value < min || value > max) return std::nullopt;
  return value;
}

std::optional<int64_t> ParseDurationMilliseconds(std::string_view text) {
  if (text.empty()) return std::nullopt;
  int64_t total = 0;
  int64_t previous_unit = std::numeric_limits<int64_t>::max();
  while (!text.empty()) {
    const std::optional<int64_t> amount = TakeAmount(&text);
    if (!amount.has_value()) return std::nullopt;
    const DurationUnit* unit = TakeUnit(&text);
    // Units fall: "1h30m" is a duration, "30m1h" and "1m1m" are slips of the pen.
    if (unit == nullptr || unit->milliseconds >= previous_unit) return std::nullopt;
    previous_unit = unit->milliseconds;
    if (*amount > (kDurationMillisecondsMax - total) / unit->milliseconds) return std::nullopt;
    total += *amount * unit->milliseconds;
  }
  return total;
}

}  // namespace portcullis::base
