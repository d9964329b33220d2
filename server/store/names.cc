#include "server/store/names.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include <openssl/evp.h>

#include "server/base/numbers.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/policy/arn.h"

namespace portcullis::store {
namespace {

constexpr size_t kPathLengthMax = 512;
constexpr size_t kTagKeyLengthMax = 128;
constexpr size_t kTagValueLengthMax = 256;
constexpr size_t kOidcUrlLengthMax = 255;
constexpr size_t kKeySetUrlLengthMax = 2048;
constexpr size_t kTrustDomainLengthMax = 255;
constexpr size_t kClaimNameLengthMax = 128;
constexpr uint64_t kPortMax = 65535;
constexpr std::string_view kHttps = "https://";

template <typename Predicate>
bool AllOf(std::string_view text, Predicate predicate) {
  return std::all_of(text.begin(), text.end(), predicate);
}

bool IsWordCharacter(char c) {
  return absl::ascii_isalnum(c) || c == '_';
}

bool IsNameCharacter(char c) {
  return IsWordCharacter(c) || std::string_view("+=,.@-").find(c) != std::string_view::npos;
}

bool IsSlashed(std::string_view text) {
  return text == "/" || (text.size() >= 3 && text.size() <= kPathLengthMax && text.front() == '/' &&
                         text.back() == '/');
}

bool IsTagText(std::string_view text) {
  return base::IsValidUtf8(text) && AllOf(text, [](char c) {
           return static_cast<unsigned char>(c) >= 0x80 || absl::ascii_isalnum(c) ||
                  std::string_view("_.:/=+-@ ").find(c) != std::string_view::npos;
         });
}

bool IsHostName(std::string_view text) {
  return !text.empty() && text.front() != '.' && text.back() != '.' &&
         text.find("..") == std::string_view::npos &&
         AllOf(text, [](char c) { return absl::ascii_isalnum(c) || c == '.' || c == '-'; });
}

}  // namespace

bool IsEntityName(std::string_view text, size_t length_max) {
  return !text.empty() && text.size() <= length_max && AllOf(text, IsNameCharacter);
}

bool IsEntityPath(std::string_view text) {
  return IsSlashed(text) &&
         AllOf(text, [](char c) { return c > ' ' && c <= '~' && c != '*' && c != '?'; });
}

bool IsPolicyPath(std::string_view text) {
  return IsSlashed(text) && AllOf(text, [](char c) { return c == '/' || IsNameCharacter(c); });
}

bool IsAccountAlias(std::string_view text) {
  return text.size() >= 3 && text.size() <= 63 && text.front() != '-' && text.back() != '-' &&
         text.find("--") == std::string_view::npos && !policy::IsAccountId(text) &&
         AllOf(text,
               [](char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-'; });
}

bool IsTagKey(std::string_view text) {
  return !text.empty() && IsTagText(text) && base::CodePointCount(text) <= kTagKeyLengthMax &&
         !absl::StartsWithIgnoreCase(base::AbslView(text), "aws:");
}

bool IsTagValue(std::string_view text) {
  return IsTagText(text) && base::CodePointCount(text) <= kTagValueLengthMax;
}

bool IsUniqueId(std::string_view text, std::string_view prefix) {
  return text.starts_with(prefix) && text.size() >= 16 && text.size() <= 128 &&
         AllOf(text, IsWordCharacter);
}

bool IsOidcProviderUrl(std::string_view text) {
  if (text.size() > kOidcUrlLengthMax || !text.starts_with(kHttps)) return false;
  text.remove_prefix(kHttps.size());
  const size_t slash = text.find('/');
  const std::string_view host = text.substr(0, slash);
  // Condition keys begin with the host. Without a dot one could be mistaken for the key of a
  // service (`idp:sub`), which clients may supply.
  if (!IsHostName(host) || host.find('.') == std::string_view::npos) return false;
  return slash == std::string_view::npos || AllOf(text.substr(slash), [](char c) {
           return c > ' ' && c <= '~' &&
                  std::string_view("?#*:\"").find(c) == std::string_view::npos;
         });
}

bool IsKeySetUrl(std::string_view text) {
  if (text.size() > kKeySetUrlLengthMax || !text.starts_with(kHttps)) return false;
  text.remove_prefix(kHttps.size());
  std::string_view host = text.substr(0, text.find_first_of("/?"));
  const std::string_view rest = text.substr(host.size());
  if (const size_t colon = host.find(':'); colon != std::string_view::npos) {
    if (base::ParseUnsigned(host.substr(colon + 1), kPortMax).value_or(0) == 0) return false;
    host = host.substr(0, colon);
  }
  return IsHostName(host) &&
         AllOf(rest, [](char c) { return c > ' ' && c <= '~' && c != '#' && c != '"'; });
}

bool IsTrustDomain(std::string_view text) {
  return !text.empty() && text.size() <= kTrustDomainLengthMax && AllOf(text, [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '.' || c == '-' || c == '_';
  });
}

bool IsClaimName(std::string_view text) {
  return !text.empty() && text.size() <= kClaimNameLengthMax && AllOf(text, [](char c) {
    return c > ' ' && c <= '~' && std::string_view("*?$").find(c) == std::string_view::npos;
  });
}

std::string FoldName(std::string_view name) {
  return absl::AsciiStrToLower(base::AbslView(name));
}

std::string InlinePolicyId(std::string_view resource_type, std::string_view entity,
                           std::string_view policy) {
  return base::StrCat(resource_type, "/", entity, ":", policy);
}

bool IsInlinePolicyId(std::string_view id) {
  return !id.starts_with("arn:");
}

std::string_view InlinePolicyName(std::string_view id) {
  return id.substr(id.find(':') + 1);
}

std::string DeriveUniqueId(const UniqueIdSource& source) {
  constexpr size_t kLength = 17;
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  // Neither names nor account ids contain a line feed, so the text tells its parts apart.
  const std::string text = base::StrCat(
      source.prefix, "\n", source.partition, "\n", source.account, "\n", source.name, "\n",
      source.create_date.has_value() ? absl::ToUnixSeconds(*source.create_date) : -1);
  // Fetched once and never freed: a lookup per call would cost more than the hash.
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  std::array<uint8_t, EVP_MAX_MD_SIZE> digest{};
  EVP_Digest(text.data(), text.size(), digest.data(), nullptr, sha256, nullptr);

  std::string id(source.prefix);
  uint32_t bits = 0;
  int bit_count = 0;
  for (size_t next = 0; id.size() < source.prefix.size() + kLength;) {
    if (bit_count < 5) {
      bits = (bits << 8) | digest[next++];
      bit_count += 8;
    }
    bit_count -= 5;
    id.push_back(kAlphabet[(bits >> bit_count) & 31]);
  }
  return id;
}

}  // namespace portcullis::store
