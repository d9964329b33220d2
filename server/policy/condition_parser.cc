#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"

#include "server/base/text.h"
#include "server/policy/condition_keys.h"
#include "server/policy/condition_operators.h"
#include "server/policy/condition_value.h"
#include "server/policy/policy_parser_internal.h"

namespace portcullis::policy::parser {
namespace {

constexpr std::string_view kIfExists = "IfExists";
constexpr std::array<std::string_view, 2> kQuantifiers = {"ForAllValues", "ForAnyValue"};

std::vector<std::string_view> BaseOperatorNames() {
  std::vector<std::string_view> names = {"Null"};
  for (const ConditionOperator& op : ConditionOperators()) names.push_back(op.name);
  return names;
}

// The operator most like `text`, prefix and suffix included; empty if none is close.
std::string SuggestOperator(std::string_view text) {
  std::string prefix;
  if (const size_t colon = text.find_first_of(':'); colon != std::string_view::npos) {
    prefix = base::Concat(
        {base::ClosestName(text.substr(0, colon), kQuantifiers).value_or(kQuantifiers[1]), ":"});
    text.remove_prefix(colon + 1);
  }
  std::string_view suffix;
  if (text.size() > kIfExists.size() &&
      base::EqualFolded(text.substr(text.size() - kIfExists.size()), kIfExists)) {
    suffix = kIfExists;
    text.remove_suffix(kIfExists.size());
  }
  const std::optional<std::string_view> closest = base::ClosestName(text, BaseOperatorNames());
  if (!closest.has_value()) return {};
  if (*closest == "Null") suffix = {};
  return base::Concat({prefix, *closest, suffix});
}

// Numbers and booleans are read as their text; null and nested values are not values.
bool ReadValue(const base::Node& node, const ParserContext& context,
               std::vector<SourceText>* values) {
  if (!node.is_scalar() || node.kind == base::NodeKind::kNull) {
    context.sink.SyntaxError(node.begin,
                             base::Concat({"expected a string, number or boolean as condition "
                                           "value, not a ",
                                           base::NodeKindName(node.kind)}));
    return false;
  }
  if (node.text.size() > context.limits.pattern_bytes_max) {
    context.sink.OwnError(
        node.begin, absl::StrCat("condition value of ", node.text.size(),
                                 " bytes exceeds the limit of ", context.limits.pattern_bytes_max));
    return false;
  }
  values->push_back({node.text, node.begin});
  return true;
}

bool ReadValues(const base::Node& member, const ParserContext& context,
                std::vector<SourceText>* values) {
  if (!member.is_sequence()) return ReadValue(member, context, values);
  if (member.child_count > context.limits.values_per_condition_max) {
    context.sink.OwnError(member.begin,
                          absl::StrCat(member.child_count, " condition values exceed the limit of ",
                                       context.limits.values_per_condition_max));
    return false;
  }
  bool valid = true;
  values->reserve(member.child_count);
  for (const base::Node& value : member.children()) {
    valid = ReadValue(value, context, values) && valid;
  }
  return valid;
}

// The same date in the year 2000: its form without its year.
std::optional<std::string> InYear2000(std::string_view date) {
  if (date.starts_with('-')) date.remove_prefix(1);
  const size_t year_size = std::min(date.find_first_not_of("0123456789"), date.size());
  if (year_size == 0) return std::nullopt;
  return base::Concat({"2000", date.substr(year_size)});
}

// A date of another age, which IAM saves too, is legal and matches nothing.
void CheckDate(const SourceText& value, const ParserContext& context) {
  if (ParseInstant(value.text).has_value()) return;
  const std::optional<std::string> without_year = InYear2000(value.text);
  if (without_year.has_value() && ParseInstant(*without_year).has_value()) {
    context.sink.Warn(value.position, base::Concat({"date ", base::Quoted(value.text),
                                                    " is out of range and matches nothing"}));
    return;
  }
  context.sink.Error(value.position, MalformedRow::kLegacyParsing,
                     "The policy failed legacy parsing",
                     base::Concat({base::Quoted(value.text), " is not a date"}));
}

//
void CheckKeyName(const base::Node& member, const ParserContext& context) {
  if (member.key.empty()) {
    context.sink.SyntaxError(member.key_begin, "condition key is empty");
  } else if (member.key.ends_with('/') && FindConditionKey(base::Concat({member.key, "k"}))) {
    context.sink.OwnError(member.key_begin,
                          base::Concat({"condition key ", base::Quoted(member.key),
                                        " lacks a tag key after the `/`"}));
  } else if (member.key.size() > context.limits.pattern_bytes_max) {
    context.sink.OwnError(member.key_begin, absl::StrCat("condition key of ", member.key.size(),
                                                         " bytes exceeds the limit of ",
                                                         context.limits.pattern_bytes_max));
  } else if (member.key.find(':') == std::string_view::npos) {
    context.sink.Warn(member.key_begin, base::Concat({"condition key ", base::Quoted(member.key),
                                                      " has no namespace before a `:`"}));
  }
}

// spellings that differ in case are one key.
void CheckKeysAreDistinct(const base::Node& block, const ParserContext& context) {
  if (block.child_count < 2) return;
  absl::flat_hash_set<std::string> folded_keys;
  for (const base::Node& member : block.children()) {
    if (folded_keys.insert(base::FoldCase(member.key)).second) continue;
    context.sink.SyntaxError(member.key_begin,
                             base::Concat({"condition key ", base::Quoted(member.key),
                                           " occurs twice under `", block.key, "`"}));
  }
}

void ParseClause(const base::Node& block, const base::Node& member, const ParsedOperator& op,
                 const ParserContext& context, Statement* statement) {
  CheckKeyName(member, context);
  ConditionClause clause;
  clause.operator_name = {block.key, block.key_begin};
  clause.key = {member.key, member.key_begin};
  if (!ReadValues(member, context, &clause.values)) return;
  if (!op.is_null() && op.op->type == ConditionValueType::kDate) {
    for (const SourceText& value : clause.values) CheckDate(value, context);
  }
  AdviseOnCondition(clause, context);
  statement->conditions.push_back(std::move(clause));
}

// Over an empty block IAM accepts anything, but such a condition never holds.
void ReportUnknownOperator(const base::Node& block, const ParserContext& context,
                           Statement* statement) {
  std::string message = base::Concat({"unknown condition operator ", base::Quoted(block.key)});
  const std::string suggestion = SuggestOperator(block.key);
  const bool empty = block.is_mapping() && block.child_count == 0;
  if (!empty || block.key.find("::") != std::string_view::npos) {
    context.sink.SyntaxError(block.key_begin, std::move(message), suggestion);
    return;
  }
  statement->has_unknown_operator = true;
  message += statement->effect == StatementEffect::kAllow ? ": the statement never applies"
                                                          : " is disregarded";
  context.sink.Warn(block.key_begin, std::move(message), suggestion);
}

void ParseOperatorBlock(const base::Node& block, const ParserContext& context,
                        Statement* statement) {
  const std::optional<ParsedOperator> op = ParseOperator(block.key);
  if (!op.has_value()) ReportUnknownOperator(block, context, statement);
  if (!block.is_mapping()) {
    context.sink.SyntaxError(block.begin, base::Concat({"`", block.key,
                                                        "` must be a mapping from keys to values, "
                                                        "not a ",
                                                        base::NodeKindName(block.kind)}));
    return;
  }
  if (!op.has_value()) return;
  if (!op->canonical) {
    context.sink.Warn(
        block.key_begin,
        base::Concat({"unusual spelling of condition operator ", base::Quoted(block.key)}),
        SuggestOperator(block.key));
  }
  CheckKeysAreDistinct(block, context);
  for (const base::Node& member : block.children()) {
    ParseClause(block, member, *op, context, statement);
  }
}

}  // namespace

void ParseConditions(const base::Node& member, const ParserContext& context, Statement* statement) {
  if (!member.is_mapping()) {
    context.sink.SyntaxError(member.begin,
                             base::Concat({"`Condition` must be a mapping from operators, not a ",
                                           base::NodeKindName(member.kind)}));
    return;
  }
  if (member.child_count == 0) {
    context.sink.Warn(member.begin, "empty `Condition` is always true");
  }
  size_t condition_count = 0;
  for (const base::Node& block : member.children()) condition_count += block.child_count;
  if (condition_count > context.limits.conditions_per_statement_max) {
    context.sink.OwnError(
        member.begin,
        absl::StrCat(condition_count, " conditions exceed the limit of ",
                     context.limits.conditions_per_statement_max, " in one statement"));
    return;
  }
  for (const base::Node& block : member.children()) {
    ParseOperatorBlock(block, context, statement);
  }
}

}  // namespace portcullis::policy::parser
