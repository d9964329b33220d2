#include <algorithm>
#include <array>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"

#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/store/build_internal.h"

namespace portcullis::store {
namespace {

constexpr size_t kClientIdsMax = 100;
constexpr size_t kClientIdLengthMax = 255;
constexpr size_t kThumbprintsMax = 5;
constexpr size_t kThumbprintLength = 40;
constexpr size_t kExposedClaimsMax = 50;
constexpr size_t kSamlProviderNameLengthMax = 128;

// R-3.48 to R-3.53: keys that every provider has. `oaud` is made of the claim `aud`.
constexpr std::array<std::string_view, 6> kStandardClaims = {"aud", "oaud", "azp",
                                                             "sub", "amr",  "email"};

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

void CheckKeys(BuildContext& context, const FileDefinitions& file,
               const OidcProviderDefinition& definition) {
  const Located& url = definition.jwks_url;
  const bool has_url = url.position.line != 0;
  if (has_url && !IsKeySetUrl(url.text)) {
    context.Error(file, url.position,
                  base::StrCat("key set URL ", base::Quoted(url.text),
                               " must be `https://host[:port]/path` without user and fragment, at "
                               "most 2048 characters"));
  }
  const int sources = (definition.jwks.text != nullptr) + has_url + definition.discover;
  if (sources > 1) {
    context.Error(file, definition.url.position,
                  base::StrCat("keys of provider ", base::Quoted(definition.url.text),
                               " come from one of `JsonWebKeySet`, `JsonWebKeySetUrl` and "
                               "`Discover`, not from several"));
  } else if (sources == 0 && definition.trust_domain.text.empty()) {
    context.Warning(file, definition.url.position,
                    base::StrCat("provider ", base::Quoted(definition.url.text),
                                 " has no keys, so every token of it is refused; give it "
                                 "`JsonWebKeySet`, `JsonWebKeySetUrl` or `Discover`"));
  }
}

// Condition keys are compared without case, so a claim must not differ by its case alone from
// another one, least of all from `sub`.
void CheckExposedClaims(BuildContext& context, const FileDefinitions& file,
                        const OidcProviderDefinition& definition) {
  absl::flat_hash_set<std::string> seen;
  for (const Located& claim : definition.exposed_claims) {
    const std::string folded = base::FoldCase(claim.text);
    if (!IsClaimName(claim.text)) {
      context.Error(file, claim.position,
                    base::StrCat("claim ", base::Quoted(claim.text),
                                 " must be 1 to 128 printable ASCII characters without blanks and "
                                 "`*?$`"));
    } else if (std::find(kStandardClaims.begin(), kStandardClaims.end(), folded) !=
               kStandardClaims.end()) {
      context.Error(file, claim.position,
                    base::StrCat("claim ", base::Quoted(claim.text), " would become the key `:",
                                 folded, "`, which every provider has"));
    } else if (!seen.insert(folded).second) {
      context.Error(file, claim.position,
                    base::StrCat("claim ", base::Quoted(claim.text),
                                 " is given twice; keys are compared without regard to case"));
    }
  }
  if (definition.exposed_claims.size() > kExposedClaimsMax) {
    context.Error(file, definition.exposed_claims.back().position,
                  base::StrCat("an OIDC provider exposes at most ", kExposedClaimsMax, " claims"));
  }
}

std::vector<std::string> TextsOf(const std::vector<Located>& located) {
  std::vector<std::string> texts;
  texts.reserve(located.size());
  for (const Located& item : located) texts.push_back(item.text);
  return texts;
}

// Enters the provider as that of a SPIFFE trust domain, if it is one.
void EnterTrustDomain(BuildContext& context, const FileDefinitions& file, const Located& domain,
                      const OidcProvider& provider) {
  if (domain.position.line == 0) return;
  if (!IsTrustDomain(domain.text)) {
    context.Error(file, domain.position,
                  base::StrCat("trust domain ", base::Quoted(domain.text),
                               " must be 1 to 255 lower-case letters, digits and `.-_`, without "
                               "`spiffe://` and path"));
    return;
  }
  const std::pair<std::string_view, std::string_view> key(provider.account->id,
                                                          provider.trust_domain);
  const auto [found, added] =
      context.tables->oidc_providers_by_trust_domain.emplace(key, &provider);
  if (!added) {
    context.Error(file, domain.position,
                  base::StrCat("trust domain ", base::Quoted(domain.text),
                               " of this account belongs already to provider ",
                               base::Quoted(found->second->url), " at ",
                               FormatOrigin(found->second->origin)));
  }
}

std::unique_ptr<OidcProvider> MakeOidcProvider(BuildContext& context, const FileDefinitions& file,
                                               const OidcProviderDefinition& definition,
                                               const Account& account) {
  auto provider = std::make_unique<OidcProvider>();
  provider->url = definition.url.text;
  provider->arn = base::StrCat("arn:", context.partition, ":iam::", account.id, ":oidc-provider/",
                               provider->url.substr(std::string_view("https://").size()));
  provider->client_ids = TextsOf(definition.client_ids);
  provider->thumbprints = TextsOf(definition.thumbprints);
  provider->jwks = definition.jwks.text;
  provider->jwks_url = definition.jwks_url.text;
  provider->discover = definition.discover;
  provider->exposed_claims = TextsOf(definition.exposed_claims);
  provider->trust_domain = definition.trust_domain.text;
  provider->tags = BuildTags(context, file, definition.tags, TagKeys::kCaseSensitive);
  provider->create_date = definition.create_date;
  provider->account = &account;
  provider->origin = OriginOf(file, definition.url);
  return provider;
}

void BuildOidcProvider(BuildContext& context, const FileDefinitions& file,
                       const OidcProviderDefinition& definition) {
  SnapshotTables& tables = *context.tables;
  const Account* account = OwningAccount(context, file, definition.account);
  CheckClients(context, file, definition);
  CheckKeys(context, file, definition);
  CheckExposedClaims(context, file, definition);
  if (!IsOidcProviderUrl(definition.url.text)) {
    context.Error(
        file, definition.url.position,
        base::StrCat("provider URL ", base::Quoted(definition.url.text),
                     " must be `https://host[/path]` without port and query, with a dot in "
                     "the host, at most 255 characters"));
    return;
  }
  if (account == nullptr) return;
  auto provider = MakeOidcProvider(context, file, definition, *account);
  if (!tables.oidc_providers_by_arn.emplace(provider->arn, provider.get()).second) {
    context.Error(file, definition.url.position,
                  base::StrCat("provider ", base::Quoted(provider->url), " is given twice"));
    return;
  }
  const std::pair<std::string_view, std::string_view> key(account->id, provider->url);
  tables.oidc_providers_by_url.emplace(key, provider.get());
  EnterTrustDomain(context, file, definition.trust_domain, *provider);
  tables.oidc_providers.push_back(std::move(provider));
}

// R-1.20.
bool IsSamlProviderName(std::string_view text) {
  return text.find_first_of("+=,@") == std::string_view::npos &&
         IsEntityName(text, kSamlProviderNameLengthMax);
}

void BuildSamlProvider(BuildContext& context, const FileDefinitions& file,
                       const SamlProviderDefinition& definition) {
  SnapshotTables& tables = *context.tables;
  const Account* account = OwningAccount(context, file, definition.account);
  if (!IsSamlProviderName(definition.name.text)) {
    context.Error(file, definition.name.position,
                  base::StrCat("SAML provider name ", base::Quoted(definition.name.text),
                               " must be 1 to 128 letters, digits and `_.-`"));
    return;
  }
  if (account == nullptr || definition.metadata.text == nullptr) return;
  auto provider = std::make_unique<SamlProvider>();
  provider->name = definition.name.text;
  provider->arn = base::StrCat("arn:", context.partition, ":iam::", account->id, ":saml-provider/",
                               provider->name);
  provider->account = account;
  provider->metadata = definition.metadata.text;
  provider->tags = BuildTags(context, file, definition.tags, TagKeys::kCaseSensitive);
  provider->create_date = definition.create_date;
  provider->origin = OriginOf(file, definition.name);
  if (const SamlProvider* other = context.saml_providers.Insert(account->id, provider.get())) {
    context.Error(
        file, definition.name.position,
        base::StrCat("SAML provider ", base::Quoted(provider->name), " is already defined as ",
                     base::Quoted(other->name), " at ", FormatOrigin(other->origin),
                     "; names are unique without regard to case"));
    return;
  }
  tables.saml_providers_by_arn.emplace(provider->arn, provider.get());
  tables.saml_providers.push_back(std::move(provider));
}

}  // namespace

void BuildProviders(BuildContext& context) {
  absl::flat_hash_map<std::string_view, size_t> oidc_counts;
  absl::flat_hash_map<std::string_view, size_t> saml_counts;
  for (const auto& file : context.files) {
    for (const auto& definition : file->oidc_providers) {
      BuildOidcProvider(context, *file, definition);
      context.CheckQuota(++oidc_counts[definition.account.text],
                         context.quotas.oidc_providers_per_account,
                         "OpenIDConnectProvidersPerAccount", *file, definition.url.position);
    }
    for (const auto& definition : file->saml_providers) {
      BuildSamlProvider(context, *file, definition);
      context.CheckQuota(++saml_counts[definition.account.text],
                         context.quotas.saml_providers_per_account, "SAMLProvidersPerAccount",
                         *file, definition.name.position);
    }
  }
}

}  // namespace portcullis::store
