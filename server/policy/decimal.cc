#include <compare>

#include "server/policy/condition_value.h"

namespace portcullis::policy {
namespace {

size_t CountDigits(std::string_view text) {
  size_t count = 0;
  while (count < text.size() && text[count] >= '0' && text[count] <= '9') ++count;
  return count;
}

std::strong_ordering CompareMagnitudes(const Decimal& a, const Decimal& b) {
  if (const auto order = a.integer.size() <=> b.integer.size(); order != 0) return order;
  if (const auto order = a.integer <=> b.integer; order != 0) return order;
  return a.fraction <=> b.fraction;
}

}  // namespace

std::optional<Decimal> ParseDecimal(std::string_view text) {
  Decimal number;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    number.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  const size_t digits = CountDigits(text);
  if (digits == 0) return std::nullopt;
  number.integer = text.substr(0, digits);
  text.remove_prefix(digits);
  if (!text.empty()) {
    number.fraction = text.substr(1);
    const bool well_formed = text[0] == '.' && !number.fraction.empty() &&
                             CountDigits(number.fraction) == number.fraction.size();
    if (!well_formed) return std::nullopt;
  }
  while (number.integer.starts_with('0')) number.integer.remove_prefix(1);
  while (number.fraction.ends_with('0')) number.fraction.remove_suffix(1);
  if (number.integer.empty() && number.fraction.empty()) number.negative = false;
  return number;
}

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
  if (a.negative != b.negative) {
    return a.negative ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  return a.negative ? CompareMagnitudes(b, a) : CompareMagnitudes(a, b);
}

bool operator==(const Decimal& a, const Decimal& b) {
  return (a <=> b) == 0;
}

}  // namespace portcullis::policy
