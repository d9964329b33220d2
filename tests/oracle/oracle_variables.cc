// Policy variables (part 2.5) and the look-up of context keys.

#include "tests/oracle/oracle_parts.h"

namespace portcullis::oracle {
namespace {

struct Variable {
  std::string key;
  std::optional<std::string> default_value;
  size_t end;  // just after the closing brace
};

// Reads the variable whose `${` begins at `begin`. Nothing when it is malformed (R-2.46).
std::optional<Variable> ReadVariable(std::string_view text, size_t begin) {
  const size_t key_end = text.find_first_of(",}", begin + 2);
  if (key_end == std::string_view::npos) {
    return std::nullopt;
  }
  Variable variable{std::string(text.substr(begin + 2, key_end - begin - 2)), std::nullopt,
                    key_end + 1};
  if (variable.key.empty() || variable.key.find(' ') != std::string::npos) {
    return std::nullopt;
  }
  if (text[key_end] == '}') {
    return variable;
  }
  const size_t open = text.find_first_not_of(' ', key_end + 1);
  if (open == std::string_view::npos || text[open] != '\'') {
    return std::nullopt;
  }
  const size_t close = text.find('\'', open + 1);
  if (close == std::string_view::npos) {
    return std::nullopt;
  }
  const size_t brace = text.find_first_not_of(' ', close + 1);
  if (brace == std::string_view::npos || text[brace] != '}') {
    return std::nullopt;
  }
  variable.default_value = std::string(text.substr(open + 1, close - open - 1));
  variable.end = brace + 1;
  return variable;
}

// R-2.47, R-2.48.
std::optional<std::string> Resolve(const Variable& variable, const Context& context) {
  if (variable.key == "*" || variable.key == "?" || variable.key == "$") {
    return variable.key;  // R-2.52
  }
  bool ambiguous = false;
  const Values* values = FindKey(context, variable.key, &ambiguous);
  if (values == nullptr) {
    return variable.default_value;
  }
  if (values->multivalued || ambiguous) {
    return std::nullopt;
  }
  return values->values[0];
}

void AppendLiteral(Pattern& pattern, std::string_view text) {
  for (const char32_t c : Decode(text)) {
    pattern.push_back({Symbol::Type::kCharacter, c});
  }
}

void AppendWildcards(Pattern& pattern, std::string_view text) {
  const Pattern part = WildcardPattern(text);
  pattern.insert(pattern.end(), part.begin(), part.end());
}

}  // namespace

const Values* FindKey(const Context& context, std::string_view key, bool* ambiguous) {
  const std::string wanted = LowerCase(key);
  const Values* found = nullptr;
  *ambiguous = false;
  for (const auto& [name, values] : context) {
    if (LowerCase(name) == wanted && !values.values.empty()) {
      *ambiguous = found != nullptr;
      found = &values;
    }
  }
  return found;
}

std::optional<Pattern> Expand(std::string_view text, const Scope& scope) {
  Pattern pattern;
  size_t begin = 0;
  for (;;) {
    const size_t dollar = scope.has_variables ? text.find("${", begin) : std::string_view::npos;
    if (dollar == std::string_view::npos) {
      AppendWildcards(pattern, text.substr(begin));
      return pattern;
    }
    AppendWildcards(pattern, text.substr(begin, dollar - begin));
    const std::optional<Variable> variable = ReadVariable(text, dollar);
    if (!variable.has_value()) {
      return std::nullopt;
    }
    const std::optional<std::string> value = Resolve(*variable, scope.question->context);
    if (!value.has_value()) {
      return std::nullopt;
    }
    AppendLiteral(pattern, *value);  // R-2.51
    begin = variable->end;
  }
}

}  // namespace portcullis::oracle
