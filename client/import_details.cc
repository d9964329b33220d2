#include "client/import_details.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"

#include "client/import_entities.h"
#include "client/import_reader.h"
#include "server/base/node.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"

namespace portcullis::client {
namespace {

using base::Node;
using enum MemberUse;

// What the pages say besides the account.
struct Pages {
  std::vector<ListedRole> listed_roles;
  size_t complete_count = 0;                // Pages after which there is no other one.
  std::optional<ImportPlace> truncated_at;  // Of the last one after which there is.
  size_t page_count = 0;
};

struct Page {
  Pages* pages = nullptr;
  bool truncated = false;
};

template <void (*kRead)(ImportContext&, const Node&)>
void Part(ImportContext& context, const Node& node, Page*) {
  kRead(context, node);
}
void Roles(ImportContext& context, const Node& node, Page* page) {
  ReadListedRoles(context, node, &page->pages->listed_roles);
}
// The token with which the AWS command line would go on.
void NextToken(ImportContext&, const Node&, Page* page) {
  page->truncated = true;
}

constexpr ImportMember<Page> kPageMembers[] = {
    {"UserDetailList", kOptional, &Part<&ReadUserDetails>},
    {"GroupDetailList", kOptional, &Part<&ReadGroupDetails>},
    {"RoleDetailList", kOptional, &Part<&ReadRoleDetails>},
    {"Policies", kOptional, &Part<&ReadPolicyDetails>},
    {"Roles", kOptional, &Roles},
    {"IsTruncated", kOptional, &BooleanMember<&Page::truncated>},
    {"NextToken", kOptional, &NextToken},
    {"Marker", kImplied},
    {"ResponseMetadata", kImplied},  // boto3 adds it to every answer.
};

void ReadPage(ImportContext& context, const Node& node, Pages* pages) {
  constexpr std::string_view kLists[] = {"UserDetailList", "GroupDetailList", "RoleDetailList",
                                         "Policies", "Roles"};
  const bool has_list = std::any_of(std::begin(kLists), std::end(kLists),
                                    [&](auto name) { return node.Find(name) != nullptr; });
  if (node.is_mapping() && !has_list) {
    return context.Error(node,
                         "this is not what `aws iam get-account-authorization-details` prints: "
                         "there is no `UserDetailList`, `GroupDetailList`, `RoleDetailList` or "
                         "`Policies`");
  }
  Page page;
  page.pages = pages;
  if (!ReadMembers(context, node, kPageMembers, &page)) return;
  ++pages->page_count;
  if (page.truncated) {
    pages->truncated_at = context.PlaceOf(node);
  } else {
    ++pages->complete_count;
  }
}

// Descriptions and session durations from `aws iam list-roles`.
void AddListedRoles(const Pages& pages, ImportReport* report, AwsAccount* account) {
  absl::flat_hash_map<std::string_view, AwsRole*> roles;
  for (AwsRole& role : account->roles) roles.emplace(role.arn.text, &role);
  for (const ListedRole& listed : pages.listed_roles) {
    const auto found = roles.find(listed.arn.text);
    if (found == roles.end()) {
      report->NotCarried(listed.arn.place,
                         base::StrCat("role ", base::Quoted(listed.arn.text),
                                      ": it is not in `RoleDetailList`, so its policies are not "
                                      "known"));
      continue;
    }
    AwsRole& role = *found->second;
    if (!listed.description.text.empty()) role.description = listed.description;
    if (listed.max_session_duration_seconds.has_value()) {
      role.max_session_duration_seconds = listed.max_session_duration_seconds;
    }
  }
}

// What one account cannot have twice.
template <typename T>
void CheckOnce(const std::vector<T>& entities, ImportReport* report) {
  absl::flat_hash_map<std::string_view, const T*> seen;
  for (const T& entity : entities) {
    const auto [found, added] = seen.emplace(entity.arn.text, &entity);
    if (!added) {
      report->Error(entity.arn.place,
                    base::StrCat(base::Quoted(entity.arn.text), " is given twice, first at ",
                                 report->Format(found->second->arn.place)));
    }
  }
}

}  // namespace

void ReadAccountDetails(const std::vector<uint32_t>& inputs, ImportReport* report,
                        AwsAccount* account) {
  Pages pages;
  for (const uint32_t input : inputs) {
    ImportContext context{*report, *account, input};
    for (const base::NodeTree& value : report->values(input)) {
      const Node& root = value.root();
      if (!root.is_sequence()) {
        ReadPage(context, root, &pages);
        continue;
      }
      for (const Node& page : root.children()) ReadPage(context, page, &pages);
    }
  }
  if (pages.truncated_at.has_value() && pages.complete_count == 0) {
    report->Error(*pages.truncated_at,
                  "the answer goes on after this page, and none of the files has the last page: "
                  "give all of them");
  }
  if (account->id.text.empty() && !report->has_errors()) {
    report->Error({inputs.front(), {1, 1}},
                  "there is no user, group, role or policy, so it is not known which account this "
                  "is");
  }
  AddListedRoles(pages, report, account);
  CheckOnce(account->users, report);
  CheckOnce(account->groups, report);
  CheckOnce(account->roles, report);
  CheckOnce(account->policies, report);
  CheckOnce(account->instance_profiles, report);
}

}  // namespace portcullis::client
