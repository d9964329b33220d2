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
