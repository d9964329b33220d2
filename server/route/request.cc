#include "server/route/request.h"

#include <algorithm>

namespace portcullis::route {

std::optional<std::string_view> Request::FindHeader(std::string_view name) const {
  std::optional<std::string_view> found;
  for (const Header& header : headers) {
    if (header.name != name) continue;
    if (found.has_value()) return std::nullopt;
    found = header.value;
  }
  return found;
}

size_t Request::CountHeaders(std::string_view name) const {
  return static_cast<size_t>(std::count_if(headers.begin(), headers.end(),
                                           [name](const Header& h) { return h.name == name; }));
}

std::optional<std::string_view> Request::FindExtension(std::string_view name) const {
  for (const Extension& extension : extensions) {
    if (extension.name == name) return extension.value;
  }
  return std::nullopt;
}

}  // namespace portcullis::route
