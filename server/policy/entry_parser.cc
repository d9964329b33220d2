#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

#include "server/base/text.h"
#include "server/policy/pattern.h"
#include "server/policy/policy_parser_internal.h"

namespace portcullis::policy::parser {
namespace {

// R-2.95: what a trust policy can be about.
constexpr std::array<std::string_view, 6> kTrustActions = {
    "sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity",
    "sts:SetContext", "sts:SetSourceIdentity",  "sts:TagSession"};

// R-1.2.
constexpr std::array<std::string_view, 8> kPartitions = {
    "aws", "aws-cn", "aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-us-gov"};

// R-2.108.
constexpr std::array<std::string_view, 13> kIamResources = {"user/",
                                                            "federated-user/",
                                                            "role/",
                                                            "group/",
                                                            "instance-profile/",
                                                            "mfa/",
                                                            "server-certificate/",
                                                            "policy/",
                                                            "sms-mfa/",
                                                            "saml-provider/",
                                                            "oidc-provider/",
                                                            "report/",
                                                            "access-report/"};

bool HasWildcard(std::string_view text) {
  return text.find_first_of("*?") != std::string_view::npos;
}

bool HasBlankOrComma(std::string_view text) {
  return text.find_first_of(" \t\r\n\f\v,") != std::string_view::npos;
}

bool IsVendorCharacter(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
         c == '-';
}

// ---- Actions ----

// R-2.95. A pattern that covers one of them among others is fine: `sts:*`.
bool CoversTrustAction(std::string_view entry) {
  if (!base::EqualFolded(entry.substr(0, 4), "sts:")) return false;
  const absl::StatusOr<Block<Pattern>> pattern =
      Pattern::Compile(entry, {.wildcards = true, .variables = false, .fold_case = true});
  return pattern.ok() &&
         std::any_of(kTrustActions.begin(), kTrustActions.end(),
                     [&pattern](std::string_view action) { return (*pattern)->Matches(action); });
}

// What a type of policy says beyond the grammar. Returns whether the entry is legal in it.
bool CheckActionForType(const SourceText& entry, const ParserContext& context) {
  if (context.type == PolicyType::kTrust && !CoversTrustAction(entry.text)) {
    context.sink.Error(
        entry.position, MalformedRow::kProhibitedField,
        "Trust Policy statement actions can only be sts:AssumeRole, "
        "sts:AssumeRoleWithSAML,  and sts:AssumeRoleWithWebIdentity",
        base::Concat({"action ", base::Quoted(entry.text), " is not allowed in a trust policy"}),
        base::ClosestName(entry.text, kTrustActions).value_or(""));
    return false;
  }
  if (context.type == PolicyType::kResourceControl && (entry.text == "*" || entry.text == "*:*")) {
    context.sink.OwnError(entry.position,
                          base::Concat({"action ", base::Quoted(entry.text),
                                        " of a resource control policy must name a service"}));
    return false;
  }
  return true;
}

// R-2.28 to R-2.30, R-2.109 to R-2.111.
void CheckAction(const SourceText& entry, const ParserContext& context) {
  if (!CheckActionForType(entry, context)) return;
  if (entry.text == "*" || entry.text == "*:*") return;
  const size_t colon = entry.text.find(':');
  if (colon == std::string_view::npos) {
    context.sink.Error(
        entry.position, MalformedRow::kActionVendorMissing,
        "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        base::Concat({"action ", base::Quoted(entry.text), " has no service before a `:`"}));
    return;
  }
  const std::string_view vendor = entry.text.substr(0, colon);
  const std::string_view name = entry.text.substr(colon + 1);
  if (!HasBlankOrComma(name) && name.find(':') != std::string_view::npos) {
    context.sink.Error(
        entry.position, MalformedRow::kActionColons,
        "Actions/Condition can contain only one colon.",
        base::Concat({"action ", base::Quoted(entry.text), " has more than one `:`"}));
    return;
  }
  if (vendor.empty() || !std::all_of(vendor.begin(), vendor.end(), IsVendorCharacter)) {
    context.sink.Error(
        entry.position, MalformedRow::kActionVendor,
        base::Concat({"Vendor ", vendor, " is not valid"}),
        base::Concat({"service ", base::Quoted(vendor), " of action ", base::Quoted(entry.text),
                      HasWildcard(vendor) ? " has a wildcard" : " is not a name"}));
    return;
  }
  if (name.empty() || HasBlankOrComma(name)) {
    context.sink.Warn(entry.position,
                      base::Concat({"action ", base::Quoted(entry.text), " matches no action"}));
  }
}

// ---- Resources ----

// The fields of an ARN pattern that may have fewer than six; the last one keeps its colons.
struct ArnFields {
  std::array<std::string_view, 6> text;
  size_t count = 0;
};

ArnFields SplitFields(std::string_view pattern) {
  ArnFields fields;
  while (fields.count < fields.text.size()) {
    const size_t colon =
        fields.count + 1 < fields.text.size() ? pattern.find(':') : std::string_view::npos;
    fields.text[fields.count++] = pattern.substr(0, colon);
    if (colon == std::string_view::npos) break;
    pattern.remove_prefix(colon + 1);
  }
  return fields;
}

// Missing fields as `*`, as in R-2.105.
std::string WrittenOut(const ArnFields& fields) {
  std::string text = "arn";
  for (size_t i = 1; i < fields.text.size(); ++i) {
    text += ':';
    text += i < fields.count ? fields.text[i] : "*";
  }
  return text;
}

// R-2.105. A wildcard may well stand for a partition that is known.
bool CheckPartition(const SourceText& entry, const ArnFields& fields,
                    const ParserContext& context) {
  const std::string_view partition = fields.text[1];
  if (HasWildcard(partition) ||
      std::find(kPartitions.begin(), kPartitions.end(), partition) != kPartitions.end()) {
    return true;
  }
  context.sink.Error(entry.position, MalformedRow::kPartition,
                     base::Concat({"Partition \"", partition, "\" is not valid for resource \"",
                                   WrittenOut(fields), "\"."}),
                     base::Concat({"unknown partition ", base::Quoted(partition), " in ",
                                   base::Quoted(entry.text)}),
                     base::ClosestName(partition, kPartitions).value_or(""));
  return false;
}

// R-2.106.
bool CheckVendor(const SourceText& entry, const ArnFields& fields, const ParserContext& context) {
  if (fields.count > 2 && !fields.text[2].empty() && !HasWildcard(fields.text[2])) return true;
  context.sink.Error(entry.position, MalformedRow::kResourceVendor,
                     "Resource vendor must be fully qualified and cannot contain regexes.",
                     base::Concat({"resource ", base::Quoted(entry.text),
                                   " must name its service without wildcards"}));
  return false;
}

// R-2.107. A wildcard region matches the empty one.
bool CheckRegion(const SourceText& entry, const ArnFields& fields, const ParserContext& context) {
  const std::string_view service = fields.text[2];
  const std::string_view region = fields.count > 3 ? fields.text[3] : std::string_view();
  if (region.empty() || HasWildcard(region) || (service != "iam" && service != "s3")) return true;
  context.sink.Error(
      entry.position, MalformedRow::kResourceRegion,
      service == "iam"
          ? base::Concat({"IAM resource ", entry.text, " cannot contain region information."})
          : base::Concat({"Resource ", entry.text, " can not contain region information."}),
      base::Concat(
          {"resource ", base::Quoted(entry.text), " of `", service, "` cannot have a region"}));
  return false;
}

// R-2.108.
bool CheckIamPath(const SourceText& entry, const ArnFields& fields, const ParserContext& context) {
  if (fields.text[2] != "iam" || fields.count < fields.text.size()) return true;
  const std::string_view resource = fields.text[5];
  if (resource == "*" ||
      std::any_of(kIamResources.begin(), kIamResources.end(),
                  [resource](std::string_view start) { return resource.starts_with(start); })) {
    return true;
  }
  context.sink.Error(
      entry.position, MalformedRow::kIamResourcePath,
      "IAM resource path must either be \"*\" or start with user/, federated-user/, role/, group/, "
      "instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, "
      "oidc-provider/, report/, access-report/.",
      base::Concat({"resource ", base::Quoted(resource), " of `iam` is of no known kind"}));
  return false;
}

// R-2.100: five fields with an empty one are a slip of the pen, not a short ARN. One that ends in
// `*` is short on purpose (R-2.35).
bool CheckFieldCount(const SourceText& entry, const ArnFields& fields,
                     const ParserContext& context) {
  const auto* const end = fields.text.begin() + static_cast<std::ptrdiff_t>(fields.count);
  const bool has_empty =
      std::any_of(fields.text.begin(), end, [](std::string_view field) { return field.empty(); });
  if (fields.count == fields.text.size() || !has_empty || entry.text.ends_with('*')) return true;
  context.sink.Error(
      entry.position, MalformedRow::kLegacyParsing, "The policy failed legacy parsing",
      base::Concat({"resource ", base::Quoted(entry.text), " has fewer than six fields"}));
  return false;
}

void CheckResource(const SourceText& entry, const ParserContext& context) {
  if (entry.text == "*") return;
  if (!entry.text.starts_with("arn:")) {
    context.sink.Error(
        entry.position, MalformedRow::kResourceFormat,
        base::Concat({"Resource ", entry.text, " must be in ARN format or \"*\"."}),
        base::Concat({"resource ", base::Quoted(entry.text), " is neither `*` nor an ARN"}));
    return;
  }
  const ArnFields fields = SplitFields(entry.text);
  if (!CheckPartition(entry, fields, context) || !CheckVendor(entry, fields, context) ||
      !CheckRegion(entry, fields, context) || !CheckFieldCount(entry, fields, context) ||
      !CheckIamPath(entry, fields, context)) {
    return;
  }
  if (context.version == LanguageVersion::k2008 &&
      entry.text.find("${") != std::string_view::npos) {
    context.sink.Warn(entry.position, base::Concat({"variable in ", base::Quoted(entry.text),
                                                    " is literal text without version "
                                                    "`2012-10-17`"}));
  }
  if (fields.count < fields.text.size() && !context.traits.short_arns_padded &&
      !context.traits.short_arns_refused && !HasWildcard(entry.text)) {
    context.sink.Warn(entry.position, base::Concat({"resource ", base::Quoted(entry.text),
                                                    " has fewer than six fields and matches "
                                                    "nothing"}));  // R-2.37.
  }
}

}  // namespace

void ParseActions(const base::Node& member, const ParserContext& context, Statement* statement) {
  std::vector<SourceText> entries;
  const bool valid = ReadStrings(member, member.key, context, &entries);
  if (valid && entries.empty()) {
    context.sink.Error(member.begin, MalformedRow::kActionsMissing,
                       "Policy statement must contain actions.",
                       base::Concat({"`", member.key, "` is empty"}));
  }
  for (const SourceText& entry : entries) CheckAction(entry, context);
  statement->actions = std::move(entries);
}

void ParseResources(const base::Node& member, const ParserContext& context, Statement* statement) {
  std::vector<SourceText> entries;
  const bool valid = ReadStrings(member, member.key, context, &entries);
  if (valid && entries.empty()) {
    context.sink.Error(member.begin, MalformedRow::kResourcesMissing,
                       "Policy statement must contain resources.",
                       base::Concat({"`", member.key, "` is empty"}));
  }
  for (const SourceText& entry : entries) CheckResource(entry, context);
  statement->resources = std::move(entries);
}

}  // namespace portcullis::policy::parser
