#include "client/mfa_enrollment.h"

#include <qrencode.h>

#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"

#include "server/base/str_cat.h"

namespace portcullis::client {
namespace {

constexpr std::string_view kArnBegin = "arn:aws:iam::";
constexpr std::string_view kArnMiddle = ":mfa/";
constexpr size_t kAccountDigits = 12;
constexpr size_t kDeviceNameMax = 226;
constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kNameCharacters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+=,.@-_/";

// Those that a URI may hold as they are (RFC 3986, 2.3).
constexpr std::string_view kUnreserved =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

constexpr int kQuietZone = 4;  // Light modules around the code, as its standard asks for.

std::string PercentEncoded(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    if (kUnreserved.find(c) != std::string_view::npos) {
      encoded.push_back(c);
    } else {
      absl::StrAppendFormat(&encoded, "%%%02X", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

// Whether the module at a place is dark; everything outside the code is light.
bool IsDark(const QRcode& code, int row, int column) {
  if (row < 0 || column < 0 || row >= code.width || column >= code.width) return false;
  return (code.data[row * code.width + column] & 1) != 0;
}

// One character shows two modules, one above the other.
const char* HalfBlock(bool upper, bool lower) {
  if (upper && lower) return "█";
  if (upper) return "▀";
  return lower ? "▄" : " ";
}

}  // namespace

absl::StatusOr<MfaDeviceName> ParseMfaDeviceArn(std::string_view arn) {
  const absl::Status error = absl::InvalidArgumentError(
      base::StrCat(base::Quoted(arn), " is not of the form `arn:aws:iam::111111111111:mfa/NAME`"));
  if (!arn.starts_with(kArnBegin)) return error;
  std::string_view rest = arn.substr(kArnBegin.size());
  const std::string_view account = rest.substr(0, kAccountDigits);
  rest.remove_prefix(account.size());
  if (account.size() != kAccountDigits ||
      account.find_first_not_of(kDigits) != std::string_view::npos ||
      !rest.starts_with(kArnMiddle)) {
    return error;
  }
  const std::string_view device = rest.substr(kArnMiddle.size());
  if (device.empty() || device.size() > kDeviceNameMax || device.front() == '/' ||
      device.back() == '/' || device.find_first_not_of(kNameCharacters) != std::string_view::npos) {
    return error;
  }
  return MfaDeviceName{std::string(account), std::string(device)};
}

std::string Base32(std::string_view bytes) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string text;
  unsigned buffer = 0;
  int bits = 0;
  for (const char c : bytes) {
    buffer = (buffer << 8 | static_cast<unsigned char>(c)) & 0xffff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text.push_back(kAlphabet[buffer >> bits & 31]);
    }
  }
  if (bits > 0) text.push_back(kAlphabet[buffer << (5 - bits) & 31]);
  return text;
}

std::string OtpauthUri(const MfaDeviceName& name, std::string_view seed_base32) {
  return base::StrCat("otpauth://totp/", PercentEncoded(name.device), "@", name.account,
                      "?secret=", seed_base32, "&issuer=Portcullis");
}

absl::StatusOr<std::string> QrCode(const std::string& text, bool dark_on_light) {
  const std::unique_ptr<QRcode, void (*)(QRcode*)> code(
      QRcode_encodeString8bit(text.c_str(), /*version=*/0, QR_ECLEVEL_M), QRcode_free);
  if (code == nullptr) return absl::InternalError("the URI does not fit into a QR code");
  std::string picture;
  const int end = code->width + kQuietZone;
  for (int row = -kQuietZone; row < end; row += 2) {
    for (int column = -kQuietZone; column < end; ++column) {
      // Characters are drawn in the terminal's foreground, which is the lighter of its colours.
      const bool below = row + 1 < end;
      picture += HalfBlock(IsDark(*code, row, column) == dark_on_light,
                           below && IsDark(*code, row + 1, column) == dark_on_light);
    }
    picture += "\n";
  }
  return picture;
}

}  // namespace portcullis::client
