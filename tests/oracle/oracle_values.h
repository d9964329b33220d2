// The scalar types behind the condition operators (part 2.7), each read strictly: the whole text
// must be used up. Nothing outside tests/oracle includes this.

#ifndef PORTCULLIS_TESTS_ORACLE_ORACLE_VALUES_H_
#define PORTCULLIS_TESTS_ORACLE_ORACLE_VALUES_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace portcullis::oracle {

// An exact decimal: digits without superfluous zeros at either end.
struct Decimal {
  bool negative = false;
  std::string whole;
  std::string fraction;
};
std::optional<Decimal> ReadDecimal(std::string_view text);
// Less than, equal to or greater than zero, as `left` is to `right`.
int Compare(const Decimal& left, const Decimal& right);

// A point in time.
struct Instant {
  int64_t seconds = 0;  // since the epoch
  int64_t nanoseconds = 0;
};
std::optional<Instant> ReadInstant(std::string_view text);
int Compare(const Instant& left, const Instant& right);

// An address or a block of addresses.
struct AddressBlock {
  int bits = 0;  // 32 or 128: the family
  int prefix = 0;
  std::array<unsigned char, 16> bytes = {};
};
std::optional<AddressBlock> ReadAddressBlock(std::string_view text);
bool Contains(const AddressBlock& block, const AddressBlock& address);

std::optional<std::string> ReadBase64(std::string_view text);
std::optional<bool> ReadBool(std::string_view text);
std::u32string FoldCase(std::u32string text);

}  // namespace portcullis::oracle

#endif  // PORTCULLIS_TESTS_ORACLE_ORACLE_VALUES_H_
