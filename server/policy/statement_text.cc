#include "server/policy/statement_text.h"

#include <array>
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "server/base/text.h"

namespace portcullis::policy {
namespace {

std::string IpText(const IpBlock& block) {
  std::string text;
  if (block.v6) {
    for (size_t i = 0; i < block.bytes.size(); i += 2) {
      const int group = block.bytes[i] * 256 + block.bytes[i + 1];
      absl::StrAppend(&text, i == 0 ? "" : ":", absl::Hex(group));
    }
  } else {
    for (size_t i = 0; i < 4; ++i) absl::StrAppend(&text, i == 0 ? "" : ".", block.bytes[i]);
  }
  return absl::StrCat(text, "/", block.prefix_length);
}

std::string DateText(const Instant& instant) {
  return absl::FormatTime(
      "%Y-%m-%d%ET%H:%M:%E*SZ",
      absl::FromUnixSeconds(instant.seconds) + absl::Nanoseconds(instant.nanoseconds),
      absl::UTCTimeZone());
}

std::string ValueText(const ConditionValue& value, ConditionValueType type) {
  if (!value.is_valid()) return std::string();
  switch (type) {
    case ConditionValueType::kString:
    case ConditionValueType::kStringIgnoreCase:
    case ConditionValueType::kStringLike:
    case ConditionValueType::kBool:
    case ConditionValueType::kArn:
      return value.pattern().ToText();
    case ConditionValueType::kNumber:
      return std::string(value.text());
    case ConditionValueType::kDate:
      return DateText(value.instant());
    case ConditionValueType::kBinary:
      return absl::Base64Escape(base::AbslView(value.text()));
    case ConditionValueType::kIp:
      return IpText(value.ip_block());
  }
  return std::string();
}

StatementText::Condition NullText(const CompiledCondition& condition) {
  StatementText::Condition text{"Null", std::string(condition.key.folded()), {}};
  if (condition.null_true) text.values.emplace_back("true");
  if (condition.null_false) text.values.emplace_back("false");
  return text;
}

StatementText::Condition ConditionText(const CompiledCondition& condition) {
  if (condition.op() == nullptr) return NullText(condition);
  std::string_view prefix;
  if (condition.quantifier == Quantifier::kForAllValues) prefix = "ForAllValues:";
  if (condition.quantifier == Quantifier::kForAnyValue) prefix = "ForAnyValue:";
  StatementText::Condition text;
  text.op = base::Concat({prefix, condition.op()->name, condition.if_exists ? "IfExists" : ""});
  text.key = std::string(condition.key.folded());
  for (const ConditionValue& value : condition.values) {
    text.values.push_back(ValueText(value, condition.op()->type));
  }
  return text;
}

}  // namespace

StatementText DescribeStatement(const CompiledStatement& statement) {
  StatementText text;
  for (const CompiledPrincipal& principal : statement.principals) {
    const bool everyone = principal.kind == CompiledPrincipal::Kind::kEveryone;
    text.principals.emplace_back(everyone ? "*" : principal.value.view());
  }
  for (const CompiledAction& action : statement.actions) {
    text.actions.push_back(action.pattern.ToText());
  }
  for (const ArnPattern& resource : statement.resources) {
    text.resources.push_back(resource.ToText());
  }
  if (statement.resource_implied) text.resources.emplace_back("*");
  for (const CompiledCondition& condition : statement.conditions) {
    text.conditions.push_back(ConditionText(condition));
  }
  return text;
}

}  // namespace portcullis::policy
