#include "server/session/claims_codec.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/session/deflate_internal.h"

namespace portcullis::session {
namespace {

constexpr char kVersion = 1;
constexpr char kPlain = 0;
constexpr char kDeflated = 1;
constexpr size_t kHeaderBytes = 2;
// Inflating costs several times what opening does; below, a shorter token is not worth it.
constexpr size_t kDeflateFromBytes = 1024;

constexpr int64_t kTimeSecondsMax = 253402300799;  // The last second of the year 9999.
constexpr size_t kPolicyArnsMax = 10;

// Numbers are part of the format: never reuse one.
enum FieldTag : uint8_t {
  kKind = 1,
  kSessionId = 2,
  kPartition = 3,
  kAccount = 4,
  kPrincipalId = 5,
  kPrincipalName = 6,
  kSessionName = 7,
  kIssuedAt = 8,
  kExpiresAt = 9,
  kLimited = 10,
  kSessionPolicy = 11,
  kPolicyArns = 12,
  kTags = 13,
  kSourceIdentity = 14,
  kMfaAt = 15,
  kFederatedProvider = 16,
  kFederatedSubject = 17,
  kFederatedAudience = 18,
  kChainDepth = 19,
  kChain = 20,
  kFederatedKeys = 21,
  kIssuerAccessKeyId = 22,
};

// ---- Writing ------------------------------------------------------------------------------------

void AppendVarint(uint64_t value, std::string* out) {
  while (value >= 0x80) {
    out->push_back(static_cast<char>((value & 0x7f) | 0x80));
    value >>= 7;
  }
  out->push_back(static_cast<char>(value));
}

void AppendBytes(std::string_view value, std::string* out) {
  AppendVarint(value.size(), out);
  out->append(value);
}

void AppendField(FieldTag tag, std::string_view value, std::string* out) {
  if (value.empty()) return;
  out->push_back(static_cast<char>(tag));
  AppendBytes(value, out);
}

void AppendNumberField(FieldTag tag, uint64_t value, std::string* out) {
  std::string number;
  AppendVarint(value, &number);
  AppendField(tag, number, out);
}

void AppendListField(FieldTag tag, const std::vector<std::string>& values, std::string* out) {
  std::string list;
  for (const std::string& value : values) AppendBytes(value, &list);
  AppendField(tag, list, out);
}

void AppendTagsField(const std::vector<SessionTag>& tags, std::string* out) {
  std::string list;
  for (const SessionTag& tag : tags) {
    AppendBytes(tag.key, &list);
    AppendBytes(tag.value, &list);
    list.push_back(tag.transitive ? 1 : 0);
  }
  AppendField(kTags, list, out);
}

void AppendFederatedKeysField(const std::vector<FederatedKey>& keys, std::string* out) {
  std::string list;
  for (const FederatedKey& key : keys) {
    AppendBytes(key.name, &list);
    list.push_back(key.multivalued ? 1 : 0);
    std::string values;
    for (const std::string& value : key.values) AppendBytes(value, &values);
    AppendBytes(values, &list);
  }
  AppendField(kFederatedKeys, list, out);
}

std::string EncodeBody(const SessionClaims& claims) {
  std::string body;
  body.reserve(512 + claims.session_policy.size());
  AppendNumberField(kKind, static_cast<uint64_t>(claims.kind), &body);
  AppendField(kSessionId,
              std::string_view(reinterpret_cast<const char*>(claims.session_id.data()),
                               claims.session_id.size()),
              &body);
  AppendField(kPartition, claims.partition, &body);
  AppendField(kAccount, claims.account, &body);
  AppendField(kPrincipalId, claims.principal_id, &body);
  AppendField(kPrincipalName, claims.principal_name, &body);
  AppendField(kSessionName, claims.session_name, &body);
  AppendNumberField(kIssuedAt, static_cast<uint64_t>(claims.issued_at_seconds), &body);
  AppendNumberField(kExpiresAt, static_cast<uint64_t>(claims.expires_at_seconds), &body);
  if (claims.limited) AppendNumberField(kLimited, 1, &body);
  AppendField(kSessionPolicy, claims.session_policy, &body);
  AppendListField(kPolicyArns, claims.policy_arns, &body);
  AppendTagsField(claims.tags, &body);
  AppendField(kSourceIdentity, claims.source_identity, &body);
  if (claims.mfa_at_seconds.has_value()) {
    AppendNumberField(kMfaAt, static_cast<uint64_t>(*claims.mfa_at_seconds), &body);
  }
  AppendField(kFederatedProvider, claims.federated_provider, &body);
  AppendField(kFederatedSubject, claims.federated_subject, &body);
  AppendField(kFederatedAudience, claims.federated_audience, &body);
  if (claims.chain_depth > 0) AppendNumberField(kChainDepth, claims.chain_depth, &body);
  AppendListField(kChain, claims.chain, &body);
  AppendFederatedKeysField(claims.federated_keys, &body);
  AppendField(kIssuerAccessKeyId, claims.issuer_access_key_id, &body);
  return body;
}

// ---- Reading ------------------------------------------------------------------------------------
// Readers take from the front of `in` and return false, leaving everything unusable, if they
// cannot.

bool TakeByte(std::string_view* in, uint8_t* value) {
  if (in->empty()) return false;
  *value = static_cast<uint8_t>(in->front());
  in->remove_prefix(1);
  return true;
}

bool TakeVarint(std::string_view* in, uint64_t* value) {
  *value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    uint8_t byte = 0;
    if (!TakeByte(in, &byte)) return false;
    const uint64_t bits = byte & 0x7f;
    if (shift == 63 && bits > 1) return false;
    *value |= bits << shift;
    if ((byte & 0x80) == 0) return bits != 0 || shift == 0;  // Shortest form only.
  }
  return false;
}

bool TakeBytes(std::string_view* in, std::string_view* value) {
  uint64_t length = 0;
  if (!TakeVarint(in, &length) || length > in->size()) return false;
  *value = in->substr(0, length);
  in->remove_prefix(length);
  return true;
}

// A whole field that is one number within [min, max].
bool ReadNumber(std::string_view field, uint64_t min, uint64_t max, uint64_t* value) {
  return TakeVarint(&field, value) && field.empty() && *value >= min && *value <= max;
}

bool ReadSeconds(std::string_view field, int64_t* seconds) {
  uint64_t value = 0;
  if (!ReadNumber(field, 0, kTimeSecondsMax, &value)) return false;
  *seconds = static_cast<int64_t>(value);
  return true;
}

bool ReadList(std::string_view field, std::vector<std::string>* values) {
  while (!field.empty()) {
    std::string_view value;
    if (!TakeBytes(&field, &value)) return false;
    values->emplace_back(value);
  }
  return true;
}

bool ReadTags(std::string_view field, std::vector<SessionTag>* tags) {
  while (!field.empty()) {
    std::string_view key;
    std::string_view value;
    uint8_t transitive = 0;
    if (!TakeBytes(&field, &key) || !TakeBytes(&field, &value) || !TakeByte(&field, &transitive) ||
        transitive > 1) {
      return false;
    }
    tags->push_back({std::string(key), std::string(value), transitive == 1});
  }
  return true;
}

bool ReadFederatedKeys(std::string_view field, std::vector<FederatedKey>* keys) {
  while (!field.empty()) {
    std::string_view name;
    std::string_view values;
    uint8_t multivalued = 0;
    if (!TakeBytes(&field, &name) || !TakeByte(&field, &multivalued) || multivalued > 1 ||
        !TakeBytes(&field, &values)) {
      return false;
    }
    FederatedKey& key = keys->emplace_back();
    key.name = std::string(name);
    key.multivalued = multivalued == 1;
    if (!ReadList(values, &key.values)) return false;
  }
  return true;
}

bool ReadSessionId(std::string_view field, SessionClaims* claims) {
  if (field.size() != claims->session_id.size()) return false;
  std::copy(field.begin(), field.end(), claims->session_id.begin());
  return true;
}

// The string member that a tag names; nullptr for tags of other types and unknown ones.
std::string* StringMember(uint8_t tag, SessionClaims* claims) {
  switch (tag) {
    case kPartition:
      return &claims->partition;
    case kAccount:
      return &claims->account;
    case kPrincipalId:
      return &claims->principal_id;
    case kPrincipalName:
      return &claims->principal_name;
    case kSessionName:
      return &claims->session_name;
    case kSessionPolicy:
      return &claims->session_policy;
    case kSourceIdentity:
      return &claims->source_identity;
    case kFederatedProvider:
      return &claims->federated_provider;
    case kFederatedSubject:
      return &claims->federated_subject;
    case kFederatedAudience:
      return &claims->federated_audience;
    case kIssuerAccessKeyId:
      return &claims->issuer_access_key_id;
  }
  return nullptr;
}

// REQUIRES: `field` is not empty.
bool ReadField(uint8_t tag, std::string_view field, SessionClaims* claims) {
  if (std::string* member = StringMember(tag, claims)) {
    member->assign(field);
    return true;
  }
  uint64_t number = 0;
  switch (tag) {
    case kKind:
      if (!ReadNumber(field, 1, static_cast<uint64_t>(SessionKind::kFederatedUser), &number)) {
        return false;
      }
      claims->kind = static_cast<SessionKind>(number);
      return true;
    case kSessionId:
      return ReadSessionId(field, claims);
    case kIssuedAt:
      return ReadSeconds(field, &claims->issued_at_seconds);
    case kExpiresAt:
      return ReadSeconds(field, &claims->expires_at_seconds);
    case kLimited:
      claims->limited = true;
      return ReadNumber(field, 1, 1, &number);
    case kPolicyArns:
      return ReadList(field, &claims->policy_arns);
    case kTags:
      return ReadTags(field, &claims->tags);
    case kMfaAt:
      return ReadSeconds(field, &claims->mfa_at_seconds.emplace());
    case kChainDepth:
      if (!ReadNumber(field, 1, std::numeric_limits<uint32_t>::max(), &number)) return false;
      claims->chain_depth = static_cast<uint32_t>(number);
      return true;
    case kChain:
      return ReadList(field, &claims->chain);
    case kFederatedKeys:
      return ReadFederatedKeys(field, &claims->federated_keys);
  }
  return false;
}

absl::StatusOr<SessionClaims> DecodeBody(std::string_view body) {
  SessionClaims claims;
  uint8_t last_tag = 0;
  while (!body.empty()) {
    uint8_t tag = 0;
    std::string_view field;
    if (!TakeByte(&body, &tag) || !TakeBytes(&body, &field)) {
      return absl::InvalidArgumentError("claims end within a field");
    }
    if (tag <= last_tag) return absl::InvalidArgumentError("claims repeat or misplace a field");
    if (field.empty() || !ReadField(tag, field, &claims)) {
      return absl::InvalidArgumentError(absl::StrCat("claims have an unreadable field ", tag));
    }
    last_tag = tag;
  }
  RETURN_IF_ERROR(ValidateClaims(claims));
  return claims;
}

// ---- Checking -----------------------------------------------------------------------------------

bool IsAccount(std::string_view text) {
  return text.size() == 12 && std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isdigit(static_cast<unsigned char>(c));
         });
}

bool AllUtf8(const std::vector<std::string>& texts) {
  return std::all_of(texts.begin(), texts.end(),
                     [](const std::string& text) { return base::IsValidUtf8(text); });
}

bool IsTime(int64_t seconds) {
  return seconds >= 0 && seconds <= kTimeSecondsMax;
}

bool TextsAreUtf8(const SessionClaims& claims) {
  const std::string* const texts[] = {&claims.partition,          &claims.principal_id,
                                      &claims.principal_name,     &claims.session_name,
                                      &claims.session_policy,     &claims.source_identity,
                                      &claims.federated_subject,  &claims.federated_provider,
                                      &claims.federated_audience, &claims.issuer_access_key_id};
  return std::all_of(std::begin(texts), std::end(texts),
                     [](const std::string* text) { return base::IsValidUtf8(*text); });
}

bool TagsAreWellFormed(const std::vector<SessionTag>& tags) {
  return std::all_of(tags.begin(), tags.end(), [](const SessionTag& tag) {
    return !tag.key.empty() && base::IsValidUtf8(tag.key) && base::IsValidUtf8(tag.value);
  });
}

bool FederatedKeysAreWellFormed(const std::vector<FederatedKey>& keys) {
  return keys.size() <= kFederatedKeysMax &&
         std::all_of(keys.begin(), keys.end(), [](const FederatedKey& key) {
           return !key.name.empty() && base::IsValidUtf8(key.name) && !key.values.empty() &&
                  AllUtf8(key.values);
         });
}

bool IsKnownKind(SessionKind kind) {
  switch (kind) {
    case SessionKind::kAssumedRole:
    case SessionKind::kWebIdentity:
    case SessionKind::kSaml:
    case SessionKind::kSessionToken:
    case SessionKind::kFederatedUser:
      return true;
    case SessionKind::kUnspecified:
      return false;
  }
  return false;
}

bool LifetimeIsInRange(const SessionClaims& claims) {
  return IsTime(claims.issued_at_seconds) && IsTime(claims.expires_at_seconds) &&
         claims.expires_at_seconds > claims.issued_at_seconds &&
         claims.expires_at_seconds - claims.issued_at_seconds <= kSessionLifetimeSecondsMax;
}

}  // namespace

absl::Status ValidateClaims(const SessionClaims& claims) {
  const struct {
    bool holds;
    const char* otherwise;
  } rules[] = {
      {IsKnownKind(claims.kind), "session claims have no kind"},
      {!claims.partition.empty(), "session claims have no partition"},
      {IsAccount(claims.account), "session claims have no 12-digit account"},
      {!claims.principal_id.empty(), "session claims have no principal id"},
      {LifetimeIsInRange(claims), "session claims have a lifetime out of range"},
      {claims.limited || (claims.session_policy.empty() && claims.policy_arns.empty()),
       "session claims have session policies but are not limited"},
      {claims.policy_arns.size() <= kPolicyArnsMax, "session claims have too many policy ARNs"},
      {!claims.mfa_at_seconds.has_value() || IsTime(*claims.mfa_at_seconds),
       "session claims have an MFA time out of range"},
      {claims.chain.size() <= kChainMax, "session claims have too long a chain"},
      {TagsAreWellFormed(claims.tags), "session claims have a malformed tag"},
      {FederatedKeysAreWellFormed(claims.federated_keys),
       "session claims have a malformed federated key"},
      {TextsAreUtf8(claims) && AllUtf8(claims.policy_arns) && AllUtf8(claims.chain),
       "session claims contain text that is not UTF-8"},
  };
  for (const auto& rule : rules) {
    if (!rule.holds) return absl::InvalidArgumentError(rule.otherwise);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> EncodeClaims(const SessionClaims& claims) {
  RETURN_IF_ERROR(ValidateClaims(claims));
  const std::string body = EncodeBody(claims);
  if (body.size() > kClaimsBytesMax) {
    return absl::InvalidArgumentError("session claims are too large");
  }
  if (body.size() >= kDeflateFromBytes) {
    const std::optional<std::string> deflated = Deflate(body);
    if (deflated.has_value() && deflated->size() < body.size()) {
      return absl::StrCat(std::string{kVersion, kDeflated}, *deflated);
    }
  }
  return absl::StrCat(std::string{kVersion, kPlain}, body);
}

absl::StatusOr<SessionClaims> DecodeClaims(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes || bytes[0] != kVersion) {
    return absl::InvalidArgumentError("claims are of an unknown version");
  }
  const std::string_view body = bytes.substr(kHeaderBytes);
  if (bytes[1] == kPlain && body.size() <= kClaimsBytesMax) return DecodeBody(body);
  if (bytes[1] == kDeflated) {
    const std::optional<std::string> inflated = Inflate(body, kClaimsBytesMax);
    if (inflated.has_value()) return DecodeBody(*inflated);
  }
  return absl::InvalidArgumentError("claims are compressed in an unknown way or too large");
}

}  // namespace portcullis::session
