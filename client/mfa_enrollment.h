// What a new virtual MFA device is made of: a seed, a URI, a picture of it.
#ifndef PORTCULLIS_CLIENT_MFA_ENROLLMENT_H_
#define PORTCULLIS_CLIENT_MFA_ENROLLMENT_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace portcullis::client {

inline constexpr size_t kMfaSeedBytes = 32;

// A device's name in its account, from its ARN.
struct MfaDeviceName {
  std::string account;  // "111111111111".
  std::string device;   // "ana"; with its path: "team/ana".
};

// All functions are pure.

// The parts of "arn:aws:iam::111111111111:mfa/ana". INVALID_ARGUMENT for anything else: hardware
// devices come with their seeds.
absl::StatusOr<MfaDeviceName> ParseMfaDeviceArn(std::string_view arn);

// Base32 (RFC 4648) in upper case, without padding, as authenticator programs read it.
std::string Base32(std::string_view bytes);

// otpauth://totp/<device>@<account>?secret=<seed>&issuer=Portcullis. A secret.
std::string OtpauthUri(const MfaDeviceName& name, std::string_view seed_base32);

// `text` as a QR code in lines of half-block characters, light on dark as most terminals are;
// `dark_on_light` for the others. INTERNAL if the text is too long for one.
absl::StatusOr<std::string> QrCode(const std::string& text, bool dark_on_light);

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_MFA_ENROLLMENT_H_
