#include "server/inventory/rules.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace portcullis::inventory {
namespace {

bool IsDigit(char c) {
  return absl::ascii_isdigit(static_cast<unsigned char>(c));
}
bool IsAlphanumeric(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c));
}

bool IsWord(char32_t c) {
  return c < 0x80 && (IsAlphanumeric(static_cast<char>(c)) || c == U'_');
}
bool IsNameCharacter(char32_t c) {
  return IsWord(c) || std::u32string_view(U"+=,.@-").find(c) != std::u32string_view::npos;
}
bool IsSerialNumberCharacter(char32_t c) {
  return IsNameCharacter(c) || c == U'/' || c == U':';
}
bool IsArnCharacter(char32_t c) {
  return c == U'\t' || c == U'\n' || c == U'\r' || (c >= 0x20 && c <= 0x7E) || c == 0x85 ||
         (c >= 0xA0 && c <= 0xD7FF) || (c >= 0xE000 && c <= 0xFFFD) ||
         (c >= 0x10000 && c <= 0x10FFFF);
}
bool IsPolicyCharacter(char32_t c) {
  return c == U'\t' || c == U'\n' || c == U'\r' || (c >= 0x20 && c <= 0xFF);
}
bool IsMarkerCharacter(char32_t c) {
  return c >= 0x20 && c <= 0xFF;
}
bool IsPathPrefixCharacter(char32_t c) {
  return c >= 0x21 && c <= 0x7F;
}
bool IsEntityPathCharacter(char32_t c) {
  return c >= 0x21 && c <= 0x7E;
}
bool IsPolicyPathCharacter(char32_t c) {
  return IsNameCharacter(c) || c == U'/';
}
bool IsVersionIdCharacter(char32_t c) {
  return (c < 0x80 && IsAlphanumeric(static_cast<char>(c))) || c == U'.' || c == U'-';
}

bool IsSamlNameCharacter(char32_t c) {
  return IsWord(c) || c == U'.' || c == U'-';
}
bool IsAnything(char32_t) {
  return true;
}

constexpr std::string_view kNamePattern = "[\\w+=,.@-]+";

}  // namespace

const base::TextConstraint kArnText = {
    20, 2048, IsArnCharacter,
    "[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD"
    "\\u10000-\\u10FFFF]+"};
const base::TextConstraint kGroupNameText = {1, 128, IsNameCharacter, kNamePattern};
const base::TextConstraint kInstanceProfileNameText = {1, 128, IsNameCharacter, kNamePattern};
const base::TextConstraint kMarkerText = {1, 320, IsMarkerCharacter, "[\\u0020-\\u00FF]+"};
const base::TextConstraint kPathPrefixText = {1, 512, IsPathPrefixCharacter,
                                              "\\u002F[\\u0021-\\u007F]*"};
const base::TextConstraint kPolicyDocumentText = {1, 131072, IsPolicyCharacter,
                                                  "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+"};
const base::TextConstraint kPolicyNameText = {1, 128, IsNameCharacter, kNamePattern};
const base::TextConstraint kPolicyPathText = {1, 512, IsPolicyPathCharacter,
                                              "((/[A-Za-z0-9\\.,\\+@=_-]+)*)/"};
const base::TextConstraint kEntityPathText = {1, 512, IsEntityPathCharacter,
                                              "(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)"};
const base::TextConstraint kRoleNameText = {1, 64, IsNameCharacter, kNamePattern};
const base::TextConstraint kSerialNumberText = {9, 256, IsSerialNumberCharacter, "[\\w+=/:,.@-]+"};
const base::TextConstraint kUserNameText = {1, 64, IsNameCharacter, kNamePattern};
const base::TextConstraint kExistingUserNameText = {1, 128, IsNameCharacter, kNamePattern};
const base::TextConstraint kVersionIdText = {1, 2048, IsVersionIdCharacter,
                                             "v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?"};

const base::TextConstraint kPublicKeyIdText = {20, 128, IsWord, "[\\w]+"};
const base::TextConstraint kServerCertificateNameText = {1, 128, IsNameCharacter, kNamePattern};
const base::TextConstraint kServiceNameText = {1, 128, IsSamlNameCharacter, "[\\w.-]+"};
const base::TextConstraint kUrlText = {1, 255, IsAnything, ""};
const base::TextConstraint kSamlNameText = {1, 128, IsSamlNameCharacter, "[\\w._-]+"};
const base::TextConstraint kDeviceNameText = {1, 226, IsNameCharacter, kNamePattern};

bool IsPathPrefix(std::string_view text) {
  return text.starts_with('/');
}

bool IsPolicyPath(std::string_view text) {
  return text.starts_with('/') && text.ends_with('/') && text.find("//") == std::string_view::npos;
}

bool IsEntityPath(std::string_view text) {
  return text == "/" || (text.size() > 2 && text.starts_with('/') && text.ends_with('/'));
}

bool IsVersionId(std::string_view text) {
  const std::string_view number = text.substr(0, text.find('.'));
  if (number.size() < 2 || number[0] != 'v' || number[1] == '0') return false;
  if (!std::all_of(number.begin() + 1, number.end(), IsDigit)) return false;
  const std::string_view suffix = text.substr(std::min(text.size(), number.size() + 1));
  return std::all_of(suffix.begin(), suffix.end(),
                     [](char c) { return IsAlphanumeric(c) || c == '-'; });
}

}  // namespace portcullis::inventory
