#include "server/base/uuid.h"

#include "absl/strings/str_format.h"

namespace portcullis::base {

std::string FormatRandomUuid(uint64_t high, uint64_t low) {
  return absl::StrFormat("%08x-%04x-4%03x-%04x-%012x", high >> 32, high >> 16 & 0xffff,
                         high & 0xfff, 0x8000 | (low >> 48 & 0x3fff), low & 0xffffffffffff);
}

}  // namespace portcullis::base
