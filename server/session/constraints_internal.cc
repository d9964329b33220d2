#include "server/session/constraints_internal.h"

#include <limits>

#include "absl/strings/ascii.h"

#include "server/base/unicode.h"

namespace portcullis::session {
namespace {

constexpr size_t kNoLimit = std::numeric_limits<size_t>::max();

bool IsWord(char32_t c) {
  return c < 0x80 && (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == U'_');
}

bool IsOneOf(char32_t c, std::u32string_view others) {
  return others.find(c) != std::u32string_view::npos;
}

bool IsArnCharacter(char32_t c) {
  return c == U'\t' || c == U'\n' || c == U'\r' || (c >= 0x20 && c <= 0x7E) || c == 0x85 ||
         (c >= 0xA0 && c <= 0xD7FF) || (c >= 0xE000 && c <= 0xFFFD) ||
         (c >= 0x10000 && c <= 0x10FFFF);
}
bool IsPolicyCharacter(char32_t c) {
  return c == U'\t' || c == U'\n' || c == U'\r' || (c >= 0x20 && c <= 0xFF);
}
bool IsNameCharacter(char32_t c) {
  return IsWord(c) || IsOneOf(c, U"+=,.@-");
}
bool IsExternalIdCharacter(char32_t c) {
  return IsWord(c) || IsOneOf(c, U"+=,.@:/-");
}
bool IsSerialNumberCharacter(char32_t c) {
  return IsWord(c) || IsOneOf(c, U"+=/:,.@-");
}
bool IsAnything(char32_t) {
  return true;
}
bool IsDigit(char32_t c) {
  return c >= U'0' && c <= U'9';
}
bool IsTagCharacter(char32_t c) {
  return IsOneOf(c, U"_.:/=+-@") || base::IsLetterSeparatorOrNumber(c);
}

}  // namespace

const TextConstraint kArnConstraint = {
    20, 2048, IsArnCharacter,
    "[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD"
    "\\u10000-\\u10FFFF]+"};
const TextConstraint kRoleSessionNameConstraint = {2, 64, IsNameCharacter, "[\\w+=,.@-]*"};
const TextConstraint kPolicyConstraint = {1, kNoLimit, IsPolicyCharacter,
                                          "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+"};
const TextConstraint kTagKeyConstraint = {1, 128, IsTagCharacter,
                                          "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+"};
const TextConstraint kTagValueConstraint = {0, 256, IsTagCharacter,
                                            "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*"};
const TextConstraint kExternalIdConstraint = {2, 1224, IsExternalIdCharacter, "[\\w+=,.@:\\/-]*"};
const TextConstraint kSerialNumberConstraint = {9, 256, IsSerialNumberCharacter, "[\\w+=/:,.@-]*"};
const TextConstraint kTokenCodeConstraint = {6, 6, IsDigit, "[\\d]*", /*secret=*/true};
const TextConstraint kSourceIdentityConstraint = {2, 64, IsNameCharacter, "[\\w+=,.@-]*"};
const TextConstraint kWebIdentityTokenConstraint = {4, 20000, IsAnything, "", /*secret=*/true};
const TextConstraint kProviderIdConstraint = {4, 2048, IsAnything, ""};
const TextConstraint kSamlAssertionConstraint = {4, 100000, IsAnything, "", /*secret=*/true};
const TextConstraint kFederatedNameConstraint = {2, 32, IsNameCharacter, "[\\w+=,.@-]*"};
const TextConstraint kAccessKeyIdConstraint = {16, 128, IsWord, "[\\w]*"};
const TextConstraint kEncodedMessageConstraint = {1, 10240, IsAnything, ""};

}  // namespace portcullis::session
