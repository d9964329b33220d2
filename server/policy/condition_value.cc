#include "server/policy/condition_value.h"

#include <cstring>
#include <string>
#include <type_traits>

#include "absl/strings/match.h"

#include "server/base/text.h"

namespace portcullis::policy {
namespace {

// The value of a base64 digit; -1 for any other character.
int Base64Digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return -1;
}

// Calls `visit(char)` for every decoded byte. False if `text` is no base64.
template <typename Visitor>
bool ForEachBase64Byte(std::string_view text, Visitor visit) {
  if (text.size() % 4 != 0) return false;
  for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
  uint32_t buffer = 0;
  int bits = 0;
  for (const char c : text) {
    const int digit = Base64Digit(c);
    if (digit < 0) return false;
    buffer = (buffer << 6 | static_cast<uint32_t>(digit)) & 0xFFFF;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      visit(static_cast<char>(buffer >> bits & 0xFF));
    }
  }
  return true;
}

// A plain value as the bytes that a block keeps of it.
template <typename T>
std::string_view BytesOf(const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  return {reinterpret_cast<const char*>(&value), sizeof(T)};
}
template <typename T>
T FromBytes(std::string_view bytes) {
  static_assert(std::is_trivially_copyable_v<T>);
  T value;
  std::memcpy(&value, bytes.data(), sizeof(T));
  return value;
}

}  // namespace

std::optional<bool> ParseBool(std::string_view text) {
  if (absl::EqualsIgnoreCase(base::AbslView(text), "true")) return true;
  if (absl::EqualsIgnoreCase(base::AbslView(text), "false")) return false;
  return std::nullopt;
}

std::optional<std::string> DecodeBase64(std::string_view text) {
  std::string bytes;
  if (!ForEachBase64Byte(text, [&](char byte) { bytes.push_back(byte); })) return std::nullopt;
  return bytes;
}

std::optional<bool> Base64Equals(std::string_view text, std::string_view bytes) {
  size_t count = 0;
  bool equal = true;
  const bool valid = ForEachBase64Byte(text, [&](char byte) {
    equal = equal && count < bytes.size() && bytes[count] == byte;
    ++count;
  });
  if (!valid) return std::nullopt;
  return equal && count == bytes.size();
}

Instant ConditionValue::instant() const {
  return FromBytes<Instant>(text());
}

IpBlock ConditionValue::ip_block() const {
  return FromBytes<IpBlock>(text());
}

void ConditionValue::WriteText(std::string_view text, BlockPlace<ConditionValue> place,
                               BlockWriter* writer) {
  writer->At(place).pattern_.shape_ = Pattern::Shape::kExact;
  writer->SetText(writer->Part(place, &ConditionValue::pattern_), &Pattern::prefix_, text);
}

absl::Status ConditionValue::Write(std::string_view text, ConditionValueType type, bool variables,
                                   BlockPlace<ConditionValue> place, BlockWriter* writer) {
  const BlockPlace<Pattern> pattern = writer->Part(place, &ConditionValue::pattern_);
  writer->At(pattern).shape_ = Pattern::Shape::kNothing;  // Until it turns out to be valid.
  switch (type) {
    case ConditionValueType::kString:
      return Pattern::Write(text, {.variables = variables}, pattern, writer);
    case ConditionValueType::kStringIgnoreCase:
    case ConditionValueType::kBool:
      return Pattern::Write(text, {.variables = variables, .fold_case = true}, pattern, writer);
    case ConditionValueType::kStringLike:
      return Pattern::Write(text, {.wildcards = true, .variables = variables}, pattern, writer);
    case ConditionValueType::kNumber:
      if (ParseDecimal(text).has_value()) WriteText(text, place, writer);
      return absl::OkStatus();
    case ConditionValueType::kDate:
      if (const auto instant = ParseInstant(text)) WriteText(BytesOf(*instant), place, writer);
      return absl::OkStatus();
    case ConditionValueType::kBinary:
      if (const auto bytes = DecodeBase64(text)) WriteText(*bytes, place, writer);
      return absl::OkStatus();
    case ConditionValueType::kIp:
      if (const auto block = ParseIpBlock(text)) WriteText(BytesOf(*block), place, writer);
      return absl::OkStatus();
    case ConditionValueType::kArn:
      return ArnPattern::WriteOperand(text, variables, pattern, writer);
  }
  return absl::OkStatus();
}

}  // namespace portcullis::policy
