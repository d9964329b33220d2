#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "server/base/text.h"
#include "server/policy/policy_parser_internal.h"

namespace portcullis::policy::parser {
namespace {

constexpr std::array<std::string_view, 9> kStatementElements = {
    "Sid",       "Effect",   "Principal",   "NotPrincipal", "Action",
    "NotAction", "Resource", "NotResource", "Condition"};
constexpr std::array<std::string_view, 2> kEffects = {"Allow", "Deny"};

// The members of a statement that exclude each other, and what the type says about them.
struct ElementPair {
  const base::Node* plain = nullptr;
  const base::Node* negated = nullptr;
  bool any() const { return plain != nullptr || negated != nullptr; }
};

ElementPair FindPair(const base::Node& node, std::string_view plain, std::string_view negated) {
  return {node.Find(plain), node.Find(negated)};
}

bool IsAlphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Services with resource policies of their own allow more than letters and digits.
void ParseSid(const base::Node& node, const ParserContext& context, Statement* statement) {
  const base::Node* const sid = node.Find("Sid");
  if (sid == nullptr) return;
  if (sid->kind != base::NodeKind::kString) {
    context.sink.SyntaxError(sid->begin, base::Concat({"`Sid` must be a string, not a ",
                                                       base::NodeKindName(sid->kind)}));
    return;
  }
  if (context.traits.unique_sids_required &&
      !std::all_of(sid->text.begin(), sid->text.end(), IsAlphanumeric)) {
    context.sink.Error(sid->begin, MalformedRow::kSid,
                       "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies "
                       "the regular expression [0-9A-Za-z]*",
                       base::Concat({"Sid ", base::Quoted(sid->text),
                                     " has characters other than letters and digits"}));
  }
  statement->sid = SourceText{sid->text, sid->begin};
}

//
void ParseEffect(const base::Node& node, const ParserContext& context, Statement* statement) {
  const base::Node* const effect = node.Find("Effect");
  if (effect == nullptr) {
    context.sink.SyntaxError(node.begin, "missing `Effect`");
    return;
  }
  if (effect->kind != base::NodeKind::kString) {
    context.sink.SyntaxError(effect->begin, base::Concat({"`Effect` must be a string, not a ",
                                                          base::NodeKindName(effect->kind)}));
    return;
  }
  if (effect->text == "Deny") return;
  if (effect->text == "Allow") {
    statement->effect = StatementEffect::kAllow;
    if (!context.traits.allow_effect_allowed) {
      context.sink.OwnError(effect->begin,
                            base::Concat({WithArticle(context.traits.name), " can only `Deny`"}));
    }
    return;
  }
  std::string message = base::Concat({"unknown effect ", base::Quoted(effect->text)});
  const std::string_view suggestion = base::ClosestName(effect->text, kEffects).value_or("");
  if (base::EqualFolded(effect->text, suggestion)) {
    context.sink.Error(effect->begin, MalformedRow::kLegacyParsing,
                       "The policy failed legacy parsing", std::move(message), suggestion);
  } else {
    context.sink.SyntaxError(effect->begin, std::move(message), suggestion);
  }
}

void CheckNotBoth(const ElementPair& pair, const ParserContext& context) {
  if (pair.plain == nullptr || pair.negated == nullptr) return;
  context.sink.SyntaxError(
      std::max(pair.plain->key_begin, pair.negated->key_begin),
      base::Concat({"statement has both `", pair.plain->key, "` and `", pair.negated->key, "`"}));
}

// `iam_name` is the element that IAM's sentence names.
void ReportProhibited(const base::Node& member, std::string_view iam_name,
                      const ParserContext& context) {
  context.sink.Error(
      member.key_begin, MalformedRow::kProhibitedField,
      base::Concat({"Has prohibited field ", iam_name, "."}),
      base::Concat({"`", member.key, "` is not allowed in ", WithArticle(context.traits.name)}));
}

// NotPrincipal widens an Allow to everybody else.
void CheckNotPrincipal(const base::Node& member, const ParserContext& context,
                       const Statement& statement) {
  if (!context.traits.not_principal_allowed) {
    ReportProhibited(member, member.key, context);
    return;
  }
  if (statement.effect == StatementEffect::kAllow) {
    context.sink.OwnError(member.key_begin,
                          "`NotPrincipal` with `Allow` would grant to everyone not listed");
    return;
  }
  context.sink.Warn(member.key_begin,
                    "`NotPrincipal` denies every caller with a permissions boundary, listed or "
                    "not; `ArnNotEquals` on `aws:PrincipalArn` does not");
}

void ParsePrincipalPart(const base::Node& node, const ParserContext& context,
                        Statement* statement) {
  const ElementPair pair = FindPair(node, "Principal", "NotPrincipal");
  statement->has_principal = pair.plain != nullptr;
  statement->has_not_principal = pair.negated != nullptr;
  if (context.traits.principal == ElementRule::kForbidden) {
    // What it says is of no interest then.
    if (pair.plain != nullptr) ReportProhibited(*pair.plain, "Principal", context);
    if (pair.negated != nullptr) ReportProhibited(*pair.negated, "NotPrincipal", context);
    return;
  }
  CheckNotBoth(pair, context);
  if (pair.negated != nullptr) CheckNotPrincipal(*pair.negated, context, *statement);
  if (pair.plain != nullptr) ParsePrincipals(*pair.plain, context, statement);
  if (pair.negated != nullptr) ParsePrincipals(*pair.negated, context, statement);
  if (pair.any()) return;
  if (context.traits.principal == ElementRule::kRequired) {
    context.sink.OwnError(node.begin, base::Concat({"missing `Principal`, which ",
                                                    WithArticle(context.traits.name), " needs"}));
  } else {
    context.sink.Warn(node.begin, "statement without `Principal` never applies");
  }
}

void ParseActionPart(const base::Node& node, const ParserContext& context, Statement* statement) {
  const ElementPair pair = FindPair(node, "Action", "NotAction");
  statement->has_action = pair.plain != nullptr;
  statement->has_not_action = pair.negated != nullptr;
  CheckNotBoth(pair, context);
  if (pair.negated != nullptr && !context.traits.not_action_allowed) {
    ReportProhibited(*pair.negated, "NotAction", context);
  }
  if (pair.plain != nullptr) ParseActions(*pair.plain, context, statement);
  if (pair.negated != nullptr) ParseActions(*pair.negated, context, statement);
  if (pair.any()) return;
  context.sink.Error(node.begin, MalformedRow::kActionsMissing,
                     "Policy statement must contain actions.",
                     "statement has neither `Action` nor `NotAction`");
}

void ParseResourcePart(const base::Node& node, const ParserContext& context, Statement* statement) {
  const ElementPair pair = FindPair(node, "Resource", "NotResource");
  statement->has_resource = pair.plain != nullptr;
  statement->has_not_resource = pair.negated != nullptr;
  if (context.traits.resource == ElementRule::kForbidden) {
    // one sentence for both.
    if (pair.plain != nullptr) ReportProhibited(*pair.plain, "Resource", context);
    if (pair.negated != nullptr) ReportProhibited(*pair.negated, "Resource", context);
    return;
  }
  CheckNotBoth(pair, context);
  if (pair.plain != nullptr) ParseResources(*pair.plain, context, statement);
  if (pair.negated != nullptr) ParseResources(*pair.negated, context, statement);
  if (pair.any() || context.traits.resource == ElementRule::kOptional) return;
  context.sink.Error(node.begin, MalformedRow::kResourcesMissing,
                     "Policy statement must contain resources.",
                     "statement has neither `Resource` nor `NotResource`");
}

void CheckElementNames(const base::Node& node, const ParserContext& context) {
  for (const base::Node& member : node.children()) {
    if (std::find(kStatementElements.begin(), kStatementElements.end(), member.key) !=
        kStatementElements.end()) {
      continue;
    }
    context.sink.SyntaxError(member.key_begin,
                             base::Concat({"unknown element ", base::Quoted(member.key)}),
                             base::ClosestName(member.key, kStatementElements).value_or(""));
  }
}

}  // namespace

void ParseStatement(const base::Node& node, const ParserContext& context, Statement* statement) {
  statement->begin = node.begin;
  statement->end = node.end;
  if (!node.is_mapping()) {
    context.sink.SyntaxError(node.begin, base::Concat({"a statement must be a mapping, not a ",
                                                       base::NodeKindName(node.kind)}));
    return;
  }
  const size_t errors_before = context.sink.error_count();
  CheckElementNames(node, context);
  ParseSid(node, context, statement);
  ParseEffect(node, context, statement);
  ParsePrincipalPart(node, context, statement);
  ParseActionPart(node, context, statement);
  ParseResourcePart(node, context, statement);
  if (const base::Node* condition = node.Find("Condition"); condition != nullptr) {
    ParseConditions(*condition, context, statement);
  }
  CheckTrustWildcards(*statement, context);
  // Advice on what is wrong anyway would only distract.
  if (context.sink.error_count() == errors_before) AdviseOnStatement(*statement, context);
}

}  // namespace portcullis::policy::parser
