#include "client/import_tree.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "server/base/status_macros.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"

namespace portcullis::client {
namespace {

using base::Node;
using Mapping = DefinitionMaker::Mapping;

constexpr std::string_view kNobody = "replace-this-audience";

// Members whose values are policy documents.
constexpr std::string_view kDocumentMembers[] = {"PolicyDocument", "AssumeRolePolicyDocument",
                                                 "Document"};

// Stands for the metadata of a SAML provider, which the input does not have. Nothing can be proved
// with it: it ended in 1970, and nobody has the key of its certificate.
constexpr std::string_view kNoMetadata = R"xml(<?xml version="1.0" encoding="UTF-8"?>
<!-- Replace this file with the metadata of the provider: `aws iam get-saml-provider` prints it.
     Until then every assertion is refused: this document ended in 1970. -->
<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata"
    entityID="urn:portcullis:replace-this-document" validUntil="1970-01-01T00:00:00Z">
  <IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <KeyDescriptor use="signing">
      <KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#">
        <X509Data>
          <X509Certificate>
            MIIDITCCAgmgAwIBAgIUA8f18Ns6ngOlhQJLrzAa4aVeNjgwDQYJKoZIhvcNAQEL
            BQAwIDEeMBwGA1UEAwwVcmVwbGFjZSB0aGlzIGRvY3VtZW50MB4XDTI2MTEyMjA1
            MzcwMFoXDTI2MTEyMzA1MzcwMFowIDEeMBwGA1UEAwwVcmVwbGFjZSB0aGlzIGRv
            Y3VtZW50MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAuMkuCSk4+jLB
            vwDFy+VqlapkS8AohKJ/tQHmfjwbPzvJYgYyn94wukr0Mv/81iTaL/8azgS/4U0R
            EoYD+RSD9q6LggZJP0QWtfJmwnXaOBLxhU3oRTdKBkrvOLfq4uuc463NqUxzjha+
            wMEAQzFejKb4vdSApc5qff0JQXwSI78YAA4dIG8wpPBWcYfMdwiMokMT17gsEvxB
            8hB8qdxr2YdjLT/XpVYNmHnUBPQ5XIJ0mYIRVaggw/DVvkgiXsBHtr/Cki/NiTt0
            SsWNAa8KZg3wlp+gSvAIhVdqANq1s8aDm6GZ7v4A5fzuOb2HNngaEyfzl5EaQU0O
            vp/K6GvbEQIDAQABo1MwUTAdBgNVHQ4EFgQUhRlsViMo42FbwBrlXb3/K/M3v7kw
            HwYDVR0jBBgwFoAUhRlsViMo42FbwBrlXb3/K/M3v7kwDwYDVR0TAQH/BAUwAwEB
            /zANBgkqhkiG9w0BAQsFAAOCAQEAjU+JvpD2Z81TQTa+7I66PMbJIoZ5WzdV6COO
            gO3BcPr1DFbFjG9BsFYXaL6CpXljEFaX58O5+JBnZ3jeSlY8/Rj1JcvA+EHAphMG
            sw5Eh7QqVylOvLDp/d1v0f3meOCb/gtYNycOiJHDuOGNJMGfRtdJYaKL5C9+IHpJ
            gRqfw1VS0w0AkDQk8WoK959/cCSv3kyM/T6BLUS2xr4r8i/Wjf99kD0UDBgxi+tV
            LoNnFRMogyCLBS5dClDtTJEvKkwLvEKojgsVb4/ww0r6+PMN8BnIfqMRUn1LDxzo
            p0pd81NG/B2dOQjD72osVUgEaBTV/2k9+r2emi1NmTvDE2aSNQ==
          </X509Certificate>
        </X509Data>
      </KeyInfo>
    </KeyDescriptor>
  </IDPSSODescriptor>
</EntityDescriptor>
)xml";

std::string MetadataFile(std::string_view provider) {
  return base::StrCat("identity/", provider, "-metadata.xml");
}

// The entities in the order of their names, which are unique whatever the path (R-1.37).
template <typename T>
std::vector<const T*> Sorted(const std::vector<T>& entities) {
  std::vector<const T*> sorted;
  sorted.reserve(entities.size());
  for (const T& entity : entities) sorted.push_back(&entity);
  std::stable_sort(sorted.begin(), sorted.end(), [](const T* a, const T* b) {
    return std::pair(std::string_view(a->name.text), std::string_view(a->path.text)) <
           std::pair(std::string_view(b->name.text), std::string_view(b->path.text));
  });
  return sorted;
}

// ---- One definition ----

Mapping BeginNamed(DefinitionMaker& maker, const AwsNamed& named, std::string_view name_key,
                   std::string_view id_key) {
  Mapping mapping(maker, named.place);
  mapping.AddText(name_key, named.name);
  if (named.path.text != "/") mapping.AddText("Path", named.path);
  mapping.AddText(id_key, named.id);
  mapping.AddTime("CreateDate", named.create_date);
  return mapping;
}

void AddPolicies(DefinitionMaker& maker, const AwsEntity& entity, Mapping* mapping) {
  mapping->AddTextList("ManagedPolicyArns", entity.attached);
  mapping->AddText("PermissionsBoundary", entity.boundary);
  std::vector<const AwsInlinePolicy*> policies;
  for (const AwsInlinePolicy& policy : entity.inline_policies) policies.push_back(&policy);
  std::stable_sort(policies.begin(), policies.end(),
                   [](const auto* a, const auto* b) { return a->name.text < b->name.text; });
  std::vector<Node*> items;
  for (const AwsInlinePolicy* policy : policies) {
    Mapping item(maker, policy->name.place);
    item.AddText("PolicyName", policy->name);
    item.AddDocument("PolicyDocument", policy->document);
    items.push_back(item.node());
  }
  mapping->AddList("Policies", items);
}

Node* MakeUser(DefinitionMaker& maker, const AwsUser& user) {
  Mapping mapping = BeginNamed(maker, user, "UserName", "UserId");
  mapping.AddTextList("Groups", user.groups);
  AddPolicies(maker, user, &mapping);
  mapping.AddTags(user.tags);
  if (user.has_password) {
    Mapping profile(maker, user.place);
    profile.AddTime("CreateDate", user.password_last_changed);
    mapping.Add("LoginProfile", profile.node());
  }
  mapping.AddTime("PasswordLastUsed", user.password_last_used);
  return mapping.node();
}

Node* MakeGroup(DefinitionMaker& maker, const AwsGroup& group) {
  Mapping mapping = BeginNamed(maker, group, "GroupName", "GroupId");
  AddPolicies(maker, group, &mapping);
  return mapping.node();
}

Node* MakeRole(DefinitionMaker& maker, const AwsRole& role) {
  constexpr int64_t kDefaultDurationSeconds = 3600;
  Mapping mapping = BeginNamed(maker, role, "RoleName", "RoleId");
  mapping.AddText("Description", role.description);
  const int64_t duration = role.max_session_duration_seconds.value_or(kDefaultDurationSeconds);
  if (duration != kDefaultDurationSeconds) mapping.AddInteger("MaxSessionDuration", duration);
  mapping.AddDocument("AssumeRolePolicyDocument", role.trust_policy);
  AddPolicies(maker, role, &mapping);
  mapping.AddTags(role.tags);
  return mapping.node();
}

Node* MakeProfile(DefinitionMaker& maker, const AwsInstanceProfile& profile) {
  Mapping mapping = BeginNamed(maker, profile, "InstanceProfileName", "InstanceProfileId");
  mapping.AddTextList("Roles", profile.roles);
  mapping.AddTags(profile.tags);
  return mapping.node();
}

// The version in force comes first.
Node* MakePolicy(DefinitionMaker& maker, const AwsManagedPolicy& policy) {
  Mapping mapping = BeginNamed(maker, policy, "ManagedPolicyName", "PolicyId");
  if (policy.update_date != policy.create_date) mapping.AddTime("UpdateDate", policy.update_date);
  mapping.AddText("Description", policy.description);
  if (policy.default_version_id.text != "v1") {
    mapping.AddText("DefaultVersionId", policy.default_version_id);
  }
  std::vector<Node*> others;
  for (const AwsPolicyVersion& version : policy.versions) {
    if (version.is_default) {
      mapping.AddDocument("PolicyDocument", version.document);
      continue;
    }
    Mapping other(maker, version.place);
    other.AddText("VersionId", version.id);
    other.AddTime("CreateDate", version.create_date);
    other.AddDocument("Document", version.document);
    others.push_back(other.node());
  }
  mapping.AddList("OtherVersions", others);
  mapping.AddTags(policy.tags);
  return mapping.node();
}

Node* MakeResource(DefinitionMaker& maker, const AwsResource& resource) {
  Mapping mapping(maker, resource.arn.place);
  mapping.AddText("ResourceArn", resource.arn);
  mapping.AddDocument("PolicyDocument", resource.policy);
  if (resource.requires_resource_policy) mapping.AddBoolean("RequiresResourcePolicy", true);
  mapping.AddTags(resource.tags);
  return mapping.node();
}

Node* MakeOidcProvider(DefinitionMaker& maker, const std::string& url,
                       const NamedOidcProvider& provider) {
  Mapping mapping(maker, provider.place);
  mapping.AddText("Url", base::StrCat("https://", url), provider.place);
  std::vector<Placed> clients;
  for (const std::string& aud : provider.aud) clients.push_back({aud, provider.place});
  if (clients.empty()) clients.push_back({std::string(kNobody), provider.place});
  mapping.AddTextList("ClientIdList", clients);
  return mapping.node();
}

Node* MakeSamlProvider(DefinitionMaker& maker, const std::string& name, const ImportPlace& place) {
  Mapping mapping(maker, place);
  mapping.AddText("Name", name, place);
  Mapping document(maker, place);
  document.AddText("File", MetadataFile(name), place);
  mapping.Add("SAMLMetadataDocument", document.node());
  return mapping.node();
}

// ---- Files ----

class TreeMaker {
 public:
  explicit TreeMaker(const AwsAccount& account) : account_(account) {}

  absl::Status MakeAccounts(const NamedPrincipals& principals) {
    auto maker = std::make_unique<DefinitionMaker>();
    Mapping own(*maker, account_.id.place);
    own.AddText("AccountId", account_.id);
    own.AddTime("CreateDate", account_.create_date);
    RETURN_IF_ERROR(
        Finish("account.yaml", "The account.", {}, "Accounts", {own.node()}, std::move(maker)));
    maker = std::make_unique<DefinitionMaker>();
    std::vector<Node*> external;
    for (const auto& [id, place] : principals.external_accounts) {
      Mapping mapping(*maker, place);
      mapping.AddText("AccountId", id, place);
      mapping.AddBoolean("External", true);
      external.push_back(mapping.node());
    }
    return Finish("external-accounts.yaml",
                  "Accounts that its policies name. They are kept elsewhere; take one out when you "
                  "import it, too.",
                  {}, "Accounts", external, std::move(maker));
  }

  // The entities of one kind. `make` makes one of them.
  template <typename T, typename Make>
  absl::Status MakeKind(std::string_view file, std::string_view comment, std::string_view owner,
                        std::string_view key, const std::vector<const T*>& entities, Make make) {
    auto maker = std::make_unique<DefinitionMaker>();
    std::vector<Node*> items;
    items.reserve(entities.size());
    for (const T* entity : entities) items.push_back(make(*maker, *entity));
    return Finish(file, comment, owner, key, items, std::move(maker));
  }

  absl::Status MakePolicies() {
    std::vector<const AwsManagedPolicy*> own;
    std::vector<const AwsManagedPolicy*> platform;
    for (const AwsManagedPolicy* policy : Sorted(account_.policies)) {
      (policy->platform ? platform : own).push_back(policy);
    }
    RETURN_IF_ERROR(MakeKind("managed-policies.yaml", "Its managed policies.", account_.id.text,
                             "ManagedPolicies", own, MakePolicy));
    return MakeKind("aws-managed-policies.yaml",
                    "Policies of AWS that it uses, as AWS had them when they were imported. All "
                    "accounts share them.",
                    "aws", "ManagedPolicies", platform, MakePolicy);
  }

  absl::Status MakeResources() {
    std::vector<const AwsResource*> resources;
    for (const AwsResource& resource : account_.resources) resources.push_back(&resource);
    std::stable_sort(resources.begin(), resources.end(),
                     [](const auto* a, const auto* b) { return a->arn.text < b->arn.text; });
    return MakeKind("resources.yaml", "Its resources that have a policy or tags.", account_.id.text,
                    "Resources", resources, MakeResource);
  }

  absl::Status MakeProviders(const NamedPrincipals& principals) {
    auto maker = std::make_unique<DefinitionMaker>();
    std::vector<Node*> oidc;
    for (const auto& [url, provider] : principals.oidc_providers) {
      oidc.push_back(MakeOidcProvider(*maker, url, provider));
    }
    RETURN_IF_ERROR(Finish("oidc-providers.yaml",
                           "OIDC providers that its roles trust. They have no keys yet: until you "
                           "give each one\n`JsonWebKeySet`, `JsonWebKeySetUrl` or `Discover`, its "
                           "tokens are refused.",
                           account_.id.text, "OIDCProviders", oidc, std::move(maker)));
    maker = std::make_unique<DefinitionMaker>();
    std::vector<Node*> saml;
    for (const auto& [name, place] : principals.saml_providers) {
      saml.push_back(MakeSamlProvider(*maker, name, place));
      files_.push_back({MetadataFile(name), {std::string(kNoMetadata), {}}, nullptr});
    }
    return Finish("saml-providers.yaml",
                  "SAML providers that its roles trust. Replace their metadata: until then their "
                  "assertions are refused.",
                  account_.id.text, "SAMLProviders", saml, std::move(maker));
  }

  std::vector<ImportedFile> TakeFiles() { return std::move(files_); }

 private:
  // Adds the file, unless it would be empty.
  absl::Status Finish(std::string_view name, std::string_view comment, std::string_view owner,
                      std::string_view key, const std::vector<Node*>& items,
                      std::unique_ptr<DefinitionMaker> maker) {
    if (items.empty()) return absl::OkStatus();
    Mapping root(*maker, account_.id.place);
    root.AddText("Account", owner, account_.id.place);
    root.AddList(key, items);
    const std::string heading = base::StrCat("Imported from account ", account_.id.text,
                                             " of AWS by `portcullis import`.\n", comment);
    source::YamlWriterOptions options;
    options.comment = heading;
    options.ascii_members = kDocumentMembers;
    ASSIGN_OR_RETURN(source::YamlText yaml, source::WriteYaml(*root.node(), options));
    files_.push_back({std::string(name), std::move(yaml), std::move(maker)});
    return absl::OkStatus();
  }

  const AwsAccount& account_;
  std::vector<ImportedFile> files_;
};

}  // namespace

const ImportPlace* ImportedFile::PlaceAt(base::Position position) const {
  const Node* node = maker == nullptr ? nullptr : yaml.NodeAt(position);
  return node == nullptr ? nullptr : maker->PlaceOf(node);
}

absl::StatusOr<std::vector<ImportedFile>> MakeTree(const AwsAccount& account,
                                                   const NamedPrincipals& principals) {
  TreeMaker tree(account);
  const std::string& id = account.id.text;
  RETURN_IF_ERROR(tree.MakeAccounts(principals));
  RETURN_IF_ERROR(
      tree.MakeKind("users.yaml", "Its users.", id, "Users", Sorted(account.users), MakeUser));
  RETURN_IF_ERROR(
      tree.MakeKind("groups.yaml", "Its groups.", id, "Groups", Sorted(account.groups), MakeGroup));
  RETURN_IF_ERROR(
      tree.MakeKind("roles.yaml", "Its roles.", id, "Roles", Sorted(account.roles), MakeRole));
  RETURN_IF_ERROR(tree.MakeKind("instance-profiles.yaml", "Its instance profiles.", id,
                                "InstanceProfiles", Sorted(account.instance_profiles),
                                MakeProfile));
  RETURN_IF_ERROR(tree.MakePolicies());
  RETURN_IF_ERROR(tree.MakeResources());
  RETURN_IF_ERROR(tree.MakeProviders(principals));
  return tree.TakeFiles();
}

void ReportProviders(const NamedPrincipals& principals, ImportReport* report) {
  for (const auto& [url, provider] : principals.oidc_providers) {
    report->NotCarried(provider.place,
                       base::StrCat("OIDC provider ", base::Quoted(url), ": its keys",
                                    provider.aud.empty() ? " and audiences are" : " are",
                                    " not in the input, so its tokens are refused; complete it in "
                                    "`oidc-providers.yaml`"));
  }
  for (const auto& [name, place] : principals.saml_providers) {
    report->NotCarried(place, base::StrCat("SAML provider ", base::Quoted(name),
                                           ": its metadata is not in the input, so its assertions "
                                           "are refused; replace ",
                                           base::Quoted(MetadataFile(name))));
  }
}

}  // namespace portcullis::client
