#include "server/store/entities.h"

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

}  // namespace portcullis::store
