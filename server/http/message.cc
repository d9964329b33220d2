#include "server/http/message.h"

#include "absl/strings/match.h"

#include "server/base/text.h"

namespace portcullis::http {
namespace {

bool HasName(const Header& header, std::string_view name) {
  return absl::EqualsIgnoreCase(base::AbslView(header.name), base::AbslView(name));
}

}  // namespace

std::string_view Request::FindHeader(std::string_view name) const {
  const Header* found = nullptr;
  for (const Header& header : headers) {
    if (!HasName(header, name)) continue;
    if (found != nullptr) return {};
    found = &header;
  }
  return found == nullptr ? std::string_view() : found->value;
}

size_t Request::CountHeaders(std::string_view name) const {
  size_t count = 0;
  for (const Header& header : headers) count += HasName(header, name) ? 1 : 0;
  return count;
}

}  // namespace portcullis::http
