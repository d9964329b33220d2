// OpenID Connect identity tokens: what a provider says about somebody, verified.
//
// Nothing of a token is believed before its signature has been verified; the functions that
// look into an unverified one say so in their names. Pure: no clock, no network, no locks.
//
// All failures are INVALID_ARGUMENT with a reason (base::ReasonOf): "InvalidIdentityToken", or
// "ExpiredTokenException" for a token that is authentic, but late.
#ifndef PORTCULLIS_SERVER_FEDERATION_IDENTITY_TOKEN_H_
#define PORTCULLIS_SERVER_FEDERATION_IDENTITY_TOKEN_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/federation/jwks.h"

namespace portcullis::federation {

// Characters of a token. Callers report a length outside of it as a ValidationError;
// here such a token is merely no token.
inline constexpr size_t kIdentityTokenLengthMin = 4;
inline constexpr size_t kIdentityTokenLengthMax = 20000;

// By how much the provider's clock may differ from ours, either way.
inline constexpr absl::Duration kIdentityTokenSkew = absl::Minutes(5);

// What the provider has been registered with, and the keys that it signs with.
struct ProviderFacts {
  std::string issuer;                   // Its URL, `https://host[/path]`, compared exactly.
  std::vector<std::string> client_ids;  // Audiences: a token must be for one of them.
  std::shared_ptr<const KeySet> keys;
  // Claims that become condition keys besides the six that always do. Each must satisfy
  // IsExposableClaim; the others are ignored.
  std::vector<std::string> extra_claims;
};

// The values of a claim, and whether it counts as multivalued in conditions.
struct ClaimValues {
  std::vector<std::string> values;
  bool multivalued = false;

  friend bool operator==(const ClaimValues&, const ClaimValues&) = default;
};

struct NamedClaim {
  std::string name;
  ClaimValues values;

  friend bool operator==(const NamedClaim&, const NamedClaim&) = default;
};

struct ClaimedTag {
  std::string key;
  std::string value;

  friend bool operator==(const ClaimedTag&, const ClaimedTag&) = default;
};

// What a verified token says. Texts are as in the token: whether a tag's key or a source identity
// has permitted characters is for those who use them to check, as if a caller had sent it.
struct IdentityToken {
  std::string issuer;
  std::string subject;

  // `aud`: a string and a list of one are single-valued, a longer list is multivalued.
  ClaimValues original_audience;
  // What `<provider>:aud` holds: `azp` if the token has one and `aud` does not say alone for whom
  // it is (several audiences, or the issuer is Google's), otherwise `aud`.
  ClaimValues audience;
  // The registered client id because of which the token was accepted; for the caller's answer.
  std::string client_id;

  std::optional<std::string> authorized_party;      // `azp`
  std::vector<std::string> authentication_methods;  // `amr`; multivalued even if it is one.
  std::optional<std::string> email;
  std::vector<NamedClaim> extra_claims;  // Those of ProviderFacts that the token has.

  std::vector<ClaimedTag> tags;
  std::vector<std::string> transitive_tag_keys;
  std::optional<std::string> source_identity;

  int64_t issued_at_seconds = 0;
  int64_t expires_at_seconds = 0;  // As claimed, without the skew.
};

// Verifies that `token` is authentic, current and meant for this provider's clients. Costs one
// verification with one key at most, and time linear in the token's length otherwise.
//
// With `azp`, both must be registered: the authorized party, and one element of `aud`. A token that
// was issued to a client of ours, but for somebody else to consume, is not a proof to us.
absl::StatusOr<IdentityToken> VerifyIdentityToken(std::string_view token,
                                                  const ProviderFacts& provider, absl::Time now);

// Whether VerifyIdentityToken failed only because the key set has no key by the token's `kid`: the
// provider may have a newer set.
bool IsUnknownKey(const absl::Status& status);

// The issuer that a token claims to be from, to find the provider with. NOT VERIFIED: anybody can
// write it. Of use only for choosing the provider that is then given to VerifyIdentityToken.
absl::StatusOr<std::string> UnverifiedIssuerOf(std::string_view token);

// Likewise, the subject: of use only for naming what is made once the token has been verified.
absl::StatusOr<std::string> UnverifiedSubjectOf(std::string_view token);

// The refusal of an issuer that is no provider of the role's account.
absl::Status NoProviderError(std::string_view issuer);

// `https://host/path` without its scheme: what condition keys and ARNs begin with.
std::string_view ProviderNameOf(std::string_view issuer);

// Whether a claim may be exposed by configuration: its name is of printable ASCII without blanks,
// `*`, `?` and `$`, which mean something in policies, and is not one of the six that are always
// exposed.
bool IsExposableClaim(std::string_view name);

// The condition keys of the token with their values, by name, for the trust
// policies of that provider: aud, oaud, sub, and where the token has them azp, amr, email and the
// extra claims. Names are complete: `oidc.example.com/id/1:sub`.
std::vector<NamedClaim> ConditionKeysOf(const IdentityToken& token);

}  // namespace portcullis::federation

#endif  // PORTCULLIS_SERVER_FEDERATION_IDENTITY_TOKEN_H_
