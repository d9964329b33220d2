#include "client/import_resources.h"

#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"

#include "client/import_reader.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/policy/arn.h"

namespace portcullis::client {
namespace {

using base::Node;
using enum MemberUse;

constexpr ImportMember<AwsResource> kResourceMembers[] = {
    {"ResourceArn", kOptional, &TextMember<&AwsResource::arn>},
    {"Arn", kOptional, &TextMember<&AwsResource::arn>},
    {"Policy", kOptional, &DocumentMember<&AwsResource::policy>},
    {"Tags", kOptional, &TagsMember<&AwsResource::tags>},
    {"RequiresResourcePolicy", kOptional, &BooleanMember<&AwsResource::requires_resource_policy>},
};

void ReadResource(ImportContext& context, const Node& node) {
  AwsResource resource;
  if (!ReadMembers(context, node, kResourceMembers, &resource)) return;
  const auto arn = policy::ArnView::Parse(resource.arn.text);
  if (resource.arn.text.empty()) {
    context.Error(node, "member `ResourceArn` is missing");
  } else if (!arn.has_value()) {
    context.report.Error(resource.arn.place,
                         base::StrCat(base::Quoted(resource.arn.text), " is not an ARN"));
  } else if (!arn->account.empty() && arn->account != context.account.id.text) {
    context.report.Error(resource.arn.place,
                         base::StrCat("ARN ", base::Quoted(resource.arn.text),
                                      " is not of account `", context.account.id.text, "`"));
  } else {
    context.account.resources.push_back(std::move(resource));
  }
}

}  // namespace

void ReadResourcePolicies(uint32_t input, ImportReport* report, AwsAccount* account) {
  ImportContext context{*report, *account, input};
  for (const base::NodeTree& value : report->values(input)) {
    const Node& root = value.root();
    if (!root.is_sequence()) {
      ReadResource(context, root);
      continue;
    }
    for (const Node& item : root.children()) ReadResource(context, item);
  }
  absl::flat_hash_map<std::string_view, const AwsResource*> seen;
  for (const AwsResource& resource : account->resources) {
    const auto [found, added] = seen.emplace(resource.arn.text, &resource);
    if (!added) {
      report->Error(resource.arn.place,
                    base::StrCat(base::Quoted(resource.arn.text), " is given twice, first at ",
                                 report->Format(found->second->arn.place)));
    }
  }
}

}  // namespace portcullis::client
