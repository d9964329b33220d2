#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"

#include "server/base/text.h"
#include "server/policy/compiled_policy.h"
#include "server/policy/condition_keys.h"
#include "server/policy/policy_parser.h"
#include "server/policy/policy_text.h"

namespace portcullis::policy {
namespace {

using Kind = CompiledPrincipal::Kind;

ShortArn ShortArnOf(PolicyType type) {
  switch (type) {
    case PolicyType::kInlineIdentity:
    case PolicyType::kManaged:
    case PolicyType::kSession:
      return ShortArn::kPad;
    case PolicyType::kResource:
    case PolicyType::kTrust:
      return ShortArn::kPadIfWildcard;
    case PolicyType::kServiceControl:
      return ShortArn::kPadIfTrailingStar;
    case PolicyType::kResourceControl:
      return ShortArn::kNothing;
  }
  return ShortArn::kNothing;
}

Kind KindOfAwsPrincipal(std::string_view text) {
  if (text == "*") return Kind::kEveryone;
  if (IsAccountId(text)) return Kind::kAccount;
  const auto arn = ArnView::Parse(text);
  if (!arn.has_value()) return Kind::kUniqueId;
  switch (ClassifyPrincipalArn(*arn)) {
    case PrincipalArnKind::kRoot:
      return Kind::kAccount;
    case PrincipalArnKind::kUser:
      return Kind::kUser;
    case PrincipalArnKind::kRole:
      return Kind::kRole;
    case PrincipalArnKind::kRoleSession:
      return Kind::kRoleSession;
    case PrincipalArnKind::kFederatedUser:
      return Kind::kFederatedUser;
    case PrincipalArnKind::kNotAPrincipal:
    case PrincipalArnKind::kOidcProvider:
    case PrincipalArnKind::kSamlProvider:
      return Kind::kUniqueId;  // No id looks like an ARN: matches nobody.
  }
  return Kind::kUniqueId;
}

Kind KindOf(const PrincipalEntry& entry) {
  switch (entry.type) {
    case PrincipalType::kEveryone:
      return Kind::kEveryone;
    case PrincipalType::kAws:
      return KindOfAwsPrincipal(entry.value.text);
    case PrincipalType::kService:
      return Kind::kService;
    case PrincipalType::kFederated:
      return Kind::kFederated;
    case PrincipalType::kCanonicalUser:
      return Kind::kCanonicalUser;
  }
  return Kind::kUniqueId;
}

CompiledPrincipal CompilePrincipal(const PrincipalEntry& entry) {
  CompiledPrincipal principal;
  principal.kind = KindOf(entry);
  principal.value = entry.value.text;
  principal.position = entry.value.position;
  if (const auto arn = ArnView::Parse(entry.value.text);
      principal.kind == Kind::kAccount && arn.has_value()) {
    principal.value = arn->account;
    principal.partition = arn->partition;
  }
  return principal;
}

//
bool CanMatchAnAction(std::string_view entry) {
  if (entry.find_first_of(" \t\r\n\v\f,") != std::string_view::npos) return false;
  return entry == "*" || std::count(entry.begin(), entry.end(), ':') == 1;
}

// Compiles one document. Everything wrong with it is reported, not only the first thing.
class Compiler {
 public:
  Compiler(const PolicyDocument& document, PolicyType type, std::vector<Diagnostic>* diagnostics)
      : type_(type),
        variables_(document.version == LanguageVersion::k2012),
        diagnostics_(diagnostics) {}

  CompiledStatement CompileStatement(const Statement& source, uint32_t index) {
    CompiledStatement statement;
    statement.index = index;
    statement.effect = source.effect;
    statement.not_action = source.has_not_action;
    statement.not_resource = source.has_not_resource;
    statement.not_principal = source.has_not_principal;
    statement.has_principal = source.has_principal || source.has_not_principal;
    statement.resource_implied = !source.has_resource && !source.has_not_resource;
    if (source.sid.has_value()) statement.sid = source.sid->text;
    statement.begin = source.begin;
    statement.end = source.end;
    statement.principals.reserve(source.principals.size());
    for (const PrincipalEntry& entry : source.principals) {
      statement.principals.push_back(CompilePrincipal(entry));
    }
    statement.actions.reserve(source.actions.size());
    for (const SourceText& entry : source.actions) AddAction(entry, &statement);
    statement.resources.reserve(source.resources.size());
    for (const SourceText& entry : source.resources) AddResource(entry, &statement);
    statement.conditions.reserve(source.conditions.size());
    for (const ConditionClause& clause : source.conditions) AddCondition(clause, &statement);
    if (source.has_unknown_operator && source.effect == StatementEffect::kAllow) {
      // A condition that never holds: the statement applies to no action.
      statement.not_action = false;
      statement.actions.clear();
    }
    return statement;
  }

  bool failed() const { return failed_; }

 private:
  void AddError(const SourceText& where, std::string message) {
    failed_ = true;
    Diagnostic& diagnostic = diagnostics_->emplace_back();
    diagnostic.severity = Severity::kError;
    diagnostic.position = where.position;
    diagnostic.message = std::move(message);
  }

  void AddAction(const SourceText& entry, CompiledStatement* statement) {
    if (!CanMatchAnAction(entry.text)) return;
    const std::string folded = absl::AsciiStrToLower(base::AbslView(entry.text));
    auto pattern = Pattern::Compile(folded == "*:*" ? "*" : folded, {.wildcards = true});
    if (!pattern.ok()) {
      AddError(entry, std::string(pattern.status().message()));
      return;
    }
    statement->actions.push_back({*std::move(pattern)});
  }

  void AddResource(const SourceText& entry, CompiledStatement* statement) {
    auto pattern = ArnPattern::CompileResource(entry.text, ShortArnOf(type_), variables_);
    if (!pattern.ok()) {
      AddError(entry, base::Concat({"resource ", base::Quoted(entry.text), ": ",
                                    std::string(pattern.status().message())}));
      return;
    }
    const PolicyTypeTraits& traits = TraitsOf(type_);
    if (pattern->matches_nothing() && traits.short_arns_refused) {
      AddError(entry, base::Concat({"resource ", base::Quoted(entry.text), " in a ", traits.name,
                                    " must be an ARN with all six fields, or `*`"}));
      return;
    }
    statement->resources.push_back(*std::move(pattern));
  }

  void AddCondition(const ConditionClause& clause, CompiledStatement* statement) {
    const auto parsed = ParseOperator(clause.operator_name.text);
    if (!parsed.has_value()) {
      AddError(clause.operator_name, base::Concat({"unknown condition operator ",
                                                   base::Quoted(clause.operator_name.text)}));
      return;
    }
    CompiledCondition condition;
    condition.op = parsed->op;
    condition.quantifier = parsed->quantifier;
    condition.if_exists = parsed->if_exists;
    condition.key = ConditionKeyName(clause.key.text);
    const ConditionKey* key = FindConditionKey(clause.key.text);
    condition.key_multivalued = key != nullptr && key->multivalued;
    condition.values.reserve(parsed->is_null() ? 0 : clause.values.size());
    for (const SourceText& value : clause.values) AddValue(value, &condition);
    statement->conditions.push_back(std::move(condition));
  }

  void AddValue(const SourceText& value, CompiledCondition* condition) {
    if (condition->op == nullptr) {
      const auto asked = ParseBool(value.text);
      condition->null_true |= asked == true;
      condition->null_false |= asked == false;
      return;
    }
    auto converted = ConvertConditionValue(value.text, condition->op->type, variables_);
    if (!converted.ok()) {
      AddError(value, base::Concat({"condition value ", base::Quoted(value.text), ": ",
                                    std::string(converted.status().message())}));
      return;
    }
    condition->values.push_back(*std::move(converted));
  }

  const PolicyType type_;
  const bool variables_;
  std::vector<Diagnostic>* const diagnostics_;
  bool failed_ = false;
};

}  // namespace

std::shared_ptr<const CompiledPolicy> CompileDocument(const PolicyDocument& document,
                                                      PolicyType type, const PolicyLimits&,
                                                      std::vector<Diagnostic>* diagnostics) {
  Compiler compiler(document, type, diagnostics);
  std::vector<CompiledStatement> statements;
  statements.reserve(document.statements.size());
  for (const Statement& statement : document.statements) {
    const auto index = static_cast<uint32_t>(statements.size());
    statements.push_back(compiler.CompileStatement(statement, index));
  }
  if (compiler.failed()) return nullptr;
  return std::make_shared<const CompiledPolicy>(type, std::move(statements));
}

std::shared_ptr<const CompiledPolicy> CompilePolicy(const base::Node& root, PolicyType type,
                                                    const PolicyLimits& limits,
                                                    std::vector<Diagnostic>* diagnostics,
                                                    std::optional<uint32_t> written_size) {
  const auto document = ParsePolicy(root, type, limits, diagnostics, written_size);
  if (!document.has_value()) return nullptr;
  return CompileDocument(*document, type, limits, diagnostics);
}

std::shared_ptr<const CompiledPolicy> CompilePolicyJson(std::string_view json, PolicyType type,
                                                        const PolicyLimits& limits,
                                                        std::vector<Diagnostic>* diagnostics,
                                                        base::Position origin,
                                                        uint32_t later_line_column) {
  base::JsonReaderOptions options;
  options.bytes_max = limits.document_bytes_max;
  options.depth_max = limits.nesting_depth_max;
  options.origin = origin;
  options.later_line_column = later_line_column;
  base::NodeTree tree;
  std::vector<base::TextError> errors;
  if (base::ReadJson(json, options, &tree, &errors)) {
    const bool text_is_good = CheckPolicyText(json, origin, later_line_column, diagnostics);
    auto policy = CompilePolicy(tree.root(), type, limits, diagnostics, WrittenSize(json));
    return text_is_good ? policy : nullptr;
  }
  for (base::TextError& error : errors) {
    Diagnostic& diagnostic = diagnostics->emplace_back();
    diagnostic.position = error.position;
    diagnostic.message = std::move(error.message);
    diagnostic.row = MalformedRow::kSyntax;
    diagnostic.iam_message = "Syntax errors in policy.";
  }
  return nullptr;
}

}  // namespace portcullis::policy
