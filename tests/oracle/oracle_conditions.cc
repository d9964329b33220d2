// Condition blocks: parts 2.6 and 2.7.

#include <algorithm>

#include "tests/oracle/oracle_parts.h"
#include "tests/oracle/oracle_values.h"

namespace portcullis::oracle {
namespace {

enum class Set { kNone, kForAllValues, kForAnyValue };
enum class Type {
  kString,
  kFoldedString,
  kLike,
  kNumeric,
  kDate,
  kBool,
  kBinary,
  kIp,
  kArn,
  kNull
};
enum class Order { kEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };

struct Operator {
  Set set = Set::kNone;
  bool if_exists = false;
  Type type = Type::kString;
  bool negated = false;
  Order order = Order::kEqual;
};

struct BaseName {
  const char* name;  // lower case
  Type type;
  bool negated;
  Order order;
};

constexpr BaseName kBaseNames[] = {
    {"stringequals", Type::kString, false, Order::kEqual},
    {"stringnotequals", Type::kString, true, Order::kEqual},
    {"stringequalsignorecase", Type::kFoldedString, false, Order::kEqual},
    {"stringnotequalsignorecase", Type::kFoldedString, true, Order::kEqual},
    {"stringlike", Type::kLike, false, Order::kEqual},
    {"stringnotlike", Type::kLike, true, Order::kEqual},
    {"numericequals", Type::kNumeric, false, Order::kEqual},
    {"numericnotequals", Type::kNumeric, true, Order::kEqual},
    {"numericlessthan", Type::kNumeric, false, Order::kLess},
    {"numericlessthanequals", Type::kNumeric, false, Order::kLessOrEqual},
    {"numericgreaterthan", Type::kNumeric, false, Order::kGreater},
    {"numericgreaterthanequals", Type::kNumeric, false, Order::kGreaterOrEqual},
    {"dateequals", Type::kDate, false, Order::kEqual},
    {"datenotequals", Type::kDate, true, Order::kEqual},
    {"datelessthan", Type::kDate, false, Order::kLess},
    {"datelessthanequals", Type::kDate, false, Order::kLessOrEqual},
    {"dategreaterthan", Type::kDate, false, Order::kGreater},
    {"dategreaterthanequals", Type::kDate, false, Order::kGreaterOrEqual},
    {"bool", Type::kBool, false, Order::kEqual},
    {"binaryequals", Type::kBinary, false, Order::kEqual},
    {"ipaddress", Type::kIp, false, Order::kEqual},
    {"notipaddress", Type::kIp, true, Order::kEqual},
    {"arnequals", Type::kArn, false, Order::kEqual},
    {"arnlike", Type::kArn, false, Order::kEqual},
    {"arnnotequals", Type::kArn, true, Order::kEqual},
    {"arnnotlike", Type::kArn, true, Order::kEqual},
    {"null", Type::kNull, false, Order::kEqual},
};

//
std::optional<Operator> ReadOperator(std::string_view written) {
  std::string name = LowerCase(written);
  Operator op;
  const std::string all = "forallvalues:";
  const std::string any = "foranyvalue:";
  const std::string if_exists = "ifexists";
  if (name.compare(0, all.size(), all) == 0) {
    op.set = Set::kForAllValues;
    name.erase(0, all.size());
  } else if (name.compare(0, any.size(), any) == 0) {
    op.set = Set::kForAnyValue;
    name.erase(0, any.size());
  }
  if (name.size() > if_exists.size() &&
      name.compare(name.size() - if_exists.size(), if_exists.size(), if_exists) == 0) {
    op.if_exists = true;
    name.resize(name.size() - if_exists.size());
  }
  for (const BaseName& base : kBaseNames) {
    if (name == base.name) {
      op.type = base.type;
      op.negated = base.negated;
      op.order = base.order;
      const bool null_if_exists = op.type == Type::kNull && op.if_exists;
      return null_if_exists ? std::nullopt : std::optional<Operator>(op);
    }
  }
  return std::nullopt;
}

// One request value against one policy value, with the positive form of the operator.
enum class Match { kNo, kYes, kUnparseable };

Match ToMatch(bool matches) {
  return matches ? Match::kYes : Match::kNo;
}

Match InOrder(int compared, Order order) {
  switch (order) {
    case Order::kEqual:
      return ToMatch(compared == 0);
    case Order::kLess:
      return ToMatch(compared < 0);
    case Order::kLessOrEqual:
      return ToMatch(compared <= 0);
    case Order::kGreater:
      return ToMatch(compared > 0);
    case Order::kGreaterOrEqual:
      return ToMatch(compared >= 0);
  }
  return Match::kNo;
}

// ..2.70; `pattern` is nothing when a variable is unresolved.
Match MatchString(Type type, const std::string& value, const std::optional<Pattern>& pattern) {
  if (!pattern.has_value()) {
    return Match::kNo;
  }
  const std::u32string text = Decode(value);
  if (type == Type::kLike) {
    return ToMatch(PatternMatches(*pattern, text));
  }
  std::u32string wanted;
  for (const Symbol& symbol : *pattern) {
    wanted.push_back(symbol.character);
  }
  return ToMatch(type == Type::kString ? wanted == text : FoldCase(wanted) == FoldCase(text));
}

//
Match MatchArn(const std::string& value, const std::optional<Pattern>& pattern) {
  if (!IsArn(value)) {
    return Match::kUnparseable;
  }
  if (!pattern.has_value()) {
    return Match::kNo;
  }
  if (pattern->size() == 1 && pattern->front().type == Symbol::Type::kAnySequence) {
    return Match::kYes;
  }
  std::vector<Pattern> fields(1);
  for (const Symbol& symbol : *pattern) {
    if (symbol.character == U':' && fields.size() < 6) {
      fields.emplace_back();
    } else {
      fields.back().push_back(symbol);
    }
  }
  if (fields.size() < 6) {
    return Match::kUnparseable;
  }
  const std::vector<std::string> parts = SplitArn(value);
  for (int i = 0; i < 6; ++i) {
    if (!PatternMatches(fields[i], Decode(parts[i]))) {
      return Match::kNo;
    }
  }
  return Match::kYes;
}

Match MatchBool(const std::string& value, const std::optional<Pattern>& pattern) {
  if (!pattern.has_value()) {
    return Match::kNo;
  }
  std::string wanted;
  for (const Symbol& symbol : *pattern) {
    wanted.push_back(symbol.character < 0x80 ? static_cast<char>(symbol.character) : '?');
  }
  const std::optional<bool> left = ReadBool(value);
  return ToMatch(left.has_value() && left == ReadBool(wanted));
}

Match MatchIp(const std::string& value, const std::string& wanted) {
  const std::optional<AddressBlock> address = ReadAddressBlock(value);
  const std::optional<AddressBlock> block = ReadAddressBlock(wanted);
  const bool is_address = address.has_value() && value.find('/') == std::string::npos;
  if (!is_address || !block.has_value()) {
    return Match::kUnparseable;
  }
  return ToMatch(Contains(*block, *address));
}

Match MatchValue(const Operator& op, const std::string& value, const std::string& wanted,
                 const Scope& scope) {
  switch (op.type) {
    case Type::kString:
    case Type::kFoldedString:
    case Type::kLike:
      return MatchString(op.type, value, Expand(wanted, scope));
    case Type::kArn:
      return MatchArn(value, Expand(wanted, scope));
    case Type::kBool:
      return MatchBool(value, Expand(wanted, scope));
    case Type::kNumeric: {
      const std::optional<Decimal> left = ReadDecimal(value);
      const std::optional<Decimal> right = ReadDecimal(wanted);
      return left && right ? InOrder(Compare(*left, *right), op.order) : Match::kUnparseable;
    }
    case Type::kDate: {
      const std::optional<Instant> left = ReadInstant(value);
      const std::optional<Instant> right = ReadInstant(wanted);
      return left && right ? InOrder(Compare(*left, *right), op.order) : Match::kUnparseable;
    }
    case Type::kBinary: {
      const std::optional<std::string> left = ReadBase64(value);
      return ToMatch(left.has_value() && left == ReadBase64(wanted));
    }
    case Type::kIp:
      return MatchIp(value, wanted);
    case Type::kNull:
      break;
  }
  return Match::kNo;
}

// `test` of the reference procedure: one request value against all policy values.
bool Test(const Operator& op, const std::string& value, const std::vector<std::string>& wanted,
          const Scope& scope) {
  bool any = false;
  bool unparseable = false;
  for (const std::string& text : wanted) {
    const Match match = MatchValue(op, value, text, scope);
    any = any || match == Match::kYes;
    unparseable = unparseable || match == Match::kUnparseable;
  }
  // a pair that cannot be compared is no match, and nothing can be
  // said to differ from it either.
  return op.negated ? !any && !unparseable : any;
}

//
bool ResultWhenAbsent(const Operator& op) {
  if (op.if_exists || op.set == Set::kForAllValues) {
    return true;
  }
  return op.set == Set::kNone && op.negated;
}

bool NullHolds(const Operator& op, bool present, const std::vector<std::string>& wanted) {
  if (op.set != Set::kNone) {
    return op.set == Set::kForAllValues;
  }
  return std::any_of(wanted.begin(), wanted.end(),
                     [present](const std::string& text) { return (text == "true") == !present; });
}

// `condition` of the reference procedure.
bool KeyHolds(const Operator& op, const std::string& key, const std::vector<std::string>& wanted,
              const Scope& scope) {
  bool ambiguous = false;
  const Values* values = FindKey(scope.question->context, key, &ambiguous);
  if (op.type == Type::kNull) {
    return NullHolds(op, values != nullptr, wanted);
  }
  if (values == nullptr) {
    return ResultWhenAbsent(op);
  }
  if (ambiguous || (op.set == Set::kNone && values->multivalued)) {
    return false;
  }
  if (wanted.empty()) {
    return op.set == Set::kNone && !op.if_exists && op.negated;
  }
  const auto test = [&](const std::string& value) { return Test(op, value, wanted, scope); };
  const std::vector<std::string>& given = values->values;
  switch (op.set) {
    case Set::kNone:
      return test(given[0]);
    case Set::kForAllValues:
      // a single empty string is no value.
      return (given.size() == 1 && given[0].empty()) ||
             std::all_of(given.begin(), given.end(), test);
    case Set::kForAnyValue:
      return std::any_of(given.begin(), given.end(), test);
  }
  return false;
}

}  // namespace

ConditionResult ConditionPart(const Node& statement, const Scope& scope) {
  const Node* block = statement.Find("Condition");
  if (block == nullptr) {
    return ConditionResult::kTrue;
  }
  bool all_hold = true;
  for (const auto& [name, keys] : block->Members()) {
    const std::optional<Operator> op = ReadOperator(name);
    if (!op.has_value()) {
      return ConditionResult::kUnknownOperator;
    }
    for (const auto& [key, wanted] : keys->Members()) {
      all_hold = all_hold && KeyHolds(*op, key, wanted->Texts(), scope);
    }
  }
  return all_hold ? ConditionResult::kTrue : ConditionResult::kFalse;
}

}  // namespace portcullis::oracle
