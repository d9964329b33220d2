#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/policy/arn.h"
#include "server/policy/request.h"
#include "server/store/build_internal.h"

namespace portcullis::store {
namespace {

// Why `text` cannot be registered, or "".
std::string ResourceArnFault(const BuildContext& context, std::string_view text,
                             const Account& account) {
  const auto arn = policy::ArnView::Parse(text);
  if (!arn.has_value() || !policy::IsResourceName(text) || arn->resource.empty()) {
    return "is not an ARN";
  }
  if (text.find_first_of("*?") != std::string_view::npos) {
    return "must name one resource, without wildcards; it stands for everything below it, too";
  }
  if (text.back() == '/' || text.back() == ':') {
    return "must not end with a separator; it stands for everything below it, too";
  }
  if (arn->partition != context.partition) {
    return base::StrCat("is of another partition than `", context.partition, "`");
  }
  if (!arn->account.empty() && arn->account != account.id) {
    return base::StrCat("names another account than `", account.id, "`, to which it belongs here");
  }
  return {};
}

void BuildResource(BuildContext& context, const FileDefinitions& file,
                   const ResourceDefinition& definition) {
  SnapshotTables& tables = *context.tables;
  const Account* account = OwningAccount(context, file, definition.account);
  if (account == nullptr) return;
  const std::string fault = ResourceArnFault(context, definition.arn.text, *account);
  if (!fault.empty()) {
    context.Error(file, definition.arn.position,
                  base::StrCat("resource ", base::Quoted(definition.arn.text), " ", fault));
    return;
  }
  auto resource = std::make_unique<Resource>();
  resource->arn = definition.arn.text;
  resource->account = account;
  resource->tags = BuildTags(context, file, definition.tags, TagKeys::kCaseSensitive);
  if (definition.policy.has_value() && definition.policy->policy != nullptr) {
    resource->policy = SinglePolicySet(context, *definition.policy, resource->arn);
  }
  resource->requires_resource_policy = definition.requires_resource_policy;
  resource->origin = OriginOf(file, definition.arn);
  if (!tables.resource_index.Insert(resource.get())) {
    context.Error(file, definition.arn.position,
                  base::StrCat("resource ", base::Quoted(resource->arn), " is registered twice"));
    return;
  }
  tables.resources.push_back(std::move(resource));
}

}  // namespace

void BuildResources(BuildContext& context) {
  for (const auto& file : context.files) {
    for (const auto& definition : file->resources) BuildResource(context, *file, definition);
  }
}

}  // namespace portcullis::store
