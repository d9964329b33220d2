// The forms of names, paths, tags and ids: sections 1.7 and 1.8.
#ifndef PORTCULLIS_SERVER_STORE_NAMES_H_
#define PORTCULLIS_SERVER_STORE_NAMES_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace portcullis::store {

// One to `length_max` of `[\w+=,.@-]`, ASCII.
bool IsEntityName(std::string_view text, size_t length_max);

// `/`, or `/.../` of at most 512 printable ASCII characters. `*` and `?` are refused too:
// an entity with a wildcard in its ARN could not be named as a principal.
bool IsEntityPath(std::string_view text);

// As above with the narrower character set of managed policies.
bool IsPolicyPath(std::string_view text);

// 3 to 63 lower-case letters, digits and single inner hyphens, and not 12 digits.
bool IsAccountAlias(std::string_view text);

// Letters of any script count; every code point beyond ASCII is taken for one.
bool IsTagKey(std::string_view text);
bool IsTagValue(std::string_view text);

// An explicit unique id: `prefix` and more, 16 to 128 of `[A-Za-z0-9_]`.
bool IsUniqueId(std::string_view text, std::string_view prefix);

// `https://host[/path]` without port, query and fragment, at most 255 characters.
bool IsOidcProviderUrl(std::string_view text);

// `https://host[:port][/path][?query]`, printable ASCII without user and fragment, at most 2048
// characters.
bool IsKeySetUrl(std::string_view text);

// A SPIFFE trust domain: 1 to 255 lower-case letters, digits and `.-_`.
bool IsTrustDomain(std::string_view text);

// A claim that can become a condition key: 1 to 128 printable ASCII characters without blanks and
// without what means something in policies.
bool IsClaimName(std::string_view text);

// ASCII lower case: by which names are unique.
std::string FoldName(std::string_view name);

// The id under which decisions refer to an inline policy: "user/ana:ReadOnly". Neither of the names
// has a colon, so PolicyNameOf() gets the policy's back.
std::string InlinePolicyId(std::string_view resource_type, std::string_view entity,
                           std::string_view policy);
// Whether a policy of an entity is an inline one by its id; the id of a managed one is its ARN.
bool IsInlinePolicyId(std::string_view id);
// "ReadOnly". REQUIRES: IsInlinePolicyId(id).
std::string_view InlinePolicyName(std::string_view id);

// What an id is derived from. Two entities that differ in any member get different ids.
struct UniqueIdSource {
  std::string_view prefix;  // "AIDA", ...
  std::string_view partition;
  std::string_view account;
  std::string_view name;
  std::optional<absl::Time> create_date;
};

// The id of an entity that was given none: the prefix and 17 of `[A-Z2-7]`, drawn by
// SHA-256 from what identifies the entity, so that every replica derives the same id and a restart
// keeps it. An entity that was deleted and made again is a new one only if its creation date says
// so.
std::string DeriveUniqueId(const UniqueIdSource& source);

}  // namespace portcullis::store

#endif  // PORTCULLIS_SERVER_STORE_NAMES_H_
