#include "server/engine/identity_providers.h"

#include <utility>
#include <vector>

#include "server/base/error_reason.h"
#include "server/base/json_reader.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"

namespace portcullis::engine {
namespace {

using federation::KeySource;

absl::Status Unusable(std::string_view provider_arn, std::string_view problem) {
  return base::ErrorWithReason(absl::StatusCode::kInvalidArgument, "InvalidIdentityToken",
                               base::Concat({"Couldn't retrieve verification key from your "
                                             "identity provider ",
                                             provider_arn, ": ", problem}));
}

// Drops what was made from texts that are gone, so that a cache is no larger than the snapshots
// that are alive. Called when something is added, which is rare.
template <typename Cache>
void DropGone(Cache* cache) {
  for (auto entry = cache->begin(); entry != cache->end();) {
    auto here = entry++;
    if (here->second.text.expired()) cache->erase(here);
  }
}

// A text's address may be used again for another text; then the old entry is not meant.
template <typename Cache>
auto* FindMade(Cache* cache, const std::shared_ptr<const std::string>& text) {
  const auto found = cache->find(text.get());
  const bool same = found != cache->end() && found->second.text.lock() == text;
  return same ? &found->second.made : nullptr;
}

}  // namespace

IdentityProviders::IdentityProviders(const base::Clock& clock, federation::HttpFetcher* fetcher,
                                     Options options)
    : clock_(clock), fetcher_(fetcher), options_(std::move(options)) {}

IdentityProviders::~IdentityProviders() = default;

absl::StatusOr<std::shared_ptr<KeySource>> IdentityProviders::SourceOfText(
    const std::shared_ptr<const std::string>& text) {
  if (auto* made = FindMade(&key_sets_, text)) return *made;
  std::vector<base::TextError> errors;
  std::shared_ptr<const federation::KeySet> keys =
      federation::KeySet::Parse(*text, base::JsonReaderOptions{}, &errors);
  if (keys == nullptr) {
    // The loader checks this, so program and loader disagree.
    return absl::InternalError("a key set that was loaded cannot be read");
  }
  DropGone(&key_sets_);
  std::shared_ptr<KeySource> source = std::make_shared<federation::FixedKeySource>(std::move(keys));
  key_sets_[text.get()] = {text, source};
  return source;
}

absl::StatusOr<std::shared_ptr<KeySource>> IdentityProviders::RemoteSource(
    const store::OidcProvider& provider) {
  if (fetcher_ == nullptr) return Unusable(provider.arn, "this server fetches no keys");
  std::shared_ptr<KeySource>& source =
      remote_[base::Concat({provider.url, " ", provider.jwks_url})];
  if (source == nullptr) {
    federation::RemoteKeySourceOptions options;
    options.issuer = provider.url;
    options.jwks_url = provider.jwks_url;
    options.allow_loopback_http = options_.allow_loopback_http;
    source = std::make_shared<federation::RemoteKeySource>(std::move(options), fetcher_, &clock_);
  }
  return source;
}

absl::StatusOr<std::shared_ptr<KeySource>> IdentityProviders::SourceOf(
    const store::OidcProvider& provider) {
  const absl::MutexLock lock(&mutex_);
  if (provider.jwks != nullptr) return SourceOfText(provider.jwks);
  if (!provider.jwks_url.empty() || provider.discover) return RemoteSource(provider);
  return Unusable(provider.arn, "it is configured without keys");
}

absl::StatusOr<federation::IdentityToken> IdentityProviders::VerifyToken(
    const store::OidcProvider& provider, std::string_view token, absl::Time now) {
  ASSIGN_OR_RETURN(const std::shared_ptr<KeySource> source, SourceOf(provider));
  federation::ProviderFacts facts;
  facts.issuer = provider.url;
  facts.client_ids = provider.client_ids;
  facts.extra_claims = provider.exposed_claims;
  return federation::VerifyIdentityToken(token, std::move(facts), *source, now);
}

absl::StatusOr<std::shared_ptr<const federation::SamlProviderMetadata>>
IdentityProviders::MetadataOf(const store::SamlProvider& provider) {
  const absl::MutexLock lock(&mutex_);
  if (auto* made = FindMade(&metadata_, provider.metadata)) return *made;
  ASSIGN_OR_RETURN(federation::SamlProviderMetadata parsed,
                   federation::ParseSamlMetadata(*provider.metadata));
  DropGone(&metadata_);
  auto metadata = std::make_shared<const federation::SamlProviderMetadata>(std::move(parsed));
  metadata_[provider.metadata.get()] = {provider.metadata, metadata};
  return metadata;
}

std::optional<absl::Time> IdentityProviders::MetadataValidUntil(
    const store::SamlProvider& provider) {
  const auto metadata = MetadataOf(provider);
  if (!metadata.ok() || (*metadata)->valid_until == absl::InfiniteFuture()) return std::nullopt;
  return (*metadata)->valid_until;
}

absl::StatusOr<federation::SamlAssertion> IdentityProviders::VerifyAssertion(
    const store::SamlProvider& provider, std::string_view role_arn, std::string_view assertion,
    absl::Time now) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const federation::SamlProviderMetadata> metadata,
                   MetadataOf(provider));
  federation::SamlExpectations expectations;
  expectations.metadata = metadata.get();
  expectations.provider_arn = provider.arn;
  expectations.provider_name = provider.name;
  expectations.account_id = provider.account->id;
  expectations.role_arn = std::string(role_arn);
  expectations.recipient = options_.saml_endpoint;
  expectations.audiences = {options_.saml_endpoint};
  return federation::VerifySamlAssertion(assertion, expectations, now);
}

}  // namespace portcullis::engine
