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

BodyAnnouncement Request::AnnouncedBody() const {
  if (method == "CONNECT") return BodyAnnouncement::kUnknown;  // A tunnel follows.
  if (CountHeaders("transfer-encoding") != 0) return BodyAnnouncement::kSome;
  if (CountHeaders("content-length") != 0) {
    return FindHeader("content-length") == "0" ? BodyAnnouncement::kNone : BodyAnnouncement::kSome;
  }
  return protocol.starts_with("HTTP/1.") ? BodyAnnouncement::kNone : BodyAnnouncement::kUnknown;
}

std::optional<std::string_view> Request::FindExtension(std::string_view name) const {
  for (const Extension& extension : extensions) {
    if (extension.name == name) return extension.value;
  }
  return std::nullopt;
}

}  // namespace portcullis::route
