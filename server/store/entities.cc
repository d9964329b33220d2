#include "server/store/entities.h"

#include <algorithm>

#include "server/base/str_cat.h"

namespace portcullis::store {

std::string FormatOrigin(const Origin& origin) {
  if (origin.file == nullptr) return "the built-in definitions";
  return base::StrCat(*origin.file, ":", origin.position.line, ":", origin.position.column);
}

const Origin& OriginOf(const AccessKey& key) {
  return key.user != nullptr ? key.user->origin : key.account->origin;
}

const Origin& OriginOf(const MfaDevice& device) {
  return device.user != nullptr ? device.user->origin : device.account->origin;
}

void User::Prefetch() const {
  constexpr size_t kLineBytes = 64;
  constexpr size_t kOwnLines = 2;      // Of the user: the rest is not read.
  constexpr size_t kLinesBehind = 12;  // Its texts, and a set of ten policies.
  const char* const own = reinterpret_cast<const char*>(this);
  const char* const behind = reinterpret_cast<const char*>(this + 1);
  for (size_t i = 0; i < kOwnLines; ++i) __builtin_prefetch(own + i * kLineBytes);
  for (size_t i = 0; i < kLinesBehind; ++i) __builtin_prefetch(behind + i * kLineBytes);
}

bool Proxy::MayServe(std::string_view gateway) const {
  return gateways.empty() || std::binary_search(gateways.begin(), gateways.end(), gateway);
}

bool Proxy::HasIdentity(std::string_view identity) const {
  return std::any_of(identities.begin(), identities.end(), [&](std::string_view own) {
    if (!own.ends_with("/*")) return own == identity;
    own.remove_suffix(1);
    return identity.size() > own.size() && identity.starts_with(own);
  });
}

}  // namespace portcullis::store
