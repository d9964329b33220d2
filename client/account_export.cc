#include "client/account_export.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "client/json_layout.h"
#include "server/base/json_reader.h"
#include "server/base/json_writer.h"
#include "server/base/status_macros.h"
#include "server/base/str_cat.h"
#include "server/inventory/operation.h"
#include "server/inventory/parameters.h"
#include "server/store/entities.h"

namespace portcullis::client {
namespace {

using base::Shape;

constexpr std::string_view kLists[] = {"UserDetailList", "GroupDetailList", "RoleDetailList",
                                       "Policies"};
constexpr int64_t kDefaultSessionDurationSeconds = 3600;

Shape TagsShape(const std::vector<store::Tag>& tags) {
  Shape list = Shape::List();
  for (const store::Tag& tag : tags) {
    Shape shape = Shape::Structure();
    shape.Add("Key", std::string_view(tag.key));
    shape.Add("Value", std::string_view(tag.value));
    list.Append(std::move(shape));
  }
  return list;
}

std::string_view ArnOf(const Shape& shape) {
  const Shape* arn = shape.Find("Arn");
  return arn == nullptr ? std::string_view() : std::string_view(arn->text());
}

// The elements of the lists with what AWS leaves out.
void Complete(const store::Snapshot& snapshot, std::string_view list, Shape* element) {
  if (list == "RoleDetailList") {
    const store::Role* role = snapshot.FindRole(ArnOf(*element));
    if (role == nullptr) return;
    if (element->Find("RoleLastUsed") == nullptr) element->Add("RoleLastUsed", Shape::Structure());
    element->AddUnlessEmpty("Description", role->description);
    if (role->max_session_duration_seconds != kDefaultSessionDurationSeconds) {
      element->Add("MaxSessionDuration", Shape::Integer(role->max_session_duration_seconds));
    }
  } else if (list == "Policies") {
    const store::ManagedPolicy* policy = snapshot.FindManagedPolicy(ArnOf(*element));
    if (policy == nullptr || policy->tags.empty()) return;
    element->Add("Tags", TagsShape(policy->tags));
  }
}

// Appends the lists of a page to `merged`, which are in the order of kLists.
void AppendPage(const store::Snapshot& snapshot, const Shape& page, std::vector<Shape>* merged) {
  for (size_t i = 0; i < std::size(kLists); ++i) {
    const Shape* list = page.Find(kLists[i]);
    if (list == nullptr) continue;
    for (const Shape::Member& member : list->members()) {
      Shape element = member.value;
      Complete(snapshot, kLists[i], &element);
      (*merged)[i].Append(std::move(element));
    }
  }
}

size_t CountIf(size_t count, bool counts) {
  return count + (counts ? 1 : 0);
}

}  // namespace

absl::StatusOr<Shape> ExportDetails(const store::Snapshot& snapshot,
                                    const store::Account& account) {
  const inventory::Operation* operation =
      inventory::FindOperation("GetAccountAuthorizationDetails");
  if (operation == nullptr) return absl::InternalError("there is no such operation");
  const inventory::Scope scope{.snapshot = snapshot, .account = account};
  std::vector<Shape> merged(std::size(kLists), Shape::List());
  std::string marker;
  do {
    inventory::Parameters parameters;
    parameters.Set("MaxItems", "1000");
    if (!marker.empty()) parameters.Set("Marker", marker);
    ASSIGN_OR_RETURN(const Shape page, operation->read(scope, parameters));
    AppendPage(snapshot, page, &merged);
    const Shape* next = page.Find("Marker");
    marker = next == nullptr ? "" : next->text();
  } while (!marker.empty());
  Shape result = Shape::Structure();
  for (size_t i = 0; i < std::size(kLists); ++i) result.Add(kLists[i], std::move(merged[i]));
  return result;
}

Shape ExportResources(const store::Snapshot& snapshot, const store::Account& account) {
  std::vector<const store::Resource*> resources;
  for (const auto& resource : snapshot.resources()) {
    if (resource->account == &account) resources.push_back(resource.get());
  }
  std::sort(resources.begin(), resources.end(),
            [](const auto* a, const auto* b) { return a->arn < b->arn; });
  Shape list = Shape::List();
  for (const store::Resource* resource : resources) {
    Shape shape = Shape::Structure();
    shape.Add("ResourceArn", std::string_view(resource->arn));
    if (resource->policy != nullptr) {
      shape.Add("Policy", Shape::Json(resource->policy->policies().front().policy().document()));
    }
    if (!resource->tags.empty()) shape.Add("Tags", TagsShape(resource->tags));
    if (resource->requires_resource_policy) {
      shape.Add("RequiresResourcePolicy", Shape::Boolean(true));
    }
    list.Append(std::move(shape));
  }
  return list;
}

std::vector<std::string> NotExported(const store::Snapshot& snapshot,
                                     const store::Account& account) {
  size_t passwords = 0;
  size_t disabled = 0;
  for (const auto& user : snapshot.users()) {
    if (user->account != &account) continue;
    passwords = CountIf(passwords, user->login_profile.has_value());
    disabled = CountIf(disabled, user->disabled);
  }
  const auto count = [&account](const auto& things) {
    size_t found = 0;
    for (const auto& thing : things) found = CountIf(found, thing->account == &account);
    return found;
  };
  size_t unattached = 0;
  for (const auto& profile : snapshot.instance_profiles()) {
    unattached = CountIf(unattached, profile->account == &account && profile->role == nullptr);
  }
  const std::pair<size_t, std::string_view> kinds[] = {
      {count(snapshot.access_keys()), "access keys"},
      {count(snapshot.mfa_devices()), "MFA devices"},
      {passwords, "what is known about passwords"},
      {disabled, "that users are disabled: without that they are not"},
      {count(snapshot.oidc_providers()), "OIDC providers"},
      {count(snapshot.saml_providers()), "SAML providers"},
      {unattached, "instance profiles without a role"},
      {account.organization.has_value() ? 1 : 0, "the organization and its policies"},
  };
  std::vector<std::string> lines;
  for (const auto& [number, what] : kinds) {
    if (number > 0) lines.push_back(base::StrCat(what, " (", number, ")"));
  }
  return lines;
}

absl::StatusOr<std::string> LayOutShape(const Shape& shape) {
  base::JsonWriter writer;
  base::WriteJson(shape, &writer);
  base::JsonReaderOptions options;
  options.bytes_max = SIZE_MAX;
  base::NodeTree tree;
  std::vector<base::TextError> errors;
  if (!base::ReadJson(writer.text(), options, &tree, &errors)) {
    return absl::InternalError(
        base::StrCat("what was exported is not JSON: ", errors.front().message));
  }
  return LayOutJson(tree.root());
}

}  // namespace portcullis::client
