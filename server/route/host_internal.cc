#include "server/route/host_internal.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/ascii.h"

#include "server/base/percent.h"
#include "server/base/status_macros.h"
#include "server/route/canonical_request.h"
#include "server/route/refusal.h"
#include "server/route/request.h"

namespace portcullis::route {
namespace {

constexpr size_t kLabelBytesMax = 63;  // RFC 1035, section 2.3.4.
constexpr size_t kNameBytesMax = 253;
constexpr size_t kPortDigitsMax = 5;
constexpr uint32_t kPortMax = 65535;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

bool IsLabelCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_';
}

bool IsLabel(std::string_view text) {
  return !text.empty() && text.size() <= kLabelBytesMax &&
         std::all_of(text.begin(), text.end(), IsLabelCharacter);
}

// `127.1`, `0x7f.1` and `2130706433` are addresses to some readers and names to others (WHATWG URL,
// section 3.5: a host that ends in a number).
bool IsNumberToSomeReader(std::string_view label) {
  if (std::all_of(label.begin(), label.end(), IsDigit)) return true;
  if (!label.starts_with("0x")) return false;
  const std::string_view digits = label.substr(2);
  return std::all_of(digits.begin(), digits.end(),
                     [](char c) { return base::HexDigitValue(c) >= 0; });
}

bool IsPort(std::string_view text) {
  if (text.empty() || text.size() > kPortDigitsMax) return false;
  uint32_t port = 0;
  for (const char c : text) {
    if (!IsDigit(c)) return false;
    port = port * 10 + static_cast<uint32_t>(c - '0');
  }
  return port >= 1 && port <= kPortMax;
}

absl::Status Ambiguous(std::string_view detail) {
  return Refuse(Refusal::kAmbiguousHost, detail);
}

// `text` without brackets. The address as RFC 5952 writes it, so that each has one spelling.
absl::StatusOr<std::string> CanonicalIpv6(std::string_view text) {
  in6_addr address = {};
  std::array<char, INET6_ADDRSTRLEN> written = {};
  if (text.size() >= written.size() || text.find('\0') != std::string_view::npos ||
      inet_pton(AF_INET6, std::string(text).c_str(), &address) != 1 ||
      inet_ntop(AF_INET6, &address, written.data(), written.size()) == nullptr) {
    return Ambiguous("the host is in brackets and no IPv6 address");
  }
  return std::string(written.data());
}

absl::Status CheckLabels(const std::string& name) {
  std::string_view rest = name;
  std::string_view label;
  while (true) {
    const size_t dot = rest.find('.');
    label = rest.substr(0, dot);
    if (!IsLabel(label)) {
      return Ambiguous("the host has a label that is empty, too long or of other characters");
    }
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  if (!IsNumberToSomeReader(label)) return absl::OkStatus();
  in_addr address = {};
  if (inet_pton(AF_INET, name.c_str(), &address) != 1) {
    return Ambiguous("the host ends in a number and is no IPv4 address");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> CanonicalHostName(std::string_view name) {
  if (name.size() > kHostBytesMax) return Refuse(Refusal::kMalformed, "the host is too long");
  if (name.starts_with('[')) {
    if (!name.ends_with(']')) return Ambiguous("the host has a bracket that is never closed");
    return CanonicalIpv6(name.substr(1, name.size() - 2));
  }
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty()) return Ambiguous("the host has no name");
  if (name.size() > kNameBytesMax) return Ambiguous("the host is longer than a name may be");
  std::string lower(name);
  absl::AsciiStrToLower(&lower);
  RETURN_IF_ERROR(CheckLabels(lower));
  return lower;
}

absl::StatusOr<std::string> CanonicalHost(std::string_view host) {
  if (host.size() > kHostBytesMax) return Refuse(Refusal::kMalformed, "the host is too long");
  if (host.find('@') != std::string_view::npos) {
    return Ambiguous("the host has user information in front of it");
  }
  const size_t bracket = host.rfind(']');
  const size_t colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon == std::string_view::npos) return CanonicalHostName(host);
  if (!IsPort(host.substr(colon + 1))) return Ambiguous("the host has a port that is none");
  return CanonicalHostName(host.substr(0, colon));
}

}  // namespace portcullis::route
