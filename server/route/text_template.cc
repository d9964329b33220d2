#include "server/route/text_template.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"

#include "server/base/percent.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/policy/request.h"
#include "server/route/refusal.h"
#include "server/route/table.h"
#include "server/route/token_internal.h"
#include "server/route/values_internal.h"

namespace portcullis::route {

using Value = absl::StatusOr<std::string_view>;

// One variable. Those whose name ends in a dot take a NAME.
struct VariableRow {
  std::string_view name;
  bool needs_request;  // Has no value on a bare connection.
  bool may_be_empty;   // Then nothing is a value like any other.
  Value (*value)(const Values& values, const std::string& name, size_t index);
};

namespace {

Value PathVariable(const Values& values, const std::string& name, size_t index) {
  if (index < values.path_variables.size()) return std::string_view(values.path_variables[index]);
  return Refuse(Refusal::kMissingValue,
                base::Concat({"the path has no value for ", base::Quoted(name)}));
}

Value ExtensionValue(const Values& values, const std::string& name, size_t) {
  const std::optional<std::string_view> found = values.request.FindExtension(name);
  if (found.has_value()) return *found;
  return Refuse(Refusal::kMissingValue,
                base::Concat({"the proxy gives no extension ", base::Quoted(name)}));
}

using V = Values;
using N = std::string;
constexpr std::string_view kPathPrefix = "path.";
constexpr std::string_view kHeaderPrefix = "header.";

constexpr auto kVariables = std::to_array<VariableRow>({
    // name, needs a request, may be empty, value
    {"account", false, false,
     [](const V& v, const N&, size_t) { return Value(v.gateway.account); }},
    {"extension.", false, false, &ExtensionValue},
    {"gateway", false, false, [](const V& v, const N&, size_t) { return Value(v.gateway.name); }},
    {"grpc.method", true, false,
     [](const V& v, const N&, size_t) { return Value(v.canonical.grpc_method); }},
    {"grpc.service", true, false,
     [](const V& v, const N&, size_t) { return Value(v.canonical.grpc_service); }},
    {kHeaderPrefix, true, false,
     [](const V& v, const N& name, size_t) { return OnlyHeaderValue(v.request, name); }},
    {"host", false, false, [](const V& v, const N&, size_t) { return Value(v.canonical.host); }},
    {"method", true, false, [](const V& v, const N&, size_t) { return Value(v.canonical.method); }},
    {"path", true, false, [](const V& v, const N&, size_t) { return Value(v.canonical.path); }},
    {kPathPrefix, true, true, &PathVariable},
    {"query.", true, false,
     [](const V& v, const N& name, size_t) { return OnlyQueryValue(v.canonical, name); }},
    {"region", false, false, [](const V& v, const N&, size_t) { return Value(v.gateway.region); }},
});

// Credentials, which would end up in records.
constexpr std::array<std::string_view, 5> kSecretHeaders = {
    "authorization", "cookie", "proxy-authorization", "x-amz-security-token", kProxySecretHeader};

constexpr std::array<std::string_view, 2> kSecretParameters = {"x-amz-security-token",
                                                               "x-amz-signature"};

bool IsControl(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F;
}

bool IsNameCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-';
}

const VariableRow* FindRow(std::string_view variable) {
  for (const VariableRow& row : kVariables) {
    const bool takes_name = row.name.ends_with('.');
    if (takes_name ? variable.starts_with(row.name) : variable == row.name) return &row;
  }
  return nullptr;
}

std::string InBraces(std::string_view variable) {
  return base::Concat({"${", variable, "}"});
}

std::string Unknown(std::string_view variable, const TextScope& scope, std::string* suggestion) {
  std::vector<std::string> names;
  for (const VariableRow& row : kVariables) {
    if (!row.name.ends_with('.')) names.emplace_back(row.name);
  }
  for (const std::string& name : scope.path_variables) {
    names.push_back(base::Concat({kPathPrefix, name}));
  }
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  const std::optional<std::string_view> closest = base::ClosestName(variable, candidates);
  if (closest.has_value()) *suggestion = InBraces(*closest);
  return base::Concat({"unknown variable ", base::Quoted(InBraces(variable))});
}

// What is wrong with the NAME of a variable, as a clause; empty if nothing is.
std::string_view FlawOfName(const VariableRow& row, std::string_view name) {
  if (name.empty()) return "has no name behind the dot";
  const auto is_one_of = [name](const auto& names) {
    return std::find(names.begin(), names.end(), absl::AsciiStrToLower(base::AbslView(name))) !=
           names.end();
  };
  if (row.name == kHeaderPrefix) {
    if (!IsToken(name)) return "names no header";
    if (is_one_of(kSecretHeaders)) return "is a credential, and records would show it";
  }
  if (row.name == "query." && is_one_of(kSecretParameters)) {
    return "is a credential, and records would show it";
  }
  return {};
}

// Whether a reader of paths would resolve something in it: "tenant/blue/../red".
bool HasDotSegment(std::string_view text) {
  constexpr std::string_view kSeparators = "/\\:";
  while (true) {
    const size_t end = text.find_first_of(kSeparators);
    const std::string_view segment = text.substr(0, end);
    if (segment == "." || segment == "..") return true;
    if (end == std::string_view::npos) return false;
    text.remove_prefix(end + 1);
  }
}

absl::Status Unfit(std::string_view what) {
  return Refuse(Refusal::kMalformed, what);
}

}  // namespace

void TextTemplate::AddText(std::string_view text) {
  if (text.empty()) return;
  size_ += text.size();
  if (parts_.empty() || parts_.back().variable != nullptr) parts_.emplace_back();
  parts_.back().text += text;
}

std::string TextTemplate::AddVariable(std::string_view name, const TextScope& scope,
                                      std::string* suggestion) {
  const VariableRow* const row = FindRow(name);
  if (row == nullptr) return Unknown(name, scope, suggestion);
  Part part;
  part.variable = row;
  if (row->name.ends_with('.')) {
    const std::string_view own = name.substr(row->name.size());
    if (const std::string_view flaw = FlawOfName(*row, own); !flaw.empty()) {
      return base::Concat({base::Quoted(InBraces(name)), " ", flaw});
    }
    part.text = std::string(own);
  }
  if (row->name == kHeaderPrefix) absl::AsciiStrToLower(&part.text);
  if (row->name == kPathPrefix) {
    const auto found =
        std::find(scope.path_variables.begin(), scope.path_variables.end(), part.text);
    if (found == scope.path_variables.end()) {
      const std::string message = Unknown(name, scope, suggestion);
      return base::Concat({message, ": the rule's path has no ", base::Quoted(part.text)});
    }
    part.index = static_cast<size_t>(found - scope.path_variables.begin());
  }
  if (scope.connection && row->needs_request) {
    return base::Concat({base::Quoted(InBraces(name)), " has no value for a bare connection"});
  }
  parts_.push_back(std::move(part));
  return {};
}

std::string TextTemplate::AddParts(std::string_view text, const TextScope& scope,
                                   std::string* suggestion) {
  while (!text.empty()) {
    const size_t dollar = text.find("${");
    if (dollar == std::string_view::npos) break;
    if (dollar > 0 && text[dollar - 1] == '$') {
      AddText(text.substr(0, dollar - 1));
      AddText("${");
      text.remove_prefix(dollar + 2);
      continue;
    }
    AddText(text.substr(0, dollar));
    const size_t end = text.find('}', dollar);
    if (end == std::string_view::npos) {
      return base::Concat({base::Quoted(text.substr(dollar)), " is never closed"});
    }
    const std::string_view name = text.substr(dollar + 2, end - dollar - 2);
    if (std::string problem = AddVariable(name, scope, suggestion); !problem.empty()) {
      return problem;
    }
    text.remove_prefix(end + 1);
  }
  AddText(text);
  return {};
}

// Colons of constant parts are the only ones that separate fields: values in fields before the last
// have none, and the last may have any number.
std::string TextTemplate::CheckUse() {
  if (use_ == TextUse::kContext) return {};
  const int fields_max = use_ == TextUse::kResource ? 5 : 1;
  int field = 0;
  std::string sample;
  for (Part& part : parts_) {
    if (part.variable == nullptr) {
      sample += part.text;
      field += static_cast<int>(std::count(part.text.begin(), part.text.end(), ':'));
      continue;
    }
    part.name_characters_only = field < fields_max || use_ == TextUse::kAction;
    if (use_ == TextUse::kAction && field == 0) {
      return "the service of an action may not depend on the request";
    }
    sample += "x";
  }
  if (use_ == TextUse::kAction) {
    return policy::IsActionName(sample) ? "" : "is no action: expected `service:Action`";
  }
  if (!policy::IsResourceName(sample) || !base::IsValidUtf8(sample)) {
    return "is no resource: expected `arn:aws:service:region:account:resource`";
  }
  // A policy's resource may be a pattern; what somebody asks for is one thing.
  const bool pattern = std::any_of(parts_.begin(), parts_.end(), [](const Part& part) {
    return part.variable == nullptr && part.text.find_first_of("*?") != std::string::npos;
  });
  return pattern && sample != "*" ? "has a wildcard, which is a plain character in a request" : "";
}

std::optional<TextTemplate> TextTemplate::Parse(const Located& text, TextUse use,
                                                const TextScope& scope,
                                                std::vector<Problem>* problems) {
  TextTemplate parsed(use);
  std::string suggestion;
  std::string problem = parsed.AddParts(text.text, scope, &suggestion);
  if (problem.empty()) {
    problem = parsed.CheckUse();
    if (problem.empty() && std::any_of(text.text.begin(), text.text.end(), IsControl)) {
      problem = "has a control character";
    }
    if (problem.starts_with("is ") || problem.starts_with("has ")) {
      problem = base::Concat({base::Quoted(text.text), " ", problem});
    }
  }
  if (problem.empty()) return parsed;
  problems->push_back({false, text.position, std::move(problem), std::move(suggestion)});
  return std::nullopt;
}

absl::Status TextTemplate::AppendTo(const Values& values, std::string* text) const {
  const size_t begin = text->size();
  text->reserve(begin + size_ + 32);
  for (const Part& part : parts_) {
    if (part.variable == nullptr) {
      *text += part.text;
      continue;
    }
    ASSIGN_OR_RETURN(const std::string_view value,
                     part.variable->value(values, part.text, part.index));
    if (value.empty() && !part.variable->may_be_empty) {
      return Refuse(Refusal::kMissingValue,
                    base::Concat({"`${", part.variable->name, part.text, "}` has no value"}));
    }
    if (part.name_characters_only &&
        (value.empty() || !std::all_of(value.begin(), value.end(), IsNameCharacter))) {
      return Unfit("a value has characters that its field of an action or ARN may not have");
    }
    if (std::any_of(value.begin(), value.end(), IsControl) || !base::IsValidUtf8(value)) {
      return Unfit("a value has control characters or is not UTF-8");
    }
    *text += value;
  }
  const std::string_view whole = std::string_view(*text).substr(begin);
  if (use_ == TextUse::kAction && !policy::IsActionName(whole)) {
    return Unfit("what comes out is no action");
  }
  if (use_ == TextUse::kResource && !policy::IsResourceName(whole)) {
    return Unfit("what comes out is no resource");
  }
  if (use_ == TextUse::kResource && HasDotSegment(whole)) {
    return Unfit("what comes out has a dot segment, as no path has that is let through");
  }
  return absl::OkStatus();
}

}  // namespace portcullis::route
