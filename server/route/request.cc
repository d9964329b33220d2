#include "server/route/request.h"

#include <algorithm>
#include <iterator>

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

bool Request::AnnouncesNoBody() const {
  static constexpr std::string_view kWithoutBody[] = {"GET", "HEAD", "DELETE", "OPTIONS"};
  if (CountHeaders("transfer-encoding") != 0) return false;
  if (CountHeaders("content-length") != 0) {
    return FindHeader("content-length") == "0" && method != "CONNECT";
  }
  return std::find(std::begin(kWithoutBody), std::end(kWithoutBody), method) !=
         std::end(kWithoutBody);
}

std::optional<std::string_view> Request::FindExtension(std::string_view name) const {
  for (const Extension& extension : extensions) {
    if (extension.name == name) return extension.value;
  }
  return std::nullopt;
}

}  // namespace portcullis::route
