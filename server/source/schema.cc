#include "server/source/schema.h"

#include <algorithm>

#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/source/schema_internal.h"

namespace portcullis::source {
namespace {

using base::Node;
using base::NodeKind;
using enum Presence;

constexpr auto kResource = policy::PolicyType::kResource;

constexpr Field<store::AccountDefinition> kAccountFields[] = {
    {"AccountId", kRequired, &Text<&store::AccountDefinition::id>},
    {"AccountAlias", kOptional, &Text<&store::AccountDefinition::alias>},
    {"External", kOptional, &Bool<&store::AccountDefinition::external>},
    {"Suspended", kOptional, &Bool<&store::AccountDefinition::suspended>},
    {"RootAccessKeys", kOptional, &AccessKeys<&store::AccountDefinition::root_access_keys>},
    {"RootMFADevices", kOptional, &MfaDevices<&store::AccountDefinition::root_mfa_devices>},
    {"CreateDate", kOptional, &Timestamp<&store::AccountDefinition::create_date>},
    {"PasswordPolicy", kOptional, &PasswordPolicy<&store::AccountDefinition::password_policy>},
};

constexpr Field<store::ResourceDefinition> kResourceFields[] = {
    {"ResourceArn", kRequired, &Text<&store::ResourceDefinition::arn>},
    {"PolicyDocument", kOptional, &Document<&store::ResourceDefinition::policy, kResource>},
    {"PolicyDocumentFile", kOptional, &DocumentFile<&store::ResourceDefinition::policy, kResource>},
    {"RequiresResourcePolicy", kOptional,
     &Bool<&store::ResourceDefinition::requires_resource_policy>},
    {"Tags", kOptional, &Tags<&store::ResourceDefinition::tags>},
};

// The account is read before everything else, wherever it stands.
void AlreadyRead(ParseContext&, const Node&, ParseContext*) {}

template <void (*kRead)(ParseContext&, const Node&)>
void Part(ParseContext& context, const Node& node, ParseContext*) {
  kRead(context, node);
}

constexpr Field<ParseContext> kFileFields[] = {
    {"Account", kOptional, &AlreadyRead},
    {"Accounts", kOptional, &Part<&ReadAccounts>},
    {"Users", kOptional, &Part<&ReadUsers>},
    {"Groups", kOptional, &Part<&ReadGroups>},
    {"Roles", kOptional, &Part<&ReadRoles>},
    {"ManagedPolicies", kOptional, &Part<&ReadManagedPolicies>},
    {"InstanceProfiles", kOptional, &Part<&ReadInstanceProfiles>},
    {"Resources", kOptional, &Part<&ReadResources>},
    {"OIDCProviders", kOptional, &Part<&ReadOidcProviders>},
    {"SAMLProviders", kOptional, &Part<&ReadSamlProviders>},
    {"Revocations", kOptional, &Part<&ReadRevocations>},
    {"Organization", kOptional, &Part<&ReadOrganization>},
    {"Gateways", kOptional, &Part<&ReadGateways>},
    {"Proxies", kOptional, &Part<&ReadProxies>},
};

// Parts whose members belong to the file's account.
constexpr std::string_view kPartsOfAnAccount[] = {
    "Users",     "Groups",        "Roles",        "ManagedPolicies", "InstanceProfiles",
    "Resources", "OIDCProviders", "SAMLProviders"};

void ReadAccount(ParseContext& context, const Node& root) {
  if (const Node* account = root.Find("Account")) {
    ReadTextInto(context, *account, &context.account);
    return;
  }
  for (const std::string_view part : kPartsOfAnAccount) {
    if (const Node* node = root.Find(part)) {
      context.Error(node->key_begin, base::StrCat(base::Quoted(part),
                                                  " needs `Account` at the top of the file: the "
                                                  "account that they belong to"));
    }
  }
}

bool HasErrors(const std::vector<store::SourceDiagnostic>& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(), [](const auto& item) {
    return item.diagnostic.severity == policy::Severity::kError;
  });
}

void Push(ParseContext& context, policy::Severity severity, base::Position position,
          std::string message, std::string suggestion) {
  policy::Diagnostic diagnostic;
  diagnostic.severity = severity;
  diagnostic.position = position;
  diagnostic.message = std::move(message);
  diagnostic.suggestion = std::move(suggestion);
  context.result.diagnostics.push_back({*context.document.name, std::move(diagnostic)});
}

std::string_view KindWithArticle(NodeKind kind) {
  switch (kind) {
    case NodeKind::kNull:
      return "nothing";
    case NodeKind::kBoolean:
      return "a boolean";
    case NodeKind::kNumber:
      return "a number";
    case NodeKind::kString:
      return "a text";
    case NodeKind::kSequence:
      return "a list";
    case NodeKind::kMapping:
      return "a mapping";
  }
  return "";
}

}  // namespace

void ParseContext::Error(base::Position position, std::string message, std::string suggestion) {
  Push(*this, policy::Severity::kError, position, std::move(message), std::move(suggestion));
}

void ParseContext::Warning(base::Position position, std::string message) {
  Push(*this, policy::Severity::kWarning, position, std::move(message), {});
}

const SourceDocument* ParseContext::Find(Dependency::Kind kind, std::string_view name) {
  const SourceDocument* found =
      kind == Dependency::Kind::kDocument ? references.document(name) : references.secret(name);
  result.dependencies.push_back(
      {kind, std::string(name), found == nullptr ? std::string() : found->digest});
  return found;
}

bool CheckFields(ParseContext& context, const Node& node, std::string_view object,
                 absl::Span<const FieldName> fields) {
  if (!node.is_mapping()) {
    context.Error(node.begin, base::StrCat("expected the fields of a ", base::Quoted(object),
                                           ", got ", KindWithArticle(node.kind)));
    return false;
  }
  for (const Node& child : node.children()) {
    const bool known = std::any_of(fields.begin(), fields.end(),
                                   [&](const FieldName& field) { return field.name == child.key; });
    if (!known) {
      std::vector<std::string_view> names;
      for (const FieldName& field : fields) names.push_back(field.name);
      context.Error(
          child.key_begin,
          base::StrCat("unknown field ", base::Quoted(child.key), " of ", base::Quoted(object)),
          std::string(base::ClosestName(child.key, names).value_or("")));
    } else if (child.kind == NodeKind::kNull) {
      context.Error(child.key_begin, base::StrCat("field ", base::Quoted(child.key),
                                                  " has no value; remove it or give it one"));
    }
  }
  for (const FieldName& field : fields) {
    if (field.presence == kRequired && node.Find(field.name) == nullptr) {
      context.Error(node.begin, base::StrCat("field ", base::Quoted(field.name), " of ",
                                             base::Quoted(object), " is missing"));
    }
  }
  return true;
}

bool CheckList(ParseContext& context, const Node& node) {
  if (node.is_sequence()) return true;
  context.Error(node.begin, base::StrCat("expected a list, got ", KindWithArticle(node.kind)));
  return false;
}

void ReadAccounts(ParseContext& context, const Node& node) {
  ReadObjects(context, node, "Account", kAccountFields, &context.definitions.accounts);
}

void ReadResources(ParseContext& context, const Node& node) {
  ReadObjects(context, node, "Resource", kResourceFields, &context.definitions.resources);
}

ParsedFile ParseDefinitions(const SourceDocument& document, const References& references,
                            const ParseLimits& limits) {
  ParseContext context{document, references, limits, TextLines(*document.content), {}, {}, {}};
  base::NodeTree tree;
  std::vector<base::TextError> errors;
  if (ReadYaml(*document.content, limits.yaml, &tree, &errors)) {
    if (tree.root().is_mapping()) ReadAccount(context, tree.root());
    ReadObject(context, tree.root(), "File", kFileFields, &context);
  }
  for (base::TextError& error : errors) context.Error(error.position, std::move(error.message));
  if (!HasErrors(context.result.diagnostics)) {
    context.definitions.file = document.name;
    context.result.definitions =
        std::make_shared<const store::FileDefinitions>(std::move(context.definitions));
  }
  return std::move(context.result);
}

std::vector<SchemaObject> SchemaObjects() {
  std::vector<SchemaObject> objects = {Describe("File", kFileFields),
                                       Describe("Account", kAccountFields),
                                       Describe("Resource", kResourceFields)};
  DescribeEntities(&objects);
  DescribePolicies(&objects);
  DescribeOrganization(&objects);
  DescribeProviders(&objects);
  DescribeSettings(&objects);
  DescribeGateways(&objects);
  DescribeValues(&objects);
  return objects;
}

}  // namespace portcullis::source
