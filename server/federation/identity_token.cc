#include "server/federation/identity_token.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "server/base/error_reason.h"
#include "server/base/json_reader.h"
#include "server/base/node.h"
#include "server/base/numbers.h"
#include "server/base/status_macros.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/federation/claims_internal.h"
#include "server/federation/jose_internal.h"

namespace portcullis::federation {
namespace {

using base::Node;
using base::NodeKind;
using base::Quoted;
using base::StrCat;

constexpr std::string_view kUnknownKeyUrl = "portcullis.dev/unknown-key";
constexpr std::string_view kScheme = "https://";
constexpr std::string_view kGoogle = "https://accounts.google.com";
constexpr size_t kIssuerBytesMax = 255;
constexpr size_t kSubjectBytesMax = 255;
constexpr uint32_t kJsonDepthMax = 16;

constexpr std::string_view kExposedAlways[] = {"aud", "oaud", "azp", "sub", "amr", "email"};

// Header members that change what is signed or how; whoever does not know them must refuse
// (RFC 7515 section 4.1.11, RFC 7797). `zip` and `enc` belong to encryption.
constexpr std::string_view kRefusedHeaders[] = {"crit", "b64", "zip", "enc"};

// A compact JWS, taken apart and read, and not yet believed.
struct UnverifiedToken {
  base::NodeTree header;
  base::NodeTree claims;
};

absl::Status NotAToken() {
  return RefuseToken(
      "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access "
      "Token)");
}

bool ReadPart(std::string_view text, base::NodeTree* tree) {
  const std::optional<std::string> json = DecodeBase64Url(text);
  if (!json.has_value()) return false;
  const base::JsonReaderOptions options{.bytes_max = kIdentityTokenLengthMax,
                                        .depth_max = kJsonDepthMax};
  std::vector<base::TextError> errors;  // Not told: they would show the token to whoever reads.
  return base::ReadJson(*json, options, tree, &errors) && tree->root().is_mapping();
}

absl::StatusOr<UnverifiedToken> ReadToken(std::string_view token) {
  if (token.size() < kIdentityTokenLengthMin || token.size() > kIdentityTokenLengthMax) {
    return NotAToken();
  }
  const size_t first = token.find('.');
  const size_t last = token.rfind('.');
  if (first == std::string_view::npos || token.find('.', first + 1) != last || first == last ||
      last + 1 == token.size()) {
    return NotAToken();
  }
  UnverifiedToken read;
  if (!ReadPart(token.substr(0, first), &read.header) ||
      !ReadPart(token.substr(first + 1, last - first - 1), &read.claims) ||
      !DecodeBase64Url(token.substr(last + 1)).has_value()) {
    return NotAToken();
  }
  return read;
}

// Keys and addresses in the header (`jwk`, `jku`, `x5c`, `x5u`) are not looked at. A `typ` that
// names something else is refused: a provider signs more than identity tokens with its keys, such
// as access tokens (`at+jwt`) and logout tokens (RFC 8725 section 3.11).
absl::Status CheckHeader(const Node& header) {
  for (const std::string_view name : kRefusedHeaders) {
    if (header.Find(name) != nullptr) {
      return RefuseToken(StrCat("The header parameter ", name, " is not supported"));
    }
  }
  const Node* type = header.Find("typ");
  if (type == nullptr) return absl::OkStatus();
  if (type->kind != NodeKind::kString) return NotAToken();
  if (!absl::EqualsIgnoreCase(base::AbslView(type->text), "JWT") &&
      !absl::EqualsIgnoreCase(base::AbslView(type->text), "JOSE")) {
    return NotAToken();
  }
  return absl::OkStatus();
}

absl::Status NoKeyError(bool unknown) {
  absl::Status status = RefuseToken(
      "Couldn't retrieve verification key from your identity provider, please reference "
      "AssumeRoleWithWebIdentity documentation for requirements");
  if (unknown) status.SetPayload(base::AbslView(kUnknownKeyUrl), absl::Cord("1"));
  return status;
}

absl::Status VerifySignature(std::string_view token, const Node& header, const KeySet& keys) {
  const Node* name = header.Find("alg");
  if (name == nullptr || name->kind != NodeKind::kString) return NotAToken();
  const SignatureAlgorithm* algorithm = FindSignatureAlgorithm(name->text);
  if (algorithm == nullptr) {
    return RefuseToken(
        StrCat("The signing algorithm ", Quoted(name->text, 16), " is not supported"));
  }
  std::optional<std::string> key_id;
  if (const Node* member = header.Find("kid"); member != nullptr) {
    if (member->kind != NodeKind::kString) return NotAToken();
    key_id.emplace(member->text);
  }
  const VerificationKey* key = keys.Select(key_id, algorithm->name);
  if (key == nullptr) return NoKeyError(key_id.has_value() && !keys.HasKeyId(*key_id));
  if (!key->public_key->Verifies(*algorithm, token)) {
    return RefuseToken("The token's signature is not valid");
  }
  return absl::OkStatus();
}

absl::Status CheckTimes(const ClaimReader& claims, absl::Time now, IdentityToken* token) {
  ASSIGN_OR_RETURN(token->issued_at_seconds, claims.RequiredSeconds("iat"));
  ASSIGN_OR_RETURN(token->expires_at_seconds, claims.RequiredSeconds("exp"));
  ASSIGN_OR_RETURN(const std::optional<int64_t> not_before, claims.Seconds("nbf"));
  const int64_t now_seconds = absl::ToUnixSeconds(now);
  if (now >= absl::FromUnixSeconds(token->expires_at_seconds) + kIdentityTokenSkew) {
    return base::ErrorWithReason(
        absl::StatusCode::kInvalidArgument, "ExpiredTokenException",
        StrCat("Token expired: current date/time ", now_seconds,
               " must be before the expiration date/time ", token->expires_at_seconds));
  }
  const int64_t valid_from =
      std::max(token->issued_at_seconds, not_before.value_or(token->issued_at_seconds));
  if (now + kIdentityTokenSkew < absl::FromUnixSeconds(valid_from)) {
    return RefuseToken(StrCat("Token is not yet valid: current date/time ", now_seconds,
                              " must not be before ", valid_from));
  }
  return absl::OkStatus();
}

bool IsRegistered(const ProviderFacts& provider, const std::string& client_id) {
  return std::find(provider.client_ids.begin(), provider.client_ids.end(), client_id) !=
         provider.client_ids.end();
}

absl::Status CheckAudience(const ClaimReader& claims, const ProviderFacts& provider,
                           IdentityToken* token) {
  ASSIGN_OR_RETURN(std::optional<ClaimValues> audience, claims.Strings("aud"));
  if (!audience.has_value() || audience->values.empty()) return MissingClaim("aud");
  token->original_audience = *std::move(audience);
  ASSIGN_OR_RETURN(token->authorized_party, claims.String("azp"));

  const std::vector<std::string>& values = token->original_audience.values;
  const auto registered = std::find_if(values.begin(), values.end(), [&](const std::string& value) {
    return IsRegistered(provider, value);
  });
  const std::optional<std::string>& party = token->authorized_party;
  if (registered == values.end() || (party.has_value() && !IsRegistered(provider, *party))) {
    return RefuseToken("Incorrect token audience");
  }
  const bool party_decides =
      party.has_value() && (token->original_audience.multivalued || token->issuer == kGoogle);
  if (party_decides) {
    token->audience.values = {*party};
  } else {
    token->audience = token->original_audience;
  }
  token->client_id = party_decides ? *party : *registered;
  return absl::OkStatus();
}

absl::Status ReadExposedClaims(const ClaimReader& claims, const ProviderFacts& provider,
                               IdentityToken* token) {
  ASSIGN_OR_RETURN(token->email, claims.String("email"));
  ASSIGN_OR_RETURN(std::optional<ClaimValues> methods, claims.Strings("amr"));
  if (methods.has_value()) token->authentication_methods = std::move(methods->values);
  for (const std::string& name : provider.extra_claims) {
    if (!IsExposableClaim(name)) continue;
    ASSIGN_OR_RETURN(std::optional<ClaimValues> values, claims.Scalars(name));
    if (values.has_value() && !values->values.empty()) {
      token->extra_claims.push_back({name, *std::move(values)});
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<IdentityToken> VerifyIdentityToken(std::string_view token,
                                                  const ProviderFacts& provider, absl::Time now) {
  ASSIGN_OR_RETURN(const UnverifiedToken unverified, ReadToken(token));
  RETURN_IF_ERROR(CheckHeader(unverified.header.root()));
  const ClaimReader claims(unverified.claims.root());
  IdentityToken verified;
  ASSIGN_OR_RETURN(verified.issuer, claims.RequiredString("iss"));
  if (verified.issuer != provider.issuer || verified.issuer.compare(0, 8, kScheme) != 0) {
    return NoProviderError(verified.issuer);
  }
  if (provider.keys == nullptr) return NoKeyError(false);
  RETURN_IF_ERROR(VerifySignature(token, unverified.header.root(), *provider.keys));

  ASSIGN_OR_RETURN(verified.subject, claims.RequiredString("sub"));
  if (verified.subject.size() > kSubjectBytesMax) {
    return RefuseToken(StrCat("Claim sub has more than ", kSubjectBytesMax, " characters"));
  }
  RETURN_IF_ERROR(CheckTimes(claims, now, &verified));
  RETURN_IF_ERROR(CheckAudience(claims, provider, &verified));
  RETURN_IF_ERROR(ReadExposedClaims(claims, provider, &verified));
  RETURN_IF_ERROR(claims.ReadTags(&verified.tags, &verified.transitive_tag_keys));
  ASSIGN_OR_RETURN(verified.source_identity, claims.String(kSourceIdentityClaim));
  return verified;
}

bool IsUnknownKey(const absl::Status& status) {
  return status.GetPayload(base::AbslView(kUnknownKeyUrl)).has_value();
}

absl::StatusOr<std::string> UnverifiedIssuerOf(std::string_view token) {
  ASSIGN_OR_RETURN(const UnverifiedToken unverified, ReadToken(token));
  return ClaimReader(unverified.claims.root()).RequiredString("iss");
}

absl::StatusOr<std::string> UnverifiedSubjectOf(std::string_view token) {
  ASSIGN_OR_RETURN(const UnverifiedToken unverified, ReadToken(token));
  return ClaimReader(unverified.claims.root()).RequiredString("sub");
}

absl::Status NoProviderError(std::string_view issuer) {
  // Somebody unknown wrote it: it is shown as it is only if it could be an address.
  const bool is_plain =
      issuer.size() <= kIssuerBytesMax &&
      std::all_of(issuer.begin(), issuer.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  return RefuseToken(StrCat("No OpenIDConnect provider found in your account for ",
                            is_plain ? std::string(issuer) : Quoted(issuer)));
}

std::string_view ProviderNameOf(std::string_view issuer) {
  return issuer.substr(0, kScheme.size()) == kScheme ? issuer.substr(kScheme.size()) : issuer;
}

bool IsExposableClaim(std::string_view name) {
  const bool known_characters = std::all_of(name.begin(), name.end(), [](char c) {
    return c > ' ' && c <= '~' && std::string_view("*?$").find(c) == std::string_view::npos;
  });
  const bool exposed_anyway =
      std::any_of(std::begin(kExposedAlways), std::end(kExposedAlways),
                  [&](std::string_view always) { return base::EqualFolded(always, name); });
  return !name.empty() && known_characters && !exposed_anyway;
}

std::vector<NamedClaim> ConditionKeysOf(const IdentityToken& token) {
  const std::string prefix = StrCat(ProviderNameOf(token.issuer), ":");
  std::vector<NamedClaim> keys;
  const auto add = [&](std::string_view claim, ClaimValues values) {
    keys.push_back({StrCat(prefix, claim), std::move(values)});
  };
  add("aud", token.audience);
  add("oaud", token.original_audience);
  add("sub", {{token.subject}});
  if (token.authorized_party.has_value()) add("azp", {{*token.authorized_party}});
  if (!token.authentication_methods.empty()) add("amr", {token.authentication_methods, true});
  if (token.email.has_value()) add("email", {{*token.email}});
  for (const NamedClaim& claim : token.extra_claims) add(claim.name, claim.values);
  std::sort(keys.begin(), keys.end(),
            [](const NamedClaim& a, const NamedClaim& b) { return a.name < b.name; });
  return keys;
}

}  // namespace portcullis::federation
