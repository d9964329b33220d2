// Reads the claims of a token one by one, strictly: a claim that is there in a form that it cannot
// have fails the token, because a condition must not see it as absent. `null` is an absent claim.
#ifndef PORTCULLIS_SERVER_FEDERATION_CLAIMS_INTERNAL_H_
#define PORTCULLIS_SERVER_FEDERATION_CLAIMS_INTERNAL_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/base/node.h"
#include "server/federation/identity_token.h"

namespace portcullis::federation {

inline constexpr std::string_view kTagsClaim = "https://aws.amazon.com/tags";
inline constexpr std::string_view kSourceIdentityClaim = "https://aws.amazon.com/source_identity";

// InvalidIdentityToken with this text.
absl::Status RefuseToken(std::string_view message);

// "Missing a required claim: <name>".
absl::Status MissingClaim(std::string_view name);

// Does not own what it reads. All errors are RefuseToken's.
class ClaimReader {
 public:
  // REQUIRES: `claims` is a mapping.
  explicit ClaimReader(const base::Node& claims) : claims_(claims) {}

  absl::StatusOr<std::optional<std::string>> String(std::string_view name) const;
  absl::StatusOr<std::string> RequiredString(std::string_view name) const;  // Not empty.

  // Seconds since 1970, spelled as an integer: no fraction, no exponent, no sign, at most
  // the year 9999.
  absl::StatusOr<std::optional<int64_t>> Seconds(std::string_view name) const;
  absl::StatusOr<int64_t> RequiredSeconds(std::string_view name) const;

  // A string or a list of strings; only a list of two and more, or of none, is multivalued.
  absl::StatusOr<std::optional<ClaimValues>> Strings(std::string_view name) const;

  // The same where the values may also be booleans and integers, as they are spelled.
  absl::StatusOr<std::optional<ClaimValues>> Scalars(std::string_view name) const;

  // Session tags and the keys of those that are transitive, in either form, but not in both at once
  // . Anything else below the same prefix is refused.
  absl::Status ReadTags(std::vector<ClaimedTag>* tags, std::vector<std::string>* transitive) const;

 private:
  const base::Node* Find(std::string_view name) const;

  const base::Node& claims_;
};

}  // namespace portcullis::federation

#endif  // PORTCULLIS_SERVER_FEDERATION_CLAIMS_INTERNAL_H_
