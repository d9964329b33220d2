// SAML 2.0 responses as proof of who somebody is: what AssumeRoleWithSAML is given (R-5.73 to
//
#ifndef PORTCULLIS_SERVER_FEDERATION_SAML_ASSERTION_H_
#define PORTCULLIS_SERVER_FEDERATION_SAML_ASSERTION_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "server/federation/saml_metadata.h"

namespace portcullis::federation {

inline constexpr size_t kSamlResponseCharactersMin = 4;
inline constexpr size_t kSamlResponseCharactersMax = 100000;
// Where AWS takes SAML responses; the default of every provider.
inline constexpr std::string_view kSamlDefaultEndpoint = "https://signin.aws.amazon.com/saml";

// An assertion is good for this long after the provider issued it.
inline constexpr absl::Duration kSamlAgeMax = absl::Minutes(5);

// How far the provider's clock may be ahead of ours: what is issued, or valid, only from then on is
// taken already. A minute is far more than clocks that are kept set differ by, and every second of
// it makes the five minutes longer. There is no allowance at the other end: the five minutes and
// every NotOnOrAfter are promises about when a stolen assertion stops working.
inline constexpr absl::Duration kSamlClockSkewMax = absl::Minutes(1);

// What the response must be about. All texts are compared exactly.
struct SamlExpectations {
  const SamlProviderMetadata* metadata = nullptr;  // Never null when verifying; outlives the call.
  std::string provider_arn;                        // The PrincipalArn of the request.
  std::string provider_name;                       // Its last part.
  std::string account_id;                          // Its account.
  std::string role_arn;                            // The RoleArn of the request.
  std::string recipient{kSamlDefaultEndpoint};     // SubjectConfirmationData's Recipient.
  // An AudienceRestriction must name one of them.
  std::vector<std::string> audiences{std::string(kSamlDefaultEndpoint)};
};

struct SamlTag {
  std::string key;
  std::string value;

  friend bool operator==(const SamlTag&, const SamlTag&) = default;
};

struct SamlConditionKey {
  std::string name;  // "saml:sub"
  std::vector<std::string> values;
  bool multivalued = false;  // By definition of the key, however many values there are.

  friend bool operator==(const SamlConditionKey&, const SamlConditionKey&) = default;
};

// What a verified assertion says. Everything comes from the bytes that were signed, except what
// derive from the provider.
struct SamlAssertion {
  std::string id;              // The provider's name for it.
  std::string subject;         // The NameID; never empty.
  std::string subject_type;    // "persistent", "transient", or the whole Format URI.
  std::string issuer;          // Equals the provider's entityID.
  std::string audience;        // The Recipient.
  std::string name_qualifier;
  std::string role_session_name;
  // Bounds console sessions only, not credentials; 900 to 43200.
  std::optional<int64_t> session_duration_seconds;
  // No session may outlive it; in the future.
  std::optional<absl::Time> session_not_on_or_after;
  // From then on it is refused, so nobody needs to remember having seen it.
  absl::Time usable_until;
  // As sent. The caller still checks them against the limits of sections 5.3 and 5.7, as it does
  // for those of a request.
  std::vector<SamlTag> tags;                     // PrincipalTag:K
  std::vector<std::string> transitive_tag_keys;
  std::string source_identity;                   // "" if there is none.
  // Every `saml:` key of the request context, sorted by name: saml:aud, iss, sub, sub_type,
  // namequalifier, doc, and one for each directory attribute that AWS knows and the assertion has.
  std::vector<SamlConditionKey> condition_keys;
};

// Verifies a SAMLResponse: `response` is the Base64 of a Response element, as a browser posts it.
// It is believed if the Response or its one Assertion is signed with a key of the metadata, every
// signature in it is valid, and everything in the signed part holds at `now`. A signature on the
// Response alone is enough, since it covers the Assertion.
//
// Errors carry these reasons: "ValidationError" for a length outside of;
// "ExpiredTokenException" if it was good once; "IDPRejectedClaim" (PERMISSION_DENIED) if the
// provider says that it did not authenticate the user; "AccessDenied" (PERMISSION_DENIED, R-4.80)
// if the provider did, but not for this role; "InvalidIdentityToken" for everything else. The first
// mistake is reported, and messages quote nothing that could be used as a credential.
//
// Replay within kSamlAgeMax is not detected here: use `id` and `usable_until` for that.
// InResponseTo is ignored, since Portcullis asks no provider for anything. No I/O, bounded work,
// thread-safe.
absl::StatusOr<SamlAssertion> VerifySamlAssertion(std::string_view response,
                                                  const SamlExpectations& expectations,
                                                  absl::Time now);

}  // namespace portcullis::federation

#endif  // PORTCULLIS_SERVER_FEDERATION_SAML_ASSERTION_H_
