#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/text.h"
#include "server/policy/arn.h"
#include "server/policy/policy_parser_internal.h"

namespace portcullis::policy::parser {
namespace {

constexpr size_t kUniqueIdLengthMin = 16;
constexpr size_t kUniqueIdLengthMax = 128;
constexpr size_t kCanonicalIdLength = 64;

// providers known by their own name, in `Principal` and in keys.
constexpr std::array<std::string_view, 4> kBuiltInProviders = {
    "accounts.google.com", "cognito-identity.amazonaws.com", "graph.facebook.com",
    "www.amazon.com"};

// The keys of a Principal mapping, and what they are in the same order.
constexpr std::array<std::string_view, 4> kPrincipalKeys = {"AWS", "Service", "Federated",
                                                            "CanonicalUser"};
constexpr std::array<PrincipalType, 4> kPrincipalTypes = {
    PrincipalType::kAws, PrincipalType::kService, PrincipalType::kFederated,
    PrincipalType::kCanonicalUser};

std::string_view KeyOf(PrincipalType type) {
  switch (type) {
    case PrincipalType::kEveryone:
      return "STAR";  // What IAM calls it in.
    case PrincipalType::kAws:
      return "AWS";
    case PrincipalType::kService:
      return "Service";
    case PrincipalType::kFederated:
      return "Federated";
    case PrincipalType::kCanonicalUser:
      return "CanonicalUser";
  }
  return "AWS";
}

std::optional<PrincipalType> TypeOf(std::string_view key) {
  const auto* const found = std::find(kPrincipalKeys.begin(), kPrincipalKeys.end(), key);
  if (found == kPrincipalKeys.end()) return std::nullopt;
  return kPrincipalTypes[static_cast<size_t>(found - kPrincipalKeys.begin())];
}

//
void ReportInvalid(std::string_view key, std::string_view value, base::Position position,
                   const ParserContext& context, std::string message,
                   std::string_view suggestion = {}) {
  context.sink.Error(position, MalformedRow::kPrincipal,
                     base::Concat({"Invalid principal in policy: \"", key, "\":\"", value, "\""}),
                     std::move(message), suggestion);
}

bool HasWildcard(std::string_view text) {
  return text.find_first_of("*?") != std::string_view::npos;
}

// An `AIDA…` or `AROA…` id.
bool IsUniqueId(std::string_view text) {
  return (text.starts_with("AIDA") || text.starts_with("AROA")) &&
         text.size() >= kUniqueIdLengthMin && text.size() <= kUniqueIdLengthMax &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
}

// Why an ARN under `AWS` is none of a principal; empty if it is one.
std::string WhyNoAwsPrincipal(const ArnView& arn) {
  switch (ClassifyPrincipalArn(arn)) {
    case PrincipalArnKind::kRoot:
    case PrincipalArnKind::kUser:
    case PrincipalArnKind::kRole:
    case PrincipalArnKind::kRoleSession:
    case PrincipalArnKind::kFederatedUser:
      return {};
    case PrincipalArnKind::kOidcProvider:
    case PrincipalArnKind::kSamlProvider:
      return base::Concat({"identity provider ", base::Quoted(arn.text),
                           " belongs under `Federated`, not under `AWS`"});
    case PrincipalArnKind::kNotAPrincipal:
      break;
  }
  const std::string quoted = base::Quoted(arn.text);
  if (HasWildcard(arn.text)) {
    return base::Concat({"principal ", quoted,
                         " has a wildcard; `*` with `ArnLike` on `aws:PrincipalArn` matches many"});
  }
  if (arn.service == "iam" && arn.resource.starts_with("group/")) {
    return base::Concat({"group ", quoted, " cannot be a principal"});
  }
  if (arn.service == "iam" && arn.resource.starts_with("assumed-role/")) {
    return base::Concat({"session ", quoted, " must be an ARN of `sts`, not of `iam`"});
  }
  return base::Concat({quoted, " is not the ARN of a principal"});
}

void CheckAws(const SourceText& value, const ParserContext& context) {
  if (value.text == "*") return;  // CheckTrustWildcards, once the statement is read.
  if (IsAccountId(value.text)) return;
  if (IsUniqueId(value.text)) {
    context.sink.Warn(value.position,
                      base::Concat({"unique id ", base::Quoted(value.text),
                                    " as principal: its user or role may be deleted"}));
    return;
  }
  std::string why;
  if (const std::optional<ArnView> arn = ArnView::Parse(value.text); arn.has_value()) {
    why = WhyNoAwsPrincipal(*arn);
    if (why.empty()) return;
  } else {
    why = base::Concat({base::Quoted(value.text), " is not an account, an ARN or a unique id"});
  }
  ReportInvalid("AWS", value.text, value.position, context, std::move(why));
}

void CheckService(const SourceText& value, const ParserContext& context) {
  if (IsServicePrincipalName(value.text)) return;
  ReportInvalid("Service", value.text, value.position, context,
                HasWildcard(value.text)
                    ? base::Concat({"service ", base::Quoted(value.text), " has a wildcard"})
                    : base::Concat({base::Quoted(value.text), " is not the name of a service"}));
}

void CheckFederated(const SourceText& value, const ParserContext& context) {
  if (context.type != PolicyType::kTrust) {
    ReportInvalid("Federated", value.text, value.position, context,
                  "`Federated` is only allowed in a trust policy");
    return;
  }
  if (std::find(kBuiltInProviders.begin(), kBuiltInProviders.end(), value.text) !=
      kBuiltInProviders.end()) {
    return;
  }
  if (const std::optional<ArnView> arn = ArnView::Parse(value.text); arn.has_value()) {
    const PrincipalArnKind kind = ClassifyPrincipalArn(*arn);
    if (kind == PrincipalArnKind::kOidcProvider || kind == PrincipalArnKind::kSamlProvider) return;
  }
  ReportInvalid("Federated", value.text, value.position, context,
                base::Concat({base::Quoted(value.text), " is not an identity provider"}),
                base::ClosestName(value.text, kBuiltInProviders).value_or(""));
}

void CheckCanonicalUser(const SourceText& value, const ParserContext& context) {
  if (context.type != PolicyType::kResource) {
    ReportInvalid("CanonicalUser", value.text, value.position, context,
                  "`CanonicalUser` is only allowed in a resource-based policy");
    return;
  }
  const bool hexadecimal = std::all_of(value.text.begin(), value.text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  });
  if (hexadecimal && value.text.size() == kCanonicalIdLength) return;
  ReportInvalid("CanonicalUser", value.text, value.position, context,
                base::Concat({base::Quoted(value.text), " is not 64 hexadecimal digits"}));
}

void CheckEntry(const PrincipalEntry& entry, const ParserContext& context) {
  switch (entry.type) {
    case PrincipalType::kEveryone:
      return;
    case PrincipalType::kAws:
      CheckAws(entry.value, context);
      return;
    case PrincipalType::kService:
      CheckService(entry.value, context);
      return;
    case PrincipalType::kFederated:
      CheckFederated(entry.value, context);
      return;
    case PrincipalType::kCanonicalUser:
      CheckCanonicalUser(entry.value, context);
      return;
  }
}

// The bare string. Only "*" has this form.
void ParseBareString(const base::Node& member, const ParserContext& context, Statement* statement) {
  if (member.text != "*") {
    ReportInvalid("AWS", member.text, member.begin, context,
                  base::Concat({base::Quoted(member.text),
                                " is neither `*` nor a mapping such as "
                                "`{\"AWS\": ...}`"}));
    return;
  }
  if (context.type == PolicyType::kTrust) {
    context.sink.Error(
        member.begin, MalformedRow::kPrincipal,
        "AssumeRolepolicy contained an invalid principal: \"STAR\":\"*\".",
        statement->effect == StatementEffect::kAllow
            ? "a trust policy must not allow every principal"
            : "a trust policy cannot name the principal `*`; `{\"AWS\": \"*\"}` can be denied");
  }
  statement->principals.push_back({PrincipalType::kEveryone, {member.text, member.begin}});
}

void ParseKey(const base::Node& member, const ParserContext& context, Statement* statement) {
  const std::optional<PrincipalType> type = TypeOf(member.key);
  if (!type.has_value()) {
    ReportInvalid(member.key, member.is_scalar() ? member.text : "", member.key_begin, context,
                  base::Concat({"unknown principal type ", base::Quoted(member.key)}),
                  base::ClosestName(member.key, kPrincipalKeys).value_or(""));
    return;
  }
  std::vector<SourceText> values;
  ReadStrings(member, KeyOf(*type), context, &values);
  if (member.is_sequence() && member.child_count == 0) {
    context.sink.Warn(member.begin, base::Concat({"empty `", member.key, "` names nobody"}));
  }
  for (const SourceText& value : values) {
    const PrincipalEntry& entry = statement->principals.emplace_back(PrincipalEntry{*type, value});
    CheckEntry(entry, context);
  }
}

}  // namespace

void CheckTrustWildcards(const Statement& statement, const ParserContext& context) {
  if (context.type != PolicyType::kTrust || statement.effect != StatementEffect::kAllow) return;
  const bool tolerated =
      context.limits.allow_wildcard_trust_with_condition && !statement.conditions.empty();
  for (const PrincipalEntry& entry : statement.principals) {
    if (entry.type != PrincipalType::kAws || entry.value.text != "*") continue;
    if (tolerated) {
      context.sink.Warn(entry.value.position,
                        "a trust policy that allows every principal depends on its conditions "
                        "alone");
    } else {
      ReportInvalid("AWS", entry.value.text, entry.value.position, context,
                    "a trust policy must not allow every principal");
    }
  }
}

void ParsePrincipals(const base::Node& member, const ParserContext& context, Statement* statement) {
  if (member.kind == base::NodeKind::kString) {
    ParseBareString(member, context, statement);
    return;
  }
  if (!member.is_mapping()) {
    context.sink.SyntaxError(member.begin,
                             base::Concat({"`", member.key, "` must be `*` or a mapping, not a ",
                                           base::NodeKindName(member.kind)}));
    return;
  }
  if (context.type == PolicyType::kResourceControl) {
    context.sink.OwnError(member.begin,
                          "the principal of a resource control policy must be the string `*`");
    return;
  }
  if (member.child_count == 0) {
    context.sink.Warn(member.begin, base::Concat({"empty `", member.key, "` names nobody"}));
  }
  for (const base::Node& type : member.children()) ParseKey(type, context, statement);
  if (statement->principals.size() > context.limits.entries_per_element_max) {
    context.sink.OwnError(member.begin, "too many principals in one statement");
  }
}

}  // namespace portcullis::policy::parser
