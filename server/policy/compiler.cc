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

void WritePrincipal(const PrincipalEntry& entry, BlockPlace<CompiledPrincipal> place,
                    BlockWriter* writer) {
  const Kind kind = KindOf(entry);
  writer->At(place).kind = kind;
  writer->At(place).position = entry.value.position;
  if (const auto arn = ArnView::Parse(entry.value.text);
      kind == Kind::kAccount && arn.has_value()) {
    writer->SetText(place, &CompiledPrincipal::value, arn->account);
    writer->SetText(place, &CompiledPrincipal::partition, arn->partition);
  } else {
    writer->SetText(place, &CompiledPrincipal::value, entry.value.text);
  }
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
      : document_(document),
        type_(type),
        variables_(document.version == LanguageVersion::k2012),
        diagnostics_(diagnostics) {}

  SharedPolicy Run() {
    const size_t count = document_.statements.size();
    const auto first = writer_.Append<CompiledStatement>(count);
    for (uint32_t index = 0; index < count; ++index) {
      const Statement& source = document_.statements[index];
      WriteFacts(source, index, first + index);
      WriteEntries(source, first + index);
    }
    return failed_ ? nullptr : CompiledPolicy::Make(type_, count, writer_);
  }

 private:
  using StatementPlace = BlockPlace<CompiledStatement>;

  void WriteFacts(const Statement& source, uint32_t index, StatementPlace place) {
    CompiledStatement& statement = writer_.At(place);
    statement.index = index;
    statement.effect = source.effect;
    statement.not_action = source.has_not_action;
    statement.not_resource = source.has_not_resource;
    statement.not_principal = source.has_not_principal;
    statement.has_principal = source.has_principal || source.has_not_principal;
    statement.resource_implied = !source.has_resource && !source.has_not_resource;
    statement.begin = source.begin;
    statement.end = source.end;
    if (NeverHolds(source)) statement.not_action = false;
  }

  // A condition that never holds: the statement applies to no action.
  static bool NeverHolds(const Statement& source) {
    return source.has_unknown_operator && source.effect == StatementEffect::kAllow;
  }

  // In the order in which they are asked. Texts follow in the same order.
  void WriteEntries(const Statement& source, StatementPlace place) {
    if (!NeverHolds(source)) WriteActions(source.actions, place);
    const auto resources =
        writer_.SetArray(place, &CompiledStatement::resources, source.resources.size());
    for (size_t i = 0; i < source.resources.size(); ++i) {
      WriteResource(source.resources[i], resources + i);
    }
    WriteConditions(source.conditions, place);
    const auto principals =
        writer_.SetArray(place, &CompiledStatement::principals, source.principals.size());
    for (size_t i = 0; i < source.principals.size(); ++i) {
      WritePrincipal(source.principals[i], principals + i, &writer_);
    }
    if (source.sid.has_value()) writer_.SetText(place, &CompiledStatement::sid, source.sid->text);
  }

  void AddError(const SourceText& where, std::string message) {
    failed_ = true;
    Diagnostic& diagnostic = diagnostics_->emplace_back();
    diagnostic.severity = Severity::kError;
    diagnostic.position = where.position;
    diagnostic.message = std::move(message);
  }

  void WriteActions(const std::vector<SourceText>& entries, StatementPlace place) {
    std::vector<const SourceText*> usable;
    for (const SourceText& entry : entries) {
      if (CanMatchAnAction(entry.text)) usable.push_back(&entry);
    }
    const auto actions = writer_.SetArray(place, &CompiledStatement::actions, usable.size());
    for (size_t i = 0; i < usable.size(); ++i) {
      const std::string folded = absl::AsciiStrToLower(base::AbslView(usable[i]->text));
      const auto pattern = writer_.Part(actions + i, &CompiledAction::pattern);
      const absl::Status written =
          Pattern::Write(folded == "*:*" ? "*" : folded, {.wildcards = true}, pattern, &writer_);
      if (!written.ok()) AddError(*usable[i], std::string(written.message()));
    }
  }

  void WriteResource(const SourceText& entry, BlockPlace<ArnPattern> place) {
    const absl::Status written =
        ArnPattern::WriteResource(entry.text, ShortArnOf(type_), variables_, place, &writer_);
    if (!written.ok()) {
      AddError(entry, base::Concat({"resource ", base::Quoted(entry.text), ": ",
                                    std::string(written.message())}));
      return;
    }
    const PolicyTypeTraits& traits = TraitsOf(type_);
    if (writer_.At(place).matches_nothing() && traits.short_arns_refused) {
      AddError(entry, base::Concat({"resource ", base::Quoted(entry.text), " in a ", traits.name,
                                    " must be an ARN with all six fields, or `*`"}));
    }
  }

  void WriteConditions(const std::vector<ConditionClause>& clauses, StatementPlace place) {
    const auto conditions = writer_.SetArray(place, &CompiledStatement::conditions, clauses.size());
    for (size_t i = 0; i < clauses.size(); ++i) WriteCondition(clauses[i], conditions + i);
  }

  void WriteCondition(const ConditionClause& clause, BlockPlace<CompiledCondition> place) {
    const auto parsed = ParseOperator(clause.operator_name.text);
    if (!parsed.has_value()) {
      AddError(clause.operator_name, base::Concat({"unknown condition operator ",
                                                   base::Quoted(clause.operator_name.text)}));
      return;
    }
    const ConditionKey* key = FindConditionKey(clause.key.text);
    CompiledCondition& condition = writer_.At(place);
    condition.op_number = NumberOf(parsed->op);
    condition.quantifier = parsed->quantifier;
    condition.if_exists = parsed->if_exists;
    condition.key_multivalued = key != nullptr && key->multivalued;
    CompiledKeyName::Write(clause.key.text, writer_.Part(place, &CompiledCondition::key), &writer_);
    if (parsed->is_null()) {
      WriteNullTest(clause.values, place);
    } else {
      WriteValues(clause.values, parsed->op->type, place);
    }
  }

  void WriteNullTest(const std::vector<SourceText>& values, BlockPlace<CompiledCondition> place) {
    for (const SourceText& value : values) {
      const auto asked = ParseBool(value.text);
      writer_.At(place).null_true |= asked == true;
      writer_.At(place).null_false |= asked == false;
    }
  }

  void WriteValues(const std::vector<SourceText>& values, ConditionValueType type,
                   BlockPlace<CompiledCondition> place) {
    const auto written = writer_.SetArray(place, &CompiledCondition::values, values.size());
    for (size_t i = 0; i < values.size(); ++i) {
      const absl::Status status =
          ConditionValue::Write(values[i].text, type, variables_, written + i, &writer_);
      if (status.ok()) continue;
      AddError(values[i], base::Concat({"condition value ", base::Quoted(values[i].text), ": ",
                                        std::string(status.message())}));
    }
  }

  const PolicyDocument& document_;
  const PolicyType type_;
  const bool variables_;
  std::vector<Diagnostic>* const diagnostics_;
  BlockWriter writer_;
  bool failed_ = false;
};

}  // namespace

SharedPolicy CompileDocument(const PolicyDocument& document, PolicyType type, const PolicyLimits&,
                             std::vector<Diagnostic>* diagnostics) {
  return Compiler(document, type, diagnostics).Run();
}

SharedPolicy CompilePolicy(const base::Node& root, PolicyType type, const PolicyLimits& limits,
                           std::vector<Diagnostic>* diagnostics,
                           std::optional<uint32_t> written_size) {
  const auto document = ParsePolicy(root, type, limits, diagnostics, written_size);
  if (!document.has_value()) return nullptr;
  return CompileDocument(*document, type, limits, diagnostics);
}

SharedPolicy CompilePolicyJson(std::string_view json, PolicyType type, const PolicyLimits& limits,
                               std::vector<Diagnostic>* diagnostics, base::Position origin,
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
