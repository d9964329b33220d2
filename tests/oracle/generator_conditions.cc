#include "tests/oracle/generator_conditions.h"

#include <map>
#include <set>

#include "tests/oracle/oracle_parts.h"

namespace portcullis::oracle {
namespace {

// A kind of condition: which operators, which keys, which values on either side.
struct Family {
  std::vector<std::string> operators;
  std::vector<std::string> keys;
  std::vector<std::string> request_values;
  std::vector<std::string> policy_values;
  std::vector<std::string> odd_policy_values;  // accepted, but not readable by the operator
  bool json_scalars;                           // a policy value may be a JSON number or boolean
};

const std::vector<Family>& Families() {
  static const std::vector<Family> families = {
      {{"StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase",
        "StringLike", "StringNotLike"},
       {"app:color", "aws:PrincipalTag/team", "aws:username", "aws:PrincipalAccount"},
       {"a", "A", "ab", "*", "", "\xC3\xA9", "a?", "$"},
       {"a", "A", "a*", "?", "*", "\xC3\x89", "ab", "${app:color}", "${aws:PrincipalTag/team}",
        "${AWS:Username}", "${app:absent, 'a'}", "${app:many}", "${*}", "a${?}", "${$}",
        "111111111111", "alice", "b"},
       {},
       false},
      {{"NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals",
        "NumericGreaterThan", "NumericGreaterThanEquals"},
       {"app:number"},
       {"5", "5.0", "10", "-1", "+5.25", "many", "0.50"},
       {"5", "05.00", "10", "-1.0", "5.25", "0"},
       {"five", "5.", "1e1"},
       true},
      {{"DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan",
        "DateGreaterThanEquals"},
       {"app:when"},
       {"2024-01-01T00:00:00Z", "1704067200", "2024-06-01T12:00:00.5+02:00", "soon", "2024-01",
        "2024"},
       {"2024-01-01", "1704067200", "2024-01-01t01:00+01:00", "2024-06-01T10:00:00.500Z",
        "2023-12-31T23:59:59Z", "2024"},
       {},
       false},
      {{"Bool"},
       {"app:flag"},
       {"true", "false", "TRUE", "perhaps"},
       {"true", "false", "False"},
       {"perhaps", "${app:flag}"},
       true},
      {{"BinaryEquals"}, {"app:bytes"}, {"YQ==", "Yg==", "?"}, {"YQ==", "Yg=="}, {}, false},
      {{"IpAddress", "NotIpAddress"},
       {"app:address"},
       {"10.0.0.5", "10.1.0.1", "192.0.2.7", "2001:db8::1", "nowhere"},
       {"10.0.0.0/8", "10.0.0.9/24", "10.0.0.5", "0.0.0.0/0", "2001:DB8:0::/32", "::/0"},
       {"10.0.0.0/33", "10.0.0"},
       false},
      {{"ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"},
       {"app:source", "aws:PrincipalArn"},
       {"arn:aws:mq:eu:111111111111:t", "arn:aws:mq:us:111111111111:t:a", "arn:aws:mq", "t",
        "arn:aws:mq:eu::"},
       {"arn:aws:mq:eu:111111111111:t", "arn:aws:mq:*:111111111111:*", "arn:aws:mq:?u:*:t*",
        "arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::111111111111:role/eng/Deploy",
        "arn:aws:*:*:*:*", "*", "${app:source}", "arn:aws:mq:eu:*:${app:color, 't'}"},
       {"arn:aws:mq:*", "t"},
       false},
  };
  return families;
}

// Has values of several families at once.
constexpr char kManyKey[] = "app:many";

std::string MixedCase(const std::string& text, Random& random) {
  std::string mixed = text;
  for (char& c : mixed) {
    if (c >= 'a' && c <= 'z' && random.Percent(30)) {
      c = static_cast<char>(c - 'a' + 'A');
    }
  }
  return mixed;
}

// A JSON number or boolean where the text is spelled like one, else a string.
std::string ScalarJson(const std::string& text, bool json_scalars, Random& random) {
  const bool number = text == "5" || text == "10" || text == "-1.0" || text == "5.25";
  const bool boolean = text == "true" || text == "false";
  const bool bare = json_scalars && (number || boolean) && random.Percent(40);
  return bare ? text : QuoteJson(text);
}

// What a condition block holds already. One block spells a key one way.
struct Used {
  std::set<std::string> operators;               // lower case
  std::map<std::string, std::string> spellings;  // of keys, by their lower case
};

// Mostly one of the family's own keys, or the multivalued one; sometimes any.
std::string PickKey(const Family& family, bool set_operator, Used& used, Random& random) {
  std::string key = random.Pick(family.keys);
  if (random.Percent(set_operator ? 70 : 4)) {
    key = kManyKey;
  } else if (random.Percent(4)) {
    key = random.Pick(Families()[random.Below(Families().size())].keys);
  }
  const std::string spelling = random.Percent(10) ? MixedCase(key, random) : key;
  return used.spellings.emplace(LowerCase(key), spelling).first->second;
}

std::string PolicyValue(const Family& family, Random& random, const GeneratorOptions& options) {
  const bool odd = options.odd_documents && !family.odd_policy_values.empty();
  if (odd && random.Percent(4)) {
    return random.Pick(family.odd_policy_values);
  }
  return random.Pick(family.policy_values);
}

std::string ValuesJson(const Family& family, Random& random, const GeneratorOptions& options) {
  if (options.odd_documents && random.Percent(2)) {
    return "[]";
  }
  const bool is_bool = family.operators[0] == "Bool";  // one value only
  const size_t count = is_bool || random.Percent(60) ? 1 : random.Between(2, 3);
  std::string list;
  for (size_t i = 0; i < count; ++i) {
    list += (i == 0 ? "" : ",") +
            ScalarJson(PolicyValue(family, random, options), family.json_scalars, random);
  }
  return count == 1 && random.Percent(60) ? list : "[" + list + "]";
}

std::string OperatorName(const Family& family, bool set_operator, Random& random,
                         const GeneratorOptions& options) {
  std::string name = random.Pick(family.operators);
  if (set_operator) {
    name = (random.Percent(50) ? "ForAllValues:" : "ForAnyValue:") + name;
  }
  if (random.Percent(20)) {
    name += "IfExists";
  }
  return options.odd_documents && random.Percent(3) ? LowerCase(name) : name;
}

// `"Null":{"key":"true"}`.
std::string NullCondition(Used& used, Random& random) {
  std::string name = "Null";
  if (random.Percent(10)) {
    name = random.Percent(50) ? "ForAllValues:Null" : "ForAnyValue:Null";
  }
  if (!used.operators.insert(LowerCase(name)).second) {
    return "";
  }
  const Family& family = Families()[random.Below(Families().size())];
  const std::string key = PickKey(family, random.Percent(20), used, random);
  const std::string value = random.Percent(50) ? "true" : "false";
  return QuoteJson(name) + ":{" + QuoteJson(key) + ":" + ScalarJson(value, true, random) + "}";
}

// One operator with its keys; empty when the block has that operator already.
std::string Condition(Used& used, Random& random, const GeneratorOptions& options) {
  if (random.Percent(8)) {
    return NullCondition(used, random);
  }
  const Family& family = Families()[random.Percent(35) ? 0 : random.Below(Families().size())];
  const bool set_operator = random.Percent(25);
  const std::string name = OperatorName(family, set_operator, random, options);
  if (!used.operators.insert(LowerCase(name)).second) {
    return "";
  }
  std::string keys;
  std::set<std::string> used_keys;
  const size_t count = random.Percent(85) ? 1 : 2;
  for (size_t i = 0; i < count; ++i) {
    const std::string key = PickKey(family, set_operator, used, random);
    if (used_keys.insert(LowerCase(key)).second) {
      keys +=
          (keys.empty() ? "" : ",") + QuoteJson(key) + ":" + ValuesJson(family, random, options);
    }
  }
  return QuoteJson(name) + ":{" + keys + "}";
}

Values ManyValues(Random& random) {
  Values values;
  values.multivalued = true;
  const size_t family = random.Percent(50) ? 0 : random.Below(Families().size());
  for (size_t count = random.Below(4); count > 0; --count) {
    values.values.push_back(random.Pick(Families()[family].request_values));
  }
  return values;
}

}  // namespace

std::string QuoteJson(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
    }
    quoted += c;
  }
  return quoted + "\"";
}

std::string ListJson(const std::vector<std::string>& texts, Random& random) {
  if (texts.size() == 1 && random.Percent(60)) {
    return QuoteJson(texts[0]);
  }
  std::string list;
  for (const std::string& text : texts) {
    list += (list.empty() ? "" : ",") + QuoteJson(text);
  }
  return "[" + list + "]";
}

Context GenerateContext(Random& random) {
  Context context;
  for (const Family& family : Families()) {
    const std::string& key = family.keys[0];  // the others come from the caller
    if (random.Percent(70)) {
      context[key] = Values{{random.Pick(family.request_values)}, false};
    }
  }
  if (random.Percent(50)) {
    context["aws:PrincipalTag/team"] = Values{{random.Pick({"a", "alice", "*", "b/x"})}, false};
  }
  if (random.Percent(70)) {
    context[kManyKey] = ManyValues(random);
  }
  return context;
}

std::string GenerateConditionBlock(Random& random, const GeneratorOptions& options) {
  Used used;
  std::string block;
  const size_t count = random.Percent(2) ? 0 : random.Percent(75) ? 1 : 2;
  for (size_t i = 0; i < count; ++i) {
    const std::string condition = Condition(used, random, options);
    if (!condition.empty()) {
      block += (block.empty() ? "" : ",") + condition;
    }
  }
  return "{" + block + "}";
}

}  // namespace portcullis::oracle
