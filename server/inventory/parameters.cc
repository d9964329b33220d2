#include "server/inventory/parameters.h"

#include <limits>

#include "absl/strings/ascii.h"

#include "server/base/numbers.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"

namespace portcullis::inventory {
namespace {

constexpr std::string_view kTrue = "true";
constexpr std::string_view kFalse = "false";

std::optional<int64_t> ParseAnyInteger(std::string_view text) {
  return base::ParseInteger(text, std::numeric_limits<int64_t>::min(),
                            std::numeric_limits<int64_t>::max());
}

// "UserName" as messages spell it: "userName".
std::string MessageName(std::string_view name) {
  std::string spelled(name);
  if (!spelled.empty()) spelled[0] = absl::ascii_tolower(static_cast<unsigned char>(spelled[0]));
  return spelled;
}

void CheckText(std::string_view name, std::string_view value, const ParameterRule& rule,
               base::ConstraintViolations* violations) {
  violations->CheckText(name, value, *rule.text);
  if (rule.has_form == nullptr || value.empty() || rule.has_form(value)) return;
  for (const char c : value) {  // A character out of place has been reported already.
    if (!rule.text->is_allowed(static_cast<unsigned char>(c))) return;
  }
  violations->AddMalformed(
      name, value, base::Concat({"satisfy regular expression pattern: ", rule.text->pattern}));
}

void CheckValue(std::string_view name, std::string_view value, const ParameterRule& rule,
                base::ConstraintViolations* violations) {
  switch (rule.type) {
    case ParameterRule::Type::kText:
      return CheckText(name, value, rule, violations);
    case ParameterRule::Type::kInteger: {
      const std::optional<int64_t> number = ParseAnyInteger(value);
      if (!number.has_value()) return violations->AddMalformed(name, value, "be an integer");
      return violations->CheckInteger(name, *number, rule.integer_min, rule.integer_max);
    }
    case ParameterRule::Type::kBoolean:
      if (value == kTrue || value == kFalse) return;
      return violations->AddMalformed(name, value, "be true or false");
    case ParameterRule::Type::kOneOf:
      return violations->CheckOneOf(name, value, rule.values);
  }
}

}  // namespace

void Parameters::Set(std::string_view name, std::string_view value) {
  std::vector<std::string>& values = values_[base::AbslView(name)];
  values.assign(1, std::string(value));
}

void Parameters::Append(std::string_view name, std::string_view element) {
  values_[base::AbslView(name)].emplace_back(element);
}

bool Parameters::Has(std::string_view name) const {
  return !GetList(name).empty();
}

const std::string& Parameters::Get(std::string_view name) const {
  static const auto* const none = new std::string();
  const std::vector<std::string>& values = GetList(name);
  return values.empty() ? *none : values.front();
}

std::optional<int64_t> Parameters::GetInteger(std::string_view name) const {
  return Has(name) ? ParseAnyInteger(Get(name)) : std::nullopt;
}

std::optional<bool> Parameters::GetBoolean(std::string_view name) const {
  if (!Has(name)) return std::nullopt;
  return Get(name) == kTrue;
}

const std::vector<std::string>& Parameters::GetList(std::string_view name) const {
  static const auto* const none = new std::vector<std::string>();
  const auto found = values_.find(base::AbslView(name));
  return found == values_.end() ? *none : found->second;
}

absl::Status Validate(const Parameters& parameters, absl::Span<const ParameterRule> rules) {
  base::ConstraintViolations violations;
  for (const ParameterRule& rule : rules) {
    const std::string name = MessageName(rule.name);
    const std::vector<std::string>& values = parameters.GetList(rule.name);
    if (values.empty()) {
      if (rule.required) violations.AddMissing(name);
      continue;
    }
    if (!rule.list) {
      CheckValue(name, values.front(), rule, &violations);
      continue;
    }
    if (rule.elements_max > 0) violations.CheckCount(name, values.size(), rule.elements_max);
    for (size_t i = 0; i < values.size(); ++i) {
      CheckValue(base::StrCat(name, ".", i + 1, ".member"), values[i], rule, &violations);
    }
  }
  return violations.ToStatus();
}

}  // namespace portcullis::inventory
