#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/text.h"
#include "server/policy/arn.h"
#include "server/policy/condition_keys.h"
#include "server/policy/condition_operators.h"
#include "server/policy/condition_value.h"
#include "server/policy/policy_parser_internal.h"

namespace portcullis::policy::parser {
namespace {

bool HasVariable(std::string_view text) {
  return text.find("${") != std::string_view::npos;
}

bool IsExactString(ConditionValueType type) {
  return type == ConditionValueType::kString || type == ConditionValueType::kStringIgnoreCase;
}

bool IsAnyString(ConditionValueType type) {
  return IsExactString(type) || type == ConditionValueType::kStringLike;
}

// Whether a value that means something under this operator may contain a variable (R-2.45).
bool TakesVariables(ConditionValueType type) {
  return IsAnyString(type) || type == ConditionValueType::kArn || type == ConditionValueType::kBool;
}

// What a value of this type is called, if `text` is none; empty if it is one.
std::string_view MissingForm(std::string_view text, ConditionValueType type) {
  switch (type) {
    case ConditionValueType::kNumber:
      return ParseDecimal(text).has_value() ? "" : "a number";
    case ConditionValueType::kBool:
      return ParseBool(text).has_value() ? "" : "`true` or `false`";
    case ConditionValueType::kBinary:
      return DecodeBase64(text).has_value() ? "" : "base64";
    case ConditionValueType::kIp:
      return ParseIpBlock(text).has_value() ? "" : "an address or a block of addresses";
    case ConditionValueType::kArn:
      return text == "*" || std::count(text.begin(), text.end(), ':') >= 5 ? ""
                                                                           : "an ARN of six fields";
    case ConditionValueType::kString:
    case ConditionValueType::kStringIgnoreCase:
    case ConditionValueType::kStringLike:
    case ConditionValueType::kDate:  // An error, found by the parser.
      return "";
  }
  return "";
}

// R-2.132, R-2.133, R-2.127.
void AdviseOnValue(const SourceText& value, ConditionValueType type, const ParserContext& context) {
  if (HasVariable(value.text)) {
    if (!TakesVariables(type)) {
      context.sink.Warn(value.position, "variables can only be used with string and ARN operators");
    } else if (context.version == LanguageVersion::k2008) {
      context.sink.Warn(value.position,
                        base::Concat({"variable in ", base::Quoted(value.text),
                                      " is literal text without version `2012-10-17`"}));
    }
    return;
  }
  if (IsExactString(type) && value.text.find_first_of("*?") != std::string_view::npos) {
    context.sink.Warn(value.position, base::Concat({"wildcard in ", base::Quoted(value.text),
                                                    " is an ordinary character without a `Like` "
                                                    "operator"}));
    return;
  }
  const std::string_view missing = MissingForm(value.text, type);
  if (missing.empty()) return;
  context.sink.Warn(value.position, base::Concat({base::Quoted(value.text), " is not ", missing,
                                                  " and matches nothing"}));
}

void AdviseOnNullValues(const ConditionClause& clause, const ParserContext& context) {
  for (const SourceText& value : clause.values) {
    if (ParseBool(value.text).has_value()) continue;
    context.sink.Warn(value.position, base::Concat({"`Null` asks for `true` or `false`, not ",
                                                    base::Quoted(value.text)}));
  }
}

// Whether the operator can compare values of the key's type (R-2.86). String operators compare the
// text of anything, which is rarely meant for what has other spellings.
bool Fits(ConditionValueType op, KeyValueType key) {
  switch (key) {
    case KeyValueType::kString:
      return op != ConditionValueType::kDate && op != ConditionValueType::kBool;
    case KeyValueType::kBool:
      return op == ConditionValueType::kBool || IsAnyString(op);
    case KeyValueType::kNumeric:
      return op == ConditionValueType::kNumber;
    case KeyValueType::kDate:
      return op == ConditionValueType::kDate || op == ConditionValueType::kNumber;
    case KeyValueType::kIp:
      return op == ConditionValueType::kIp;
    case KeyValueType::kArn:
      return op == ConditionValueType::kArn || IsAnyString(op);
    case KeyValueType::kBinary:
      return op == ConditionValueType::kBinary;
  }
  return true;
}

// An unknown key in a namespace of ours is likely misspelled; elsewhere it is somebody's own.
void AdviseOnUnknownKey(const SourceText& key, const ParserContext& context) {
  if (!base::EqualFolded(key.text.substr(0, 4), "aws:") &&
      !base::EqualFolded(key.text.substr(0, 4), "sts:")) {
    return;
  }
  if (key.text.ends_with('/')) return;  // A family without a tag key: the parser's to report.
  std::vector<std::string_view> names;
  for (const ConditionKey& known : ConditionKeys()) names.push_back(known.name);
  context.sink.Warn(key.position, base::Concat({"unknown condition key ", base::Quoted(key.text)}),
                    base::ClosestName(key.text, names).value_or(""));
}

void AdviseOnKey(const ConditionClause& clause, const ParsedOperator& op,
                 const ParserContext& context) {
  const ConditionKey* const key = FindConditionKey(clause.key.text);
  if (key == nullptr) {
    AdviseOnUnknownKey(clause.key, context);
    return;
  }
  if (op.is_null()) return;
  if (key->multivalued && op.quantifier == Quantifier::kNone) {  // R-2.58.
    context.sink.Warn(clause.key.position,
                      base::Concat({"multivalued key ", base::Quoted(clause.key.text),
                                    " never matches without `ForAllValues:` or `ForAnyValue:`"}));
  }
  if (!Fits(op.op->type, key->type)) {
    context.sink.Warn(
        clause.operator_name.position,
        base::Concat({"operator ", base::Quoted(clause.operator_name.text),
                      " does not fit the type of key ", base::Quoted(clause.key.text)}));
  }
  const bool passes_when_absent = op.if_exists || op.op->polarity == Polarity::kNegated;
  if (key->name == "sts:ExternalId" && passes_when_absent) {  // R-5.41.
    context.sink.Warn(clause.operator_name.position,
                      base::Concat({"operator ", base::Quoted(clause.operator_name.text),
                                    " lets callers without an external id pass; `StringEquals` "
                                    "does not"}));
  }
}

// `Null: {key: "false"}` in the same statement.
bool RequiresPresence(const Statement& statement, std::string_view key) {
  return std::any_of(
      statement.conditions.begin(), statement.conditions.end(),
      [key](const ConditionClause& clause) {
        const std::optional<ParsedOperator> op = ParseOperator(clause.operator_name.text);
        return op.has_value() && op->is_null() && op->quantifier == Quantifier::kNone &&
               clause.values.size() == 1 && ParseBool(clause.values[0].text) == false &&
               base::EqualFolded(clause.key.text, key);
      });
}

// R-2.65, R-2.137: what is absent satisfies ForAllValues.
void AdviseOnForAllValues(const Statement& statement, const ParserContext& context) {
  if (statement.effect != StatementEffect::kAllow) return;
  for (const ConditionClause& clause : statement.conditions) {
    const std::optional<ParsedOperator> op = ParseOperator(clause.operator_name.text);
    if (!op.has_value() || op->quantifier != Quantifier::kForAllValues) continue;
    if (RequiresPresence(statement, clause.key.text)) continue;
    context.sink.Warn(
        clause.operator_name.position,
        base::Concat({base::Quoted(clause.operator_name.text),
                      " in an `Allow` is true for requests without ", base::Quoted(clause.key.text),
                      "; `Null` with `false` demands it"}));
  }
}

bool IsOidcProvider(std::string_view provider) {
  const std::optional<ArnView> arn = ArnView::Parse(provider);
  return !arn.has_value() || ClassifyPrincipalArn(*arn) == PrincipalArnKind::kOidcProvider;
}

bool TestsSubject(const Statement& statement) {
  return std::any_of(
      statement.conditions.begin(), statement.conditions.end(), [](const ConditionClause& clause) {
        const std::string_view key = clause.key.text;
        return key.size() > 4 && base::EqualFolded(key.substr(key.size() - 4), ":sub");
      });
}

// R-2.141, A-100: such a provider vouches for all of its users.
void AdviseOnOidcTrust(const Statement& statement, const ParserContext& context) {
  if (context.type != PolicyType::kTrust || statement.effect != StatementEffect::kAllow) return;
  if (TestsSubject(statement)) return;
  for (const PrincipalEntry& entry : statement.principals) {
    if (entry.type != PrincipalType::kFederated || !IsOidcProvider(entry.value.text)) continue;
    context.sink.Warn(entry.value.position,
                      base::Concat({"every user of ", base::Quoted(entry.value.text),
                                    " may assume this role: no condition on its `:sub` key"}));
  }
}

}  // namespace

void AdviseOnCondition(const ConditionClause& clause, const ParserContext& context) {
  const std::optional<ParsedOperator> op = ParseOperator(clause.operator_name.text);
  if (!op.has_value()) return;
  if (clause.values.empty()) {
    context.sink.Warn(clause.key.position,
                      base::Concat({"condition on ", base::Quoted(clause.key.text),
                                    " has no values"}));  // R-2.62.
  }
  AdviseOnKey(clause, *op, context);
  if (op->is_null()) {
    AdviseOnNullValues(clause, context);
    return;
  }
  for (const SourceText& value : clause.values) AdviseOnValue(value, op->op->type, context);
}

void AdviseOnStatement(const Statement& statement, const ParserContext& context) {
  AdviseOnForAllValues(statement, context);
  AdviseOnOidcTrust(statement, context);
}

}  // namespace portcullis::policy::parser
