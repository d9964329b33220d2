// The organization and its tree.
#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/source/schema_internal.h"

namespace portcullis::source {
namespace {

using base::Node;
using enum Presence;
using store::OrganizationalUnitDefinition;
using store::OrganizationDefinition;

constexpr auto kServiceControl = policy::PolicyType::kServiceControl;
constexpr auto kResourceControl = policy::PolicyType::kResourceControl;
// What AWS attaches to a target for which nothing else is said.
constexpr std::string_view kDefaultServiceControlPolicy = "FullAWSAccess";

// A unit with the children that the definitions have beside it, not inside.
struct UnitFields {
  OrganizationalUnitDefinition unit;
  std::optional<std::vector<store::Located>> service_control_policies;
  std::vector<store::AccountAttachmentDefinition> attachments;
  const Node* children = nullptr;
};

void ReadServiceControl(ParseContext& context, const Node& node, UnitFields* out) {
  ReadTextListInto(context, node, &out->service_control_policies.emplace());
}
void ReadUnitId(ParseContext& context, const Node& node, UnitFields* out) {
  ReadTextInto(context, node, &out->unit.id);
}
void ReadUnitName(ParseContext& context, const Node& node, UnitFields* out) {
  ReadTextInto(context, node, &out->unit.name);
}
void ReadResourceControl(ParseContext& context, const Node& node, UnitFields* out) {
  ReadTextListInto(context, node, &out->unit.resource_control_policies);
}
void ReadChildren(ParseContext& context, const Node& node, UnitFields* out) {
  if (CheckList(context, node)) out->children = &node;
}

struct AccountFields {
  store::Located account;
  std::optional<std::vector<store::Located>> service_control_policies;
  std::vector<store::Located> resource_control_policies;
};
void ReadAccountServiceControl(ParseContext& context, const Node& node, AccountFields* out) {
  ReadTextListInto(context, node, &out->service_control_policies.emplace());
}
constexpr Field<AccountFields> kAccountFields[] = {
    {"AccountId", kRequired, &Text<&AccountFields::account>},
    {"AttachedServiceControlPolicies", kOptional, &ReadAccountServiceControl},
    {"AttachedResourceControlPolicies", kOptional,
     &TextList<&AccountFields::resource_control_policies>},
};

std::vector<store::Located> OrDefault(std::optional<std::vector<store::Located>> names,
                                      base::Position position) {
  if (names.has_value()) return *std::move(names);
  return {{std::string(kDefaultServiceControlPolicy), position}};
}

// Each account is its id, or a mapping if policies are attached to it.
void ReadUnitAccounts(ParseContext& context, const Node& node, UnitFields* out) {
  if (!CheckList(context, node)) return;
  for (const Node& item : node.children()) {
    if (!item.is_mapping()) {
      store::Located id;
      ReadTextInto(context, item, &id);
      if (!id.text.empty()) out->unit.accounts.push_back(std::move(id));
      continue;
    }
    AccountFields fields;
    ReadObject(context, item, "OrganizationAccount", kAccountFields, &fields);
    if (fields.account.text.empty()) continue;
    out->unit.accounts.push_back(fields.account);
    const base::Position position = fields.account.position;
    out->attachments.push_back({std::move(fields.account),
                                OrDefault(std::move(fields.service_control_policies), position),
                                std::move(fields.resource_control_policies)});
  }
}

constexpr Field<UnitFields> kUnitFields[] = {
    {"Id", kRequired, &ReadUnitId},
    {"Name", kOptional, &ReadUnitName},
    {"Accounts", kOptional, &ReadUnitAccounts},
    {"AttachedServiceControlPolicies", kOptional, &ReadServiceControl},
    {"AttachedResourceControlPolicies", kOptional, &ReadResourceControl},
    {"OrganizationalUnits", kOptional, &ReadChildren},
};

// Parents come before children; the depth is bounded by that of the YAML reader.
void ReadUnit(ParseContext& context, const Node& node, const store::Located& parent,
              OrganizationDefinition* out) {
  UnitFields fields;
  ReadObject(context, node, "OrganizationalUnit", kUnitFields, &fields);
  fields.unit.parent = parent;
  fields.unit.service_control_policies =
      OrDefault(std::move(fields.service_control_policies), node.begin);
  const store::Located id = fields.unit.id;
  out->units.push_back(std::move(fields.unit));
  std::move(fields.attachments.begin(), fields.attachments.end(),
            std::back_inserter(out->account_attachments));
  if (fields.children == nullptr) return;
  for (const Node& child : fields.children->children()) ReadUnit(context, child, id, out);
}

void ReadRoot(ParseContext& context, const Node& node, OrganizationDefinition* out) {
  ReadUnit(context, node, {}, out);
}

constexpr Field<OrganizationDefinition> kOrganizationFields[] = {
    {"Id", kRequired, &Text<&OrganizationDefinition::id>},
    {"ManagementAccount", kRequired, &Text<&OrganizationDefinition::management_account>},
    {"Root", kRequired, &ReadRoot},
    {"ServiceControlPolicies", kOptional,
     &Policies<&OrganizationDefinition::service_control_policies, kServiceControl>},
    {"ResourceControlPolicies", kOptional,
     &Policies<&OrganizationDefinition::resource_control_policies, kResourceControl>},
};

}  // namespace

void ReadOrganization(ParseContext& context, const Node& node) {
  ReadObject(context, node, "Organization", kOrganizationFields,
             &context.definitions.organizations.emplace_back());
}

void DescribeOrganization(std::vector<SchemaObject>* objects) {
  objects->push_back(Describe("Organization", kOrganizationFields));
  objects->push_back(Describe("OrganizationalUnit", kUnitFields));
  objects->push_back(Describe("OrganizationAccount", kAccountFields));
}

}  // namespace portcullis::source
