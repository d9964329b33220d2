// Values in conditions: those of a policy, converted once, and the parsers for those of a request.
#ifndef PORTCULLIS_SERVER_POLICY_CONDITION_VALUE_H_
#define PORTCULLIS_SERVER_POLICY_CONDITION_VALUE_H_

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

#include "server/policy/block.h"
#include "server/policy/pattern.h"

namespace portcullis::policy {

enum class ConditionValueType : uint8_t {
  kString,            // Exact text.
  kStringIgnoreCase,
  kStringLike,
  kNumber,
  kDate,
  kBool,
  kBinary,
  kIp,
  kArn,
};

// An exact decimal number of any length: sign, digits without leading zeros, fraction without
// trailing zeros. Views into the text it was parsed from. Zero is never negative.
struct Decimal {
  bool negative = false;
  std::string_view integer;
  std::string_view fraction;
  friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);
  friend bool operator==(const Decimal& a, const Decimal& b);
};
// optional sign, digits, optional fraction; the whole text. nullopt otherwise.
std::optional<Decimal> ParseDecimal(std::string_view text);

// An instant: seconds since 1970 and nanoseconds within the second.
struct Instant {
  int64_t seconds = 0;
  int32_t nanoseconds = 0;
  friend auto operator<=>(const Instant&, const Instant&) = default;
};
// ISO 8601 forms or epoch seconds. nullopt if unparsable or before 1970.
std::optional<Instant> ParseInstant(std::string_view text);

// An address or a block of addresses of one family. IPv4 uses the first four bytes.
struct IpBlock {
  std::array<uint8_t, 16> bytes = {};
  uint8_t prefix_length = 0;
  bool v6 = false;
  bool Contains(const IpBlock& address) const;  // false for another family.
};
// address with optional `/n`; IPv6 in any form of RFC 4291; no leading zeros in octets.
std::optional<IpBlock> ParseIpBlock(std::string_view text);
// A single address, without `/n`; an IPv4-mapped IPv6 address becomes IPv4.
std::optional<IpBlock> ParseIpAddress(std::string_view text);

// `true` or `false` without regard to case.
std::optional<bool> ParseBool(std::string_view text);

// Base64 of RFC 4648 section 4 with its padding and nothing else. nullopt otherwise.
std::optional<std::string> DecodeBase64(std::string_view text);
// Whether `text` is such base64 of exactly `bytes`, without allocating; nullopt if it is no base64.
std::optional<bool> Base64Equals(std::string_view text, std::string_view bytes);

// A policy value after compilation, in a block. What it holds its operator's type says:
//   kString, kStringIgnoreCase, kStringLike, kBool: pattern() (Bool may hold a variable)
//   kArn: pattern(), made by ArnPattern::WriteOperand(), to be matched with whole ARNs
//   kNumber: text(), a decimal as written; kBinary: text(), decoded
//   kDate: instant(); kIp: ip_block()
class ConditionValue {
 public:
  // Makes the value that operators of `type` compare with. A text that is not of the type becomes
  // invalid. INVALID_ARGUMENT for a malformed variable. `variables`: they have meaning in
  // this document; types that do not take them ignore it.
  static absl::Status Write(std::string_view text, ConditionValueType type, bool variables,
                            BlockPlace<ConditionValue> place, BlockWriter* writer);

  // Not of the operator's type: it matches nothing. Such a value has none of the forms below.
  bool is_valid() const { return pattern_.shape_ != Pattern::Shape::kNothing; }

  const Pattern& pattern() const { return pattern_; }
  std::string_view text() const { return pattern_.literal_prefix(); }
  Instant instant() const;
  IpBlock ip_block() const;

 private:
  // Keeps text() and what the other two forms are read from.
  static void WriteText(std::string_view text, BlockPlace<ConditionValue> place,
                        BlockWriter* writer);

  Pattern pattern_;
};

}  // namespace portcullis::policy

#endif  // PORTCULLIS_SERVER_POLICY_CONDITION_VALUE_H_
