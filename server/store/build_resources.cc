#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"

#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/policy/arn.h"
#include "server/policy/request.h"
#include "server/store/build_internal.h"

namespace portcullis::store {
namespace {

constexpr size_t kClientIdsMax = 100;
constexpr size_t kClientIdLengthMax = 255;
constexpr size_t kThumbprintsMax = 5;
constexpr size_t kThumbprintLength = 40;

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

bool IsThumbprint(std::string_view text) {
  return text.size() == kThumbprintLength &&
         std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isxdigit(c); });
}

void CheckClients(BuildContext& context, const FileDefinitions& file,
                  const OidcProviderDefinition& definition) {
  if (definition.client_ids.empty() || definition.client_ids.size() > kClientIdsMax) {
    context.Error(
        file, definition.url.position,
        base::StrCat("an OIDC provider has 1 to ", kClientIdsMax, " client ids (audiences)"));
  }
  absl::flat_hash_set<std::string_view> seen;
  for (const Located& id : definition.client_ids) {
    if (id.text.empty() || base::CodePointCount(id.text) > kClientIdLengthMax) {
      context.Error(file, id.position, "a client id has 1 to 255 characters");
    } else if (!seen.insert(id.text).second) {
      context.Error(file, id.position,
                    base::StrCat("client id ", base::Quoted(id.text), " is given twice"));
    }
  }
  if (definition.thumbprints.size() > kThumbprintsMax) {
    context.Error(file, definition.thumbprints.back().position,
                  base::StrCat("an OIDC provider has at most ", kThumbprintsMax, " thumbprints"));
  }
  for (const Located& thumbprint : definition.thumbprints) {
    if (!IsThumbprint(thumbprint.text)) {
      context.Error(file, thumbprint.position,
                    base::StrCat("thumbprint ", base::Quoted(thumbprint.text),
                                 " is not 40 hexadecimal digits"));
    }
  }
}

std::vector<std::string> TextsOf(const std::vector<Located>& located) {
  std::vector<std::string> texts;
  texts.reserve(located.size());
  for (const Located& item : located) texts.push_back(item.text);
  return texts;
}

void BuildOidcProvider(BuildContext& context, const FileDefinitions& file,
                       const OidcProviderDefinition& definition) {
  SnapshotTables& tables = *context.tables;
  const Account* account = OwningAccount(context, file, definition.account);
  CheckClients(context, file, definition);
  if (!IsOidcProviderUrl(definition.url.text)) {
    context.Error(file, definition.url.position,
                  base::StrCat("provider URL ", base::Quoted(definition.url.text),
                               " must be `https://host[/path]` without port and query, at most 255 "
                               "characters"));
    return;
  }
  if (account == nullptr) return;
  auto provider = std::make_unique<OidcProvider>();
  provider->url = definition.url.text;
  provider->arn = base::StrCat("arn:", context.partition, ":iam::", account->id, ":oidc-provider/",
                               provider->url.substr(std::string_view("https://").size()));
  provider->client_ids = TextsOf(definition.client_ids);
  provider->thumbprints = TextsOf(definition.thumbprints);
  provider->account = account;
  provider->origin = OriginOf(file, definition.url);
  if (!tables.oidc_providers_by_arn.emplace(provider->arn, provider.get()).second) {
    context.Error(file, definition.url.position,
                  base::StrCat("provider ", base::Quoted(provider->url), " is given twice"));
    return;
  }
  tables.oidc_providers.push_back(std::move(provider));
}

}  // namespace

void BuildOidcProviders(BuildContext& context) {
  for (const auto& file : context.files) {
    for (const auto& definition : file->oidc_providers) {
      BuildOidcProvider(context, *file, definition);
    }
  }
}

void BuildResources(BuildContext& context) {
  for (const auto& file : context.files) {
    for (const auto& definition : file->resources) BuildResource(context, *file, definition);
  }
}

}  // namespace portcullis::store
