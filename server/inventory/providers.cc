// ListOpenIDConnectProviders, GetOpenIDConnectProvider, ListOpenIDConnectProviderTags,
// ListSAMLProviders, GetSAMLProvider, ListSAMLProviderTags.
#include <optional>

#include "server/base/text.h"
#include "server/inventory/listings_internal.h"
#include "server/inventory/lookups_internal.h"
#include "server/inventory/rules.h"
#include "server/inventory/shapes.h"

namespace portcullis::inventory {
namespace {

using base::Shape;
using store::OidcProvider;
using store::SamlProvider;

constexpr ParameterRule kOidcArnRule = RequiredText("OpenIDConnectProviderArn", &kArnText);
constexpr ParameterRule kSamlArnRule = RequiredText("SAMLProviderArn", &kArnText);
constexpr ParameterRule kOneOidc[] = {kOidcArnRule};
constexpr ParameterRule kPagesOfOidc[] = {kOidcArnRule, kMarkerRule, kMaxItemsRule};
constexpr ParameterRule kOneSaml[] = {kSamlArnRule};
constexpr ParameterRule kPagesOfSaml[] = {kSamlArnRule, kMarkerRule, kMaxItemsRule};

Shape TextList(const std::vector<std::string>& texts) {
  Shape list = Shape::List();
  for (const std::string& text : texts) list.Append(Shape::String(text));
  return list;
}

// ---- OpenID Connect ----

absl::StatusOr<std::string> AllOidcArn(const Scope& scope, const Parameters&) {
  return AccountArn(scope, "oidc-provider/");
}
absl::StatusOr<std::string> OidcArn(const Scope&, const Parameters& parameters) {
  return ArnParameter(parameters, kOidcArnRule.name);
}

absl::StatusOr<Shape> ListOidc(const Scope& scope, const Parameters&) {
  Shape list = Shape::List();
  for (const OidcProvider* provider : scope.snapshot.OidcProvidersOf(scope.account)) {
    list.Append(ResultOf("Arn", Shape::String(provider->arn)));
  }
  return ResultOf("OpenIDConnectProviderList", std::move(list));
}

absl::StatusOr<const OidcProvider*> FindOidc(const Scope& scope, const Parameters& parameters) {
  const std::string& arn = parameters.Get(kOidcArnRule.name);
  const OidcProvider* const provider = scope.snapshot.FindOidcProvider(arn);
  if (provider != nullptr && provider->account == &scope.account) return provider;
  return NoSuchEntity(base::Concat({"OpenIDConnect Provider not found for arn ", arn}));
}

absl::StatusOr<Shape> GetOidc(const Scope& scope, const Parameters& parameters) {
  ASSIGN_OR_RETURN(const OidcProvider* provider, FindOidc(scope, parameters));
  constexpr std::string_view kScheme = "https://";
  std::string_view url = provider->url;  // Told without its scheme, as in the ARN.
  if (url.starts_with(kScheme)) url.remove_prefix(kScheme.size());
  Shape result = Shape::Structure();
  result.Add("Url", url);
  result.Add("ClientIDList", TextList(provider->client_ids));
  result.Add("ThumbprintList", TextList(provider->thumbprints));
  result.Add("CreateDate", Shape::Time(DateOf(provider->create_date)));
  AddTags(provider->tags, &result);
  return result;
}

absl::StatusOr<Shape> ListOidcTags(const Scope& scope, const Parameters& parameters) {
  ASSIGN_OR_RETURN(const OidcProvider* provider, FindOidc(scope, parameters));
  return ListTags("ListOpenIDConnectProviderTags", parameters, provider->tags);
}

// ---- SAML ----

absl::StatusOr<std::string> AllSamlArn(const Scope& scope, const Parameters&) {
  return AccountArn(scope, "saml-provider/");
}
absl::StatusOr<std::string> SamlArn(const Scope&, const Parameters& parameters) {
  return ArnParameter(parameters, kSamlArnRule.name);
}

// ValidUntil, unless the metadata is valid for ever, and CreateDate. GetSAMLProvider has them the
// other way round.
std::optional<absl::Time> ValidUntil(const Scope& scope, const SamlProvider& provider) {
  if (scope.saml_valid_until == nullptr) return std::nullopt;
  return scope.saml_valid_until(provider);
}

absl::StatusOr<Shape> ListSaml(const Scope& scope, const Parameters&) {
  Shape list = Shape::List();
  for (const SamlProvider* provider : scope.snapshot.SamlProvidersOf(scope.account)) {
    Shape entry = ResultOf("Arn", Shape::String(provider->arn));
    const std::optional<absl::Time> valid_until = ValidUntil(scope, *provider);
    if (valid_until.has_value()) entry.Add("ValidUntil", Shape::Time(*valid_until));
    entry.Add("CreateDate", Shape::Time(DateOf(provider->create_date)));
    list.Append(std::move(entry));
  }
  return ResultOf("SAMLProviderList", std::move(list));
}

absl::StatusOr<const SamlProvider*> FindSaml(const Scope& scope, const Parameters& parameters) {
  const std::string& arn = parameters.Get(kSamlArnRule.name);
  const SamlProvider* const provider = scope.snapshot.FindSamlProvider(arn);
  if (provider != nullptr && provider->account == &scope.account) return provider;
  return NoSuchEntity(base::Concat({"Manifest not found for arn ", arn}));
}

absl::StatusOr<Shape> GetSaml(const Scope& scope, const Parameters& parameters) {
  ASSIGN_OR_RETURN(const SamlProvider* provider, FindSaml(scope, parameters));
  Shape result = Shape::Structure();
  result.Add("SAMLMetadataDocument", std::string_view(*provider->metadata));
  result.Add("CreateDate", Shape::Time(DateOf(provider->create_date)));
  const std::optional<absl::Time> valid_until = ValidUntil(scope, *provider);
  if (valid_until.has_value()) result.Add("ValidUntil", Shape::Time(*valid_until));
  AddTags(provider->tags, &result);
  return result;
}

absl::StatusOr<Shape> ListSamlTags(const Scope& scope, const Parameters& parameters) {
  ASSIGN_OR_RETURN(const SamlProvider* provider, FindSaml(scope, parameters));
  return ListTags("ListSAMLProviderTags", parameters, provider->tags);
}

constexpr Operation kOperations[] = {
    {"ListOpenIDConnectProviders", {}, AllOidcArn, ListOidc},
    {"GetOpenIDConnectProvider", kOneOidc, OidcArn, GetOidc},
    {"ListOpenIDConnectProviderTags", kPagesOfOidc, OidcArn, ListOidcTags},
    {"ListSAMLProviders", {}, AllSamlArn, ListSaml},
    {"GetSAMLProvider", kOneSaml, SamlArn, GetSaml},
    {"ListSAMLProviderTags", kPagesOfSaml, SamlArn, ListSamlTags},
};

}  // namespace

absl::Span<const Operation> ProviderOperations() {
  return kOperations;
}

}  // namespace portcullis::inventory
