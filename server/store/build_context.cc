#include "absl/container/flat_hash_set.h"

#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/policy/arn.h"
#include "server/store/build_internal.h"

namespace portcullis::store {
namespace {

// Beyond this many names a search for a similar one is left out.
constexpr size_t kSuggestionCandidatesMax = 5000;

void Add(std::string_view file, policy::Severity severity, base::Position position,
         std::string message, std::string suggestion, BuildContext& context) {
  policy::Diagnostic diagnostic;
  diagnostic.severity = severity;
  diagnostic.position = position;
  diagnostic.message = std::move(message);
  diagnostic.suggestion = std::move(suggestion);
  context.Report(file, std::move(diagnostic));
}

}  // namespace

void BuildContext::Report(std::string_view file, policy::Diagnostic diagnostic) {
  diagnostics->push_back({std::string(file), std::move(diagnostic)});
}

void BuildContext::Error(const FileDefinitions& file, base::Position position, std::string message,
                         std::string suggestion) {
  Add(*file.file, policy::Severity::kError, position, std::move(message), std::move(suggestion),
      *this);
}

void BuildContext::Warning(const FileDefinitions& file, base::Position position,
                           std::string message) {
  Add(*file.file, policy::Severity::kWarning, position, std::move(message), {}, *this);
}

std::string BuildContext::Suggest(std::string_view word,
                                  absl::Span<const std::string_view> candidates) {
  if (suggestions_left <= 0 || candidates.size() > kSuggestionCandidatesMax) return {};
  --suggestions_left;
  return std::string(base::ClosestName(word, candidates).value_or(""));
}

bool BuildContext::CheckQuota(size_t count, uint32_t quota, std::string_view what,
                              const FileDefinitions& file, base::Position position) {
  if (quota == 0 || count <= quota) return true;
  Error(file, position, base::StrCat("cannot exceed quota for ", what, ": ", quota));
  return false;
}

Origin OriginOf(const FileDefinitions& file, const Located& located) {
  return {file.file, located.position};
}

const Account* OwningAccount(BuildContext& context, const FileDefinitions& file,
                             const Located& account) {
  const Account* found = FindIn(context.tables->accounts_by_id, account.text);
  if (found == nullptr) {
    std::vector<std::string_view> ids;
    for (const auto& known : context.tables->accounts) ids.push_back(known->id);
    context.Error(file, account.position,
                  base::StrCat("account ", base::Quoted(account.text),
                               " is not declared under `Accounts` of any file"),
                  context.Suggest(account.text, ids));
    return nullptr;
  }
  if (found->external) {
    context.Error(file, account.position,
                  base::StrCat("account ", base::Quoted(account.text), " is declared external at ",
                               FormatOrigin(found->origin), " and cannot hold anything"));
    return nullptr;
  }
  return found;
}

std::vector<Tag> BuildTags(BuildContext& context, const FileDefinitions& file,
                           const std::vector<TagDefinition>& tags, TagKeys keys) {
  std::vector<Tag> built;
  built.reserve(tags.size());
  absl::flat_hash_set<std::string> seen;
  for (const TagDefinition& tag : tags) {
    const std::string& key = tag.key.text;
    if (!IsTagKey(key)) {
      context.Error(file, tag.key.position,
                    base::StrCat("tag key ", base::Quoted(key),
                                 " must be 1 to 128 letters, digits, blanks and `_.:/=+-@`, and "
                                 "must not begin with `aws:`"));
    } else if (!IsTagValue(tag.value.text)) {
      context.Error(file, tag.value.position,
                    base::StrCat("value of tag ", base::Quoted(key),
                                 " must be at most 256 letters, digits, blanks and `_.:/=+-@`"));
    } else if (!seen.insert(keys == TagKeys::kCaseInsensitive ? base::FoldCase(key) : key).second) {
      context.Error(
          file, tag.key.position,
          base::StrCat("tag key ", base::Quoted(key), " is given twice",
                       keys == TagKeys::kCaseInsensitive ? "; tag keys are case insensitive" : ""));
    } else {
      built.push_back({key, tag.value.text,
                       policy::ConditionKeyName(base::StrCat("aws:PrincipalTag/", key)),
                       policy::ConditionKeyName(base::StrCat("aws:ResourceTag/", key)),
                       policy::ConditionKeyName(base::StrCat("iam:ResourceTag/", key))});
    }
  }
  if (!tags.empty()) {
    context.CheckQuota(tags.size(), context.quotas.tags_per_object, "TagsPerObject", file,
                       tags.back().key.position);
  }
  return built;
}

const ManagedPolicy* FindAttachable(BuildContext& context, const FileDefinitions& file,
                                    const Located& arn, const Account& account) {
  const ManagedPolicy* found = FindIn(context.tables->managed_policies_by_arn, arn.text);
  if (found == nullptr) {
    std::vector<std::string_view> arns;
    for (const auto& known : context.tables->managed_policies) arns.push_back(known->arn);
    context.Error(file, arn.position,
                  base::StrCat("managed policy ", base::Quoted(arn.text), " does not exist"),
                  context.Suggest(arn.text, arns));
    return nullptr;
  }
  const auto parsed = policy::ArnView::Parse(found->arn);
  if (parsed.has_value() && parsed->account != "aws" && parsed->account != account.id) {
    context.Error(file, arn.position,
                  base::StrCat("managed policy ", base::Quoted(arn.text),
                               " belongs to another account than `", account.id, "`"));
    return nullptr;
  }
  return found;
}

policy::NamedPolicy NamePolicy(BuildContext& context, const PolicyDefinition& definition,
                               std::string id) {
  context.tables->statement_count += definition.policy->statements().size();
  return {definition.policy, std::move(id), definition.file};
}

std::unique_ptr<const policy::CompiledPolicySet> SinglePolicySet(BuildContext& context,
                                                                 const PolicyDefinition& definition,
                                                                 std::string id) {
  return policy::CompiledPolicySet::Make({NamePolicy(context, definition, std::move(id))});
}

}  // namespace portcullis::store
