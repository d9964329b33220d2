#include "server/policy/context_keys_used.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "server/base/error_reason.h"
#include "server/base/json_reader.h"
#include "server/base/node.h"
#include "server/base/text.h"
#include "server/policy/compiled_policy.h"
#include "server/policy/policy_document.h"
#include "server/policy/policy_parser.h"
#include "server/policy/policy_text.h"

namespace portcullis::policy {
namespace {

// The simulator's limits: documents here are not stored either (R-9.1).
PolicyLimits Limits() {
  PolicyLimits limits;
  limits.quotas_apply = false;
  return limits;
}

// nullopt iff `diagnostics` gained an error.
std::optional<PolicyDocument> ParseAs(const base::Node& root, PolicyType type,
                                      std::vector<Diagnostic>* diagnostics) {
  std::optional<PolicyDocument> document = ParsePolicy(root, type, Limits(), diagnostics);
  if (!document.has_value()) return std::nullopt;
  // Malformed variables show only here.
  if (CompileDocument(*document, type, Limits(), diagnostics) == nullptr) return std::nullopt;
  return document;
}

// The document, of whichever kind it is: identity policies have no Principal, trust policies no
// Resource. If it is none, the mistakes as an identity policy count.
std::optional<PolicyDocument> ParseAny(const base::Node& root,
                                       std::vector<Diagnostic>* diagnostics) {
  for (const PolicyType type :
       {PolicyType::kInlineIdentity, PolicyType::kResource, PolicyType::kTrust}) {
    std::vector<Diagnostic> found;
    std::optional<PolicyDocument> document = ParseAs(root, type, &found);
    if (document.has_value()) return document;
    if (diagnostics->empty()) *diagnostics = std::move(found);
  }
  return std::nullopt;
}

absl::Status Malformed(const Diagnostic& diagnostic) {
  return base::ErrorWithReason(absl::StatusCode::kInvalidArgument, "InvalidInput",
                               FormatDiagnostic(diagnostic));
}

absl::Status FirstError(const std::vector<Diagnostic>& diagnostics) {
  for (const Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.severity == Severity::kError) return Malformed(diagnostic);
  }
  return absl::InternalError("a policy was refused without a reason");
}

// A key and where it stands.
using Place = std::pair<base::Position, std::string_view>;

// The keys of the variables in `value`, which the compiler found well-formed. `${*}` and its like
// stand for characters, and the default of a variable is none of its key (R-9.25).
void AddVariables(const SourceText& value, std::vector<Place>* places) {
  std::string_view rest = value.text;
  for (size_t at = rest.find("${"); at != std::string_view::npos; at = rest.find("${")) {
    rest.remove_prefix(at + 2);
    const std::string_view key = rest.substr(0, rest.find_first_of(",}"));
    if (key == "*" || key == "?" || key == "$") continue;
    places->emplace_back(value.position, key);
    // A default may hold anything but its closing quote.
    const size_t quote =
        rest.substr(key.size(), 1) == "," ? rest.find('\'') : std::string_view::npos;
    if (quote == std::string_view::npos) continue;
    rest.remove_prefix(std::min(rest.size(), rest.find('\'', quote + 1)));
  }
}

std::vector<Place> KeysOf(const PolicyDocument& document) {
  const bool variables = document.version == LanguageVersion::k2012;  // R-2.7.
  std::vector<Place> places;
  for (const Statement& statement : document.statements) {
    for (const SourceText& resource : statement.resources) {
      if (variables) AddVariables(resource, &places);
    }
    for (const ConditionClause& clause : statement.conditions) {
      places.emplace_back(clause.key.position, clause.key.text);
      for (const SourceText& value : clause.values) {
        if (variables) AddVariables(value, &places);
      }
    }
  }
  std::stable_sort(places.begin(), places.end(), [](const Place& a, const Place& b) {
    return std::tie(a.first.line, a.first.column) < std::tie(b.first.line, b.first.column);
  });
  return places;
}

}  // namespace

absl::Status ContextKeysUsed::Add(std::string_view json) {
  base::JsonReaderOptions options;
  options.bytes_max = Limits().document_bytes_max;
  options.depth_max = Limits().nesting_depth_max;
  base::NodeTree tree;
  std::vector<base::TextError> errors;
  if (!base::ReadJson(json, options, &tree, &errors)) {
    Diagnostic diagnostic;
    diagnostic.position = errors.front().position;
    diagnostic.message = errors.front().message;
    return Malformed(diagnostic);
  }
  std::vector<Diagnostic> diagnostics;
  if (!CheckPolicyText(json, options.origin, options.later_line_column, &diagnostics)) {
    return FirstError(diagnostics);
  }
  diagnostics.clear();
  const std::optional<PolicyDocument> document = ParseAny(tree.root(), &diagnostics);
  if (!document.has_value()) return FirstError(diagnostics);
  for (const auto& [position, name] : KeysOf(*document)) AddName(name);
  return absl::OkStatus();
}

void ContextKeysUsed::AddName(std::string_view name) {
  if (folded_.insert(base::FoldCase(name)).second) names_.emplace_back(name);
}

}  // namespace portcullis::policy
