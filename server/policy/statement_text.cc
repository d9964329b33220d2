#include "server/policy/statement_text.h"

#include <array>
#include <string_view>
#include <variant>

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

struct ValueText {
  ConditionValueType type;

  std::string operator()(const InvalidValue&) const { return std::string(); }
  std::string operator()(const Pattern& pattern) const { return pattern.ToText(); }
  std::string operator()(const std::string& value) const {
    return type == ConditionValueType::kBinary ? absl::Base64Escape(value) : value;
  }
  std::string operator()(const Instant& instant) const { return DateText(instant); }
  std::string operator()(const IpBlock& block) const { return IpText(block); }
  std::string operator()(const ArnPattern& pattern) const { return pattern.ToText(); }
};

StatementText::Condition NullText(const CompiledCondition& condition) {
  StatementText::Condition text{"Null", std::string(condition.key.folded()), {}};
  if (condition.null_true) text.values.emplace_back("true");
  if (condition.null_false) text.values.emplace_back("false");
  return text;
}

StatementText::Condition ConditionText(const CompiledCondition& condition) {
  if (condition.op == nullptr) return NullText(condition);
  std::string_view prefix;
  if (condition.quantifier == Quantifier::kForAllValues) prefix = "ForAllValues:";
  if (condition.quantifier == Quantifier::kForAnyValue) prefix = "ForAnyValue:";
  StatementText::Condition text;
  text.op = base::Concat({prefix, condition.op->name, condition.if_exists ? "IfExists" : ""});
  text.key = std::string(condition.key.folded());
  for (const ConditionValue& value : condition.values) {
    text.values.push_back(std::visit(ValueText{condition.op->type}, value));
  }
  return text;
}

}  // namespace

StatementText DescribeStatement(const CompiledStatement& statement) {
  StatementText text;
  for (const CompiledPrincipal& principal : statement.principals) {
    text.principals.push_back(
        principal.kind == CompiledPrincipal::Kind::kEveryone ? "*" : principal.value);
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
