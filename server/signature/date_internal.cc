#include "server/signature/date_internal.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

#include "absl/strings/str_format.h"

#include "server/signature/text_internal.h"

namespace portcullis::signature {
namespace {

// The number that exactly `length` digits at `start` spell; -1 if they are not digits.
int Number(std::string_view text, size_t start, size_t length) {
  int number = 0;
  for (const char c : text.substr(start, length)) {
    if (!IsDigit(c)) return -1;
    number = number * 10 + (c - '0');
  }
  return number;
}

std::optional<absl::Time> MakeTime(const absl::CivilSecond& civil, std::array<int, 6> fields) {
  // A civil time normalises 31 April to 1 May: what comes out must be what went in.
  const std::array<int, 6> normal = {static_cast<int>(civil.year()),
                                     civil.month(),
                                     civil.day(),
                                     civil.hour(),
                                     civil.minute(),
                                     civil.second()};
  if (normal != fields || fields[0] < 1) return std::nullopt;
  return absl::FromCivil(civil, absl::UTCTimeZone());
}

std::optional<absl::Time> MakeTime(std::array<int, 6> fields) {
  if (std::any_of(fields.begin(), fields.end(), [](int field) { return field < 0; })) {
    return std::nullopt;
  }
  return MakeTime(
      absl::CivilSecond(fields[0], fields[1], fields[2], fields[3], fields[4], fields[5]), fields);
}

// 1 for "Jan"; -1 if it is no month.
int MonthNumber(std::string_view name) {
  constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto* const month = std::find(std::begin(kMonths), std::end(kMonths), name);
  return month == std::end(kMonths) ? -1 : static_cast<int>(month - std::begin(kMonths)) + 1;
}

bool IsDayOfWeek(std::string_view name) {
  constexpr std::string_view kDays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  return std::find(std::begin(kDays), std::end(kDays), name) != std::end(kDays);
}

bool IsUtc(std::string_view zone) {
  return zone == "GMT" || zone == "UTC" || zone == "+0000" || zone == "-0000";
}

// Whether `text` has the fixed characters of `shape`, where `_` stands for any.
bool HasShape(std::string_view text, std::string_view shape) {
  return text.size() >= shape.size() &&
         std::equal(shape.begin(), shape.end(), text.begin(),
                    [](char expected, char c) { return expected == '_' || expected == c; });
}

}  // namespace

std::optional<absl::Time> ParseBasicDate(std::string_view text) {
  constexpr std::string_view kShape = "________T______Z";
  if (text.size() != kShape.size() || !HasShape(text, kShape)) return std::nullopt;
  return MakeTime({Number(text, 0, 4), Number(text, 4, 2), Number(text, 6, 2), Number(text, 9, 2),
                   Number(text, 11, 2), Number(text, 13, 2)});
}

std::optional<absl::Time> ParseHttpDate(std::string_view text) {
  constexpr std::string_view kShape = "___, __ ___ ____ __:__:__ ";
  if (!HasShape(text, kShape) || !IsUtc(text.substr(kShape.size())) ||
      !IsDayOfWeek(text.substr(0, 3))) {
    return std::nullopt;
  }
  return MakeTime({Number(text, 12, 4), MonthNumber(text.substr(8, 3)), Number(text, 5, 2),
                   Number(text, 17, 2), Number(text, 20, 2), Number(text, 23, 2)});
}

std::string FormatBasicDate(absl::Time time) {
  const absl::CivilSecond civil = absl::ToCivilSecond(time, absl::UTCTimeZone());
  return absl::StrFormat("%04d%02d%02dT%02d%02d%02dZ", civil.year(), civil.month(), civil.day(),
                         civil.hour(), civil.minute(), civil.second());
}

}  // namespace portcullis::signature
