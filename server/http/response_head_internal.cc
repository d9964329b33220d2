#include "server/http/response_head_internal.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <boost/beast/http/status.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "server/base/text.h"

namespace portcullis::http {
namespace {

constexpr std::array<std::string_view, 5> kOwnHeaders = {"Connection", "Content-Length", "Date",
                                                         "Server", "Transfer-Encoding"};

bool IsNameCharacter(char c) {
  constexpr std::string_view kSigns = "!#$%&'*+-.^_`|~";
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         kSigns.find(c) != std::string_view::npos;
}

bool IsValueCharacter(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x20 && byte != 0x7f) || c == '\t';
}

bool IsAllowed(const ResponseHeader& header) {
  return !header.name.empty() &&
         std::all_of(header.name.begin(), header.name.end(), &IsNameCharacter) &&
         std::all_of(header.value.begin(), header.value.end(), &IsValueCharacter) &&
         std::none_of(kOwnHeaders.begin(), kOwnHeaders.end(), [&header](std::string_view own) {
           return absl::EqualsIgnoreCase(header.name, base::AbslView(own));
         });
}

bool StatusHasBody(int status) {
  return status != 204 && status != 304;
}

std::string Reason(int status) {
  const auto reason =
      boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
  return std::string(reason.data(), reason.size());
}

}  // namespace

bool HasBody(const Response& response, bool head_only) {
  return !head_only && StatusHasBody(response.status);
}

absl::StatusOr<std::string> ResponseHead(const Response& response, bool keep_alive,
                                         absl::Time now) {
  if (response.status < 200 || response.status > 599) {
    return absl::InternalError(absl::StrCat(response.status, " is no status of a response"));
  }
  std::string head = absl::StrCat(
      "HTTP/1.1 ", response.status, " ", Reason(response.status),
      "\r\nDate: ", absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", now, absl::UTCTimeZone()),
      "\r\nServer: portcullis\r\nConnection: ", keep_alive ? "keep-alive" : "close", "\r\n");
  for (const ResponseHeader& header : response.headers) {
    if (!IsAllowed(header)) return absl::InternalError("a header that may not be written");
    absl::StrAppend(&head, header.name, ": ", header.value, "\r\n");
  }
  if (StatusHasBody(response.status)) {
    absl::StrAppend(&head, "Content-Length: ", response.body.size(), "\r\n");
  }
  head.append("\r\n");
  return head;
}

}  // namespace portcullis::http
