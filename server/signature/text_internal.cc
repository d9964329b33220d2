#include "server/signature/text_internal.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "server/base/error_reason.h"
#include "server/signature/authentication.h"

namespace portcullis::signature {
namespace {

bool HasControl(std::string_view value) {
  return std::any_of(value.begin(), value.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  });
}

// False only if no byte of the word is below 0x20 or 0x7f.
bool MayHaveControl(uint64_t word) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  constexpr uint64_t kHighBits = kOnes * 0x80;
  const uint64_t below_blank = (word - kOnes * 0x20) & ~word;
  const uint64_t without_delete = word ^ (kOnes * 0x7f);
  const uint64_t is_delete = (without_delete - kOnes) & ~without_delete;
  return ((below_blank | is_delete) & kHighBits) != 0;
}

}  // namespace

bool IsToken(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [kMarks](char c) {
    return IsAlphanumeric(c) || c == '-' || kMarks.find(c) != std::string_view::npos;
  });
}

bool EqualsLower(std::string_view text, std::string_view lower) {
  return text.size() == lower.size() && StartsWithLower(text, lower);
}

bool StartsWithLower(std::string_view text, std::string_view lower) {
  return text.size() >= lower.size() &&
         std::equal(lower.begin(), lower.end(), text.begin(),
                    [](char expected, char c) { return expected == ToLower(c); });
}

bool IsHeaderValue(std::string_view value) {
  // Eight bytes at a time: a session token is long, and every byte of it passes here.
  while (value.size() >= sizeof(uint64_t)) {
    uint64_t word;
    std::memcpy(&word, value.data(), sizeof(word));
    if (MayHaveControl(word) && HasControl(value.substr(0, sizeof(word)))) return false;
    value.remove_prefix(sizeof(word));
  }
  return !HasControl(value);
}

std::string Printable(std::string_view text) {
  constexpr size_t kBytesMax = 128;
  std::string printable(text.substr(0, kBytesMax));
  for (char& c : printable) {
    if (c < ' ' || c > '~') c = '?';
  }
  if (text.size() > kBytesMax) printable += "...";
  return printable;
}

absl::Status MissingAuthenticationToken() {
  return base::ErrorWithReason(absl::StatusCode::kUnauthenticated,
                               kReasonMissingAuthenticationToken,
                               "Request is missing Authentication Token");
}

absl::Status IncompleteSignature(std::string_view message) {
  return base::ErrorWithReason(absl::StatusCode::kInvalidArgument, kReasonIncompleteSignature,
                               message);
}

absl::Status SignatureDoesNotMatch(std::string_view message) {
  return base::ErrorWithReason(absl::StatusCode::kUnauthenticated, kReasonSignatureDoesNotMatch,
                               message);
}

absl::Status WrongSignature() {
  return SignatureDoesNotMatch(
      "The request signature we calculated does not match the signature you provided. Check your "
      "AWS Secret Access Key and signing method. Consult the service documentation for details.");
}

}  // namespace portcullis::signature
