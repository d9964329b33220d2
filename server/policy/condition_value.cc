#include "server/policy/condition_value.h"

#include <string>
#include <utility>

#include "absl/strings/match.h"

#include "server/base/status_macros.h"
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

absl::StatusOr<ConditionValue> ConvertPattern(std::string_view text, PatternSyntax syntax) {
  ASSIGN_OR_RETURN(Pattern pattern, Pattern::Compile(text, syntax));
  return ConditionValue(std::move(pattern));
}

template <typename T>
ConditionValue ValueOrInvalid(std::optional<T> value) {
  if (!value.has_value()) return InvalidValue{};
  return ConditionValue(*std::move(value));
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

absl::StatusOr<ConditionValue> ConvertConditionValue(std::string_view text, ConditionValueType type,
                                                     bool variables) {
  switch (type) {
    case ConditionValueType::kString:
      return ConvertPattern(text, {.variables = variables});
    case ConditionValueType::kStringIgnoreCase:
    case ConditionValueType::kBool:
      return ConvertPattern(text, {.variables = variables, .fold_case = true});
    case ConditionValueType::kStringLike:
      return ConvertPattern(text, {.wildcards = true, .variables = variables});
    case ConditionValueType::kNumber:
      if (!ParseDecimal(text).has_value()) return InvalidValue{};
      return ConditionValue(std::string(text));
    case ConditionValueType::kDate:
      return ValueOrInvalid(ParseInstant(text));
    case ConditionValueType::kBinary:
      return ValueOrInvalid(DecodeBase64(text));
    case ConditionValueType::kIp:
      return ValueOrInvalid(ParseIpBlock(text));
    case ConditionValueType::kArn: {
      ASSIGN_OR_RETURN(ArnPattern pattern, ArnPattern::CompileOperand(text, variables));
      if (pattern.matches_nothing()) return InvalidValue{};
      return ConditionValue(std::move(pattern));
    }
  }
  return InvalidValue{};
}

}  // namespace portcullis::policy
