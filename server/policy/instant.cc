#include <limits>

#include "server/base/numbers.h"
#include "server/policy/condition_value.h"

namespace portcullis::policy {
namespace {

constexpr int64_t kSecondsPerDay = 86400;

// Reads a text from its front in pieces of a fixed size.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool done() const { return text_.empty(); }

  bool Take(char c) {
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  // Exactly `count` digits that make a number in [min, max].
  bool TakeNumber(size_t count, int64_t min, int64_t max, int64_t* number) {
    if (text_.size() < count) return false;
    const auto value = base::ParseUnsigned(text_.substr(0, count), static_cast<uint64_t>(max));
    if (!value.has_value() || static_cast<int64_t>(*value) < min) return false;
    text_.remove_prefix(count);
    *number = static_cast<int64_t>(*value);
    return true;
  }

  // One to nine digits, as nanoseconds.
  bool TakeFraction(int32_t* nanoseconds) {
    int32_t value = 0;
    size_t count = 0;
    for (; count < text_.size() && text_[count] >= '0' && text_[count] <= '9'; ++count) {
      if (count == 9) return false;
      value = value * 10 + (text_[count] - '0');
    }
    if (count == 0) return false;
    text_.remove_prefix(count);
    for (; count < 9; ++count) value *= 10;
    *nanoseconds = value;
    return true;
  }

 private:
  std::string_view text_;
};

bool IsLeapYear(int64_t year) {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int64_t DaysInMonth(int64_t year, int64_t month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && IsLeapYear(year) ? 29 : kDays[month - 1];
}

// Days from 1970-01-01 in the proleptic Gregorian calendar, for years from 0: years are counted
// from March, so that the leap day is the last of its year.
int64_t DaysSinceEpoch(int64_t year, int64_t month, int64_t day) {
  const int64_t march_year = month <= 2 ? year - 1 : year;
  const int64_t march_month = month <= 2 ? month + 9 : month - 3;
  const int64_t day_of_year = (153 * march_month + 2) / 5 + day - 1;
  constexpr int64_t kCycleYears = 400;
  constexpr int64_t kCycleDays = 146097;
  const int64_t cycle = (march_year + kCycleYears) / kCycleYears - 1;  // Rounds down from -1 on.
  const int64_t year_of_cycle = march_year - cycle * kCycleYears;
  const int64_t day_of_cycle =
      year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 + day_of_year;
  constexpr int64_t kEpochDay = 719468;  // 1970-01-01 counted from 0000-03-01.
  return cycle * kCycleDays + day_of_cycle - kEpochDay;
}

// `Z`, `+hh:mm`, `-hh`, ... or nothing. `*east` is in seconds.
bool TakeZone(Scanner* scanner, int64_t* east) {
  *east = 0;
  if (scanner->done() || scanner->Take('Z') || scanner->Take('z')) return true;
  const bool west = scanner->Take('-');
  if (!west && !scanner->Take('+')) return false;
  int64_t hours = 0;
  int64_t minutes = 0;
  if (!scanner->TakeNumber(2, 0, 23, &hours)) return false;
  if (scanner->Take(':') && !scanner->TakeNumber(2, 0, 59, &minutes)) return false;
  *east = (hours * 3600 + minutes * 60) * (west ? -1 : 1);
  return true;
}

// hh:mm[:ss[.f]] and the zone; adds to `instant`.
bool TakeTimeOfDay(Scanner* scanner, Instant* instant) {
  int64_t hour = 0;
  int64_t minute = 0;
  int64_t second = 0;
  int64_t east = 0;
  if (!scanner->TakeNumber(2, 0, 23, &hour) || !scanner->Take(':') ||
      !scanner->TakeNumber(2, 0, 59, &minute)) {
    return false;
  }
  if (scanner->Take(':')) {
    if (!scanner->TakeNumber(2, 0, 59, &second)) return false;
    if (scanner->Take('.') && !scanner->TakeFraction(&instant->nanoseconds)) return false;
  }
  if (!TakeZone(scanner, &east)) return false;
  instant->seconds += hour * 3600 + minute * 60 + second - east;
  return true;
}

std::optional<Instant> ParseIso8601(std::string_view text) {
  Scanner scanner(text);
  int64_t year = 0;
  int64_t month = 0;
  int64_t day = 1;
  if (!scanner.TakeNumber(4, 0, 9999, &year) || !scanner.Take('-') ||
      !scanner.TakeNumber(2, 1, 12, &month)) {
    return std::nullopt;
  }
  const bool has_day = scanner.Take('-');
  if (has_day && !scanner.TakeNumber(2, 1, DaysInMonth(year, month), &day)) return std::nullopt;
  Instant instant;
  instant.seconds = DaysSinceEpoch(year, month, day) * kSecondsPerDay;
  if (!scanner.done()) {
    // A time of day needs a day: `YYYY-MMThh:mm` is none of the forms.
    if (!has_day || (!scanner.Take('T') && !scanner.Take('t'))) return std::nullopt;
    if (!TakeTimeOfDay(&scanner, &instant)) return std::nullopt;
  }
  if (!scanner.done() || instant.seconds < 0) return std::nullopt;
  return instant;
}

}  // namespace

std::optional<Instant> ParseInstant(std::string_view text) {
  // A pure integer is epoch seconds, `2024` too: a year is written with its month.
  if (text.find_first_not_of("0123456789") == std::string_view::npos) {
    const auto seconds = base::ParseUnsigned(text, std::numeric_limits<int64_t>::max());
    if (!seconds.has_value()) return std::nullopt;
    return Instant{static_cast<int64_t>(*seconds), 0};
  }
  return ParseIso8601(text);
}

}  // namespace portcullis::policy
