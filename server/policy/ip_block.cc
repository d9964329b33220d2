#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "server/base/numbers.h"
#include "server/policy/condition_value.h"

namespace portcullis::policy {
namespace {

constexpr uint8_t kBitsV4 = 32;
constexpr uint8_t kBitsV6 = 128;
constexpr std::array<uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

// inet_pton() reads exactly the forms of RFC 4291 and dotted quads without leading zeros, but wants
// a C string.
std::optional<IpBlock> ParseAddress(std::string_view text) {
  char buffer[INET6_ADDRSTRLEN];
  if (text.empty() || text.size() >= sizeof(buffer)) return std::nullopt;
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  std::memcpy(buffer, text.data(), text.size());
  buffer[text.size()] = '\0';
  IpBlock block;
  block.v6 = text.find(':') != std::string_view::npos;
  block.prefix_length = block.v6 ? kBitsV6 : kBitsV4;
  if (inet_pton(block.v6 ? AF_INET6 : AF_INET, buffer, block.bytes.data()) != 1) {
    return std::nullopt;
  }
  return block;
}

std::optional<uint8_t> ParsePrefixLength(std::string_view text, uint8_t max) {
  if (text.size() > 1 && text[0] == '0') return std::nullopt;
  const auto length = base::ParseUnsigned(text, max);
  if (!length.has_value()) return std::nullopt;
  return static_cast<uint8_t>(*length);
}

}  // namespace

bool IpBlock::Contains(const IpBlock& address) const {
  if (v6 != address.v6) return false;
  const size_t whole_bytes = prefix_length / 8;
  if (std::memcmp(bytes.data(), address.bytes.data(), whole_bytes) != 0) return false;
  const int bits = prefix_length % 8;
  if (bits == 0) return true;
  const int shift = 8 - bits;
  return bytes[whole_bytes] >> shift == address.bytes[whole_bytes] >> shift;
}

std::optional<IpBlock> ParseIpBlock(std::string_view text) {
  const size_t slash = text.find('/');
  std::optional<IpBlock> block = ParseAddress(text.substr(0, slash));
  if (!block.has_value() || slash == std::string_view::npos) return block;
  const auto length = ParsePrefixLength(text.substr(slash + 1), block->prefix_length);
  if (!length.has_value()) return std::nullopt;
  block->prefix_length = *length;
  return block;
}

std::optional<IpBlock> ParseIpAddress(std::string_view text) {
  std::optional<IpBlock> address = ParseAddress(text);
  if (!address.has_value() || !address->v6) return address;
  if (!std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), address->bytes.begin())) {
    return address;
  }
  IpBlock v4;
  v4.prefix_length = kBitsV4;
  std::copy(address->bytes.begin() + kMappedPrefix.size(), address->bytes.end(), v4.bytes.begin());
  return v4;
}

}  // namespace portcullis::policy
