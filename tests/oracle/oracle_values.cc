#include "tests/oracle/oracle_values.h"

#include <arpa/inet.h>

#include <algorithm>
#include <limits>

#include "tests/oracle/oracle_parts.h"

namespace portcullis::oracle {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

size_t CountDigits(std::string_view text) {
  return static_cast<size_t>(std::find_if_not(text.begin(), text.end(), IsDigit) - text.begin());
}

std::optional<int64_t> ReadDigits(std::string_view text) {
  if (text.empty() || CountDigits(text) != text.size()) {
    return std::nullopt;
  }
  int64_t value = 0;
  for (const char c : text) {
    const int digit = c - '0';
    if (value > (std::numeric_limits<int64_t>::max() - digit) / 10) {
      return std::nullopt;
    }
    value = value * 10 + digit;
  }
  return value;
}

// Takes exactly `count` digits, preceded by `mark` unless that is 0, off the front of the text.
std::optional<int64_t> TakeNumber(std::string_view& text, char mark, size_t count) {
  std::string_view rest = text;
  if (mark != 0) {
    if (rest.empty() || rest[0] != mark) {
      return std::nullopt;
    }
    rest.remove_prefix(1);
  }
  if (rest.size() < count) {
    return std::nullopt;
  }
  const std::optional<int64_t> value = ReadDigits(rest.substr(0, count));
  if (value.has_value()) {
    text = rest.substr(count);
  }
  return value;
}

bool IsLeapYear(int64_t year) {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int64_t DaysInMonth(int64_t year, int64_t month) {
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return kDays[month - 1] + (month == 2 && IsLeapYear(year) ? 1 : 0);
}

int64_t DaysSinceEpoch(int64_t year, int64_t month, int64_t day) {
  int64_t days = day - 1;
  for (int64_t m = 1; m < month; ++m) {
    days += DaysInMonth(year, m);
  }
  for (int64_t y = 1970; y < year; ++y) {
    days += IsLeapYear(y) ? 366 : 365;
  }
  for (int64_t y = year; y < 1970; ++y) {
    days -= IsLeapYear(y) ? 366 : 365;
  }
  return days;
}

// `Z`, `±hh`, `±hh:mm` or nothing; the answer is seconds east of UTC.
std::optional<int64_t> ReadZone(std::string_view text) {
  if (text.empty() || text == "Z" || text == "z") {
    return 0;
  }
  const int64_t sign = text[0] == '-' ? -1 : 1;
  const std::optional<int64_t> hours = TakeNumber(text, sign < 0 ? '-' : '+', 2);
  if (!hours.has_value() || *hours > 23) {
    return std::nullopt;
  }
  if (text.empty()) {
    return sign * *hours * 3600;
  }
  const std::optional<int64_t> minutes = TakeNumber(text, ':', 2);
  if (!minutes.has_value() || *minutes > 59 || !text.empty()) {
    return std::nullopt;
  }
  return sign * (*hours * 3600 + *minutes * 60);
}

// `.f`, one to nine digits, if there is one.
std::optional<int64_t> TakeNanoseconds(std::string_view& text) {
  if (text.empty() || text[0] != '.') {
    return 0;
  }
  const size_t count = CountDigits(text.substr(1));
  if (count < 1 || count > 9) {
    return std::nullopt;
  }
  std::string digits(text.substr(1, count));
  digits.resize(9, '0');
  text.remove_prefix(count + 1);
  return ReadDigits(digits);
}

// Everything after the `T`, added to the day.
std::optional<Instant> ReadTimeOfDay(std::string_view text, int64_t day_seconds) {
  const std::optional<int64_t> hour = TakeNumber(text, 0, 2);
  const std::optional<int64_t> minute = TakeNumber(text, ':', 2);
  if (!hour.has_value() || !minute.has_value() || *hour > 23 || *minute > 59) {
    return std::nullopt;
  }
  Instant instant;
  if (!text.empty() && text[0] == ':') {
    const std::optional<int64_t> second = TakeNumber(text, ':', 2);
    const std::optional<int64_t> nanoseconds = TakeNanoseconds(text);
    if (!second.has_value() || *second > 59 || !nanoseconds.has_value()) {
      return std::nullopt;
    }
    instant = {*second, *nanoseconds};
  }
  const std::optional<int64_t> east = ReadZone(text);
  if (!east.has_value()) {
    return std::nullopt;
  }
  instant.seconds += day_seconds + *hour * 3600 + *minute * 60 - *east;
  return instant.seconds < 0 ? std::nullopt : std::optional<Instant>(instant);
}

int Sign(int value) {
  return (value > 0) - (value < 0);
}

// Simple case folding of the letters a policy document can hold and a few beyond.
char32_t FoldCharacter(char32_t c) {
  const bool latin1 = c >= 0xC0 && c <= 0xDE && c != 0xD7;
  const bool greek = c >= 0x391 && c <= 0x3A9;
  if ((c >= U'A' && c <= U'Z') || latin1 || greek || (c >= 0x410 && c <= 0x42F)) {
    return c + 0x20;
  }
  switch (c) {
    case 0xB5:  // micro sign
      return 0x3BC;
    case 0x17F:  // long s
      return U's';
    case 0x3C2:  // final sigma
      return 0x3C3;
    case 0x1E9E:  // capital sharp s
      return 0xDF;
    case 0x212A:  // Kelvin sign
      return U'k';
    case 0x212B:  // Angstrom sign
      return 0xE5;
    case 0x178:  // Y with diaeresis
      return 0xFF;
    default:
      break;
  }
  if (c >= 0x400 && c <= 0x40F) {
    return c + 0x50;
  }
  return c;
}

}  // namespace

std::optional<Decimal> ReadDecimal(std::string_view text) {
  Decimal decimal;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    decimal.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  const size_t whole = CountDigits(text);
  decimal.whole = text.substr(0, whole);
  text.remove_prefix(whole);
  if (whole == 0) {
    return std::nullopt;
  }
  if (!text.empty()) {
    decimal.fraction = text.substr(1);
    if (text[0] != '.' || text.size() < 2 || CountDigits(decimal.fraction) + 1 != text.size()) {
      return std::nullopt;
    }
  }
  decimal.whole.erase(0, decimal.whole.find_first_not_of('0'));
  decimal.fraction.erase(decimal.fraction.find_last_not_of('0') + 1);
  if (decimal.whole.empty() && decimal.fraction.empty()) {
    decimal.negative = false;
  }
  return decimal;
}

int Compare(const Decimal& left, const Decimal& right) {
  if (left.negative != right.negative) {
    return left.negative ? -1 : 1;
  }
  int order = 0;
  if (left.whole.size() != right.whole.size()) {
    order = left.whole.size() < right.whole.size() ? -1 : 1;
  } else if (left.whole != right.whole) {
    order = Sign(left.whole.compare(right.whole));
  } else {
    order = Sign(left.fraction.compare(right.fraction));
  }
  return left.negative ? -order : order;
}

std::optional<Instant> ReadInstant(std::string_view text) {
  if (const std::optional<int64_t> epoch = ReadDigits(text)) {
    return Instant{*epoch, 0};
  }
  const std::optional<int64_t> year = TakeNumber(text, 0, 4);
  const std::optional<int64_t> month = TakeNumber(text, '-', 2);
  if (!year.has_value() || !month.has_value() || *month < 1 || *month > 12) {
    return std::nullopt;
  }
  int64_t day = 1;
  if (!text.empty()) {
    const std::optional<int64_t> written = TakeNumber(text, '-', 2);
    if (!written.has_value() || *written < 1 || *written > DaysInMonth(*year, *month)) {
      return std::nullopt;
    }
    day = *written;
  }
  const int64_t day_seconds = DaysSinceEpoch(*year, *month, day) * 86400;
  if (text.empty()) {
    return day_seconds < 0 ? std::nullopt : std::optional<Instant>(Instant{day_seconds, 0});
  }
  if (text[0] != 'T' && text[0] != 't') {
    return std::nullopt;
  }
  return ReadTimeOfDay(text.substr(1), day_seconds);
}

int Compare(const Instant& left, const Instant& right) {
  if (left.seconds != right.seconds) {
    return left.seconds < right.seconds ? -1 : 1;
  }
  return (left.nanoseconds > right.nanoseconds) - (left.nanoseconds < right.nanoseconds);
}

std::optional<AddressBlock> ReadAddressBlock(std::string_view text) {
  const size_t slash = text.find('/');
  const std::string address(text.substr(0, slash));
  AddressBlock block;
  if (inet_pton(AF_INET, address.c_str(), block.bytes.data()) == 1) {
    block.bits = 32;
  } else if (inet_pton(AF_INET6, address.c_str(), block.bytes.data()) == 1) {
    block.bits = 128;
  } else {
    return std::nullopt;
  }
  block.prefix = block.bits;
  if (slash != std::string_view::npos) {
    const std::optional<int64_t> prefix = ReadDigits(text.substr(slash + 1));
    if (!prefix.has_value() || *prefix > block.bits) {
      return std::nullopt;
    }
    block.prefix = static_cast<int>(*prefix);
  }
  return block;
}

bool Contains(const AddressBlock& block, const AddressBlock& address) {
  if (block.bits != address.bits) {
    return false;
  }
  for (int bit = 0; bit < block.prefix; ++bit) {
    const int mask = 0x80 >> (bit % 8);
    if ((block.bytes[bit / 8] & mask) != (address.bytes[bit / 8] & mask)) {
      return false;
    }
  }
  return true;
}

std::optional<std::string> ReadBase64(std::string_view text) {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.size() % 4 != 0) {
    return std::nullopt;
  }
  size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') {
    ++padding;
  }
  std::string bytes;
  unsigned buffer = 0;
  int bits = 0;
  for (const char c : text.substr(0, text.size() - padding)) {
    const size_t digit = kAlphabet.find(c);
    if (digit == std::string_view::npos) {
      return std::nullopt;
    }
    buffer = buffer << 6 | static_cast<unsigned>(digit);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes.push_back(static_cast<char>(buffer >> bits & 0xFF));
    }
  }
  return bytes;
}

std::optional<bool> ReadBool(std::string_view text) {
  const std::string lower = LowerCase(text);
  if (lower != "true" && lower != "false") {
    return std::nullopt;
  }
  return lower == "true";
}

std::u32string FoldCase(std::u32string text) {
  for (char32_t& c : text) {
    c = FoldCharacter(c);
  }
  return text;
}

}  // namespace portcullis::oracle
