// Identity providers at work: their keys and metadata, made ready once and used for every token.
#ifndef PORTCULLIS_SERVER_ENGINE_IDENTITY_PROVIDERS_H_
#define PORTCULLIS_SERVER_ENGINE_IDENTITY_PROVIDERS_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "server/base/clock.h"
#include "server/federation/identity_token.h"
#include "server/federation/jwks.h"
#include "server/federation/key_source.h"
#include "server/federation/saml_assertion.h"
#include "server/federation/saml_metadata.h"
#include "server/store/entities.h"

namespace portcullis::engine {

// Verifies what identity providers sign. Thread-safe. A call may wait for a provider's keys, at
// most as long as federation::KeySource says, if the provider is configured to be asked for them;
// so calls do not belong on a thread that others wait for.
//
// Key sets and metadata are kept under the text that they were made from, so that a reload which
// does not change it costs nothing; what no snapshot refers to any more is dropped.
class IdentityProviders {
 public:
  struct Options {
    bool allow_loopback_http = false;  // federation::HttpFetcherOptions; for tests.
    // Where SAML responses are sent: Recipient and audience.
    std::string saml_endpoint = std::string(federation::kSamlDefaultEndpoint);
  };

  // Both outlive the object. `fetcher` may be nullptr: then only key sets from files are used.
  IdentityProviders(const base::Clock& clock, federation::HttpFetcher* fetcher, Options options);
  ~IdentityProviders();
  IdentityProviders(const IdentityProviders&) = delete;
  IdentityProviders& operator=(const IdentityProviders&) = delete;

  // Errors as federation::VerifyIdentityToken, and UNAVAILABLE "IDPCommunicationError" if the keys
  // have to be fetched and cannot be.
  absl::StatusOr<federation::IdentityToken> VerifyToken(const store::OidcProvider& provider,
                                                        std::string_view token, absl::Time now);

  // Errors as federation::VerifySamlAssertion.
  absl::StatusOr<federation::SamlAssertion> VerifyAssertion(const store::SamlProvider& provider,
                                                            std::string_view role_arn,
                                                            std::string_view assertion,
                                                            absl::Time now);

  // When the provider's metadata says that it ends; nullopt if it does not say so, or cannot be
  // read after all, though the loader did.
  std::optional<absl::Time> MetadataValidUntil(const store::SamlProvider& provider);

 private:
  // What was made from a text, as long as somebody else holds the text.
  template <typename Made>
  struct FromText {
    std::weak_ptr<const std::string> text;
    std::shared_ptr<Made> made;
  };
  template <typename Made>
  using TextCache = absl::flat_hash_map<const std::string*, FromText<Made>>;

  absl::StatusOr<std::shared_ptr<federation::KeySource>> SourceOf(
      const store::OidcProvider& provider);
  absl::StatusOr<std::shared_ptr<federation::KeySource>> SourceOfText(
      const std::shared_ptr<const std::string>& text) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::shared_ptr<federation::KeySource>> RemoteSource(
      const store::OidcProvider& provider) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::shared_ptr<const federation::SamlProviderMetadata>> MetadataOf(
      const store::SamlProvider& provider);

  const base::Clock& clock_;
  federation::HttpFetcher* const fetcher_;
  const Options options_;

  absl::Mutex mutex_;
  TextCache<federation::KeySource> key_sets_ ABSL_GUARDED_BY(mutex_);
  TextCache<const federation::SamlProviderMetadata> metadata_ ABSL_GUARDED_BY(mutex_);
  // By issuer and URL. A provider that is configured otherwise gets another one; the few that are
  // not used any more stay.
  absl::flat_hash_map<std::string, std::shared_ptr<federation::KeySource>> remote_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace portcullis::engine

#endif  // PORTCULLIS_SERVER_ENGINE_IDENTITY_PROVIDERS_H_
