#include "server/session/encoding_internal.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace portcullis::session {
namespace {

constexpr std::string_view kBase64UrlAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kBase32Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

using ReverseAlphabet = std::array<int8_t, 256>;

constexpr ReverseAlphabet Reverse(std::string_view alphabet) {
  ReverseAlphabet values{};
  for (int8_t& value : values) value = -1;
  for (size_t i = 0; i < alphabet.size(); ++i) {
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<int8_t>(i);
  }
  return values;
}

constexpr ReverseAlphabet kBase64UrlValues = Reverse(kBase64UrlAlphabet);
constexpr ReverseAlphabet kBase32Values = Reverse(kBase32Alphabet);

std::string Encode(std::string_view bytes, std::string_view alphabet, int bits_per_character) {
  std::string text;
  text.reserve((bytes.size() * 8 + bits_per_character - 1) / bits_per_character);
  const uint32_t mask = (1u << bits_per_character) - 1;
  uint32_t buffer = 0;
  int bits = 0;
  for (const char byte : bytes) {
    buffer = (buffer << 8) | static_cast<unsigned char>(byte);
    bits += 8;
    while (bits >= bits_per_character) {
      bits -= bits_per_character;
      text.push_back(alphabet[(buffer >> bits) & mask]);
    }
  }
  if (bits > 0) text.push_back(alphabet[(buffer << (bits_per_character - bits)) & mask]);
  return text;
}

std::optional<std::string> Decode(std::string_view text, const ReverseAlphabet& values,
                                  int bits_per_character) {
  std::string bytes;
  bytes.reserve(text.size() * bits_per_character / 8);
  uint32_t buffer = 0;
  int bits = 0;
  for (const char character : text) {
    const int8_t value = values[static_cast<unsigned char>(character)];
    if (value < 0) return std::nullopt;
    buffer = (buffer << bits_per_character) | static_cast<uint8_t>(value);
    bits += bits_per_character;
    if (bits >= 8) {
      bits -= 8;
      bytes.push_back(static_cast<char>((buffer >> bits) & 0xff));
    }
  }
  // A whole character too many, or bits set that no encoder would set.
  if (bits >= bits_per_character || (buffer & ((1u << bits) - 1)) != 0) return std::nullopt;
  return bytes;
}

}  // namespace

std::string EncodeBase64Url(std::string_view bytes) {
  return Encode(bytes, kBase64UrlAlphabet, 6);
}

// Every request brings a token, so four characters at a time; negative values are no characters.
std::optional<std::string> DecodeBase64Url(std::string_view text) {
  const size_t groups = text.size() / 4;
  std::string bytes(groups * 3, '\0');
  int refused = 0;
  for (size_t i = 0; i < groups; ++i) {
    const auto value = [&](size_t k) -> int {
      return kBase64UrlValues[static_cast<unsigned char>(text[4 * i + k])];
    };
    const int a = value(0), b = value(1), c = value(2), d = value(3);
    refused |= a | b | c | d;
    const uint32_t group = static_cast<uint32_t>(a) << 18 | static_cast<uint32_t>(b) << 12 |
                           static_cast<uint32_t>(c) << 6 | static_cast<uint32_t>(d);
    bytes[3 * i] = static_cast<char>(group >> 16 & 0xff);
    bytes[3 * i + 1] = static_cast<char>(group >> 8 & 0xff);
    bytes[3 * i + 2] = static_cast<char>(group & 0xff);
  }
  if (refused < 0) return std::nullopt;
  const std::optional<std::string> rest = Decode(text.substr(groups * 4), kBase64UrlValues, 6);
  if (!rest.has_value()) return std::nullopt;
  return bytes + *rest;
}

std::string EncodeBase32(std::string_view bytes) {
  return Encode(bytes, kBase32Alphabet, 5);
}

std::optional<std::string> DecodeBase32(std::string_view text) {
  return Decode(text, kBase32Values, 5);
}

}  // namespace portcullis::session
