#include "server/session/totp.h"

#include <array>

#include "absl/strings/str_format.h"
#include <openssl/crypto.h>

#include "server/session/crypto_internal.h"
#include "server/session/encoding_internal.h"

namespace portcullis::session {
namespace {

constexpr size_t kSeedBytesMin = 16;
constexpr size_t kBase32GroupCharacters = 8;

// The text without its padding; nullopt if there is padding and it does not complete a group.
std::optional<std::string_view> WithoutPadding(std::string_view text) {
  const size_t end = text.find('=');
  if (end == std::string_view::npos) return text;
  const bool fits = text.size() % kBase32GroupCharacters == 0 &&
                    text.size() - end < kBase32GroupCharacters &&
                    text.find_first_not_of('=', end) == std::string_view::npos;
  if (!fits) return std::nullopt;
  return text.substr(0, end);
}

}  // namespace

std::optional<std::vector<uint8_t>> DecodeTotpSeed(std::string_view text) {
  const std::optional<std::string_view> digits = WithoutPadding(text);
  if (!digits.has_value()) return std::nullopt;
  std::optional<std::string> bytes = DecodeBase32(*digits);
  if (!bytes.has_value() || bytes->size() < kSeedBytesMin) return std::nullopt;
  std::vector<uint8_t> seed(bytes->begin(), bytes->end());
  std::string& secret = *bytes;
  OPENSSL_cleanse(secret.data(), secret.size());
  return seed;
}

std::string TotpCode(absl::Span<const uint8_t> seed, uint64_t step) {
  std::string counter(8, '\0');
  for (size_t i = 0; i < counter.size(); ++i) {
    counter[i] = static_cast<char>(step >> (8 * (counter.size() - 1 - i)));
  }
  std::array<uint8_t, 20> mac;
  if (!HmacSha1(seed, counter, &mac)) return "";
  const size_t offset = mac.back() & 0x0f;
  const uint32_t number = (static_cast<uint32_t>(mac[offset] & 0x7f) << 24) |
                          (static_cast<uint32_t>(mac[offset + 1]) << 16) |
                          (static_cast<uint32_t>(mac[offset + 2]) << 8) |
                          static_cast<uint32_t>(mac[offset + 3]);
  return absl::StrFormat("%06d", number % 1000000);
}

std::optional<uint64_t> VerifyTotp(absl::Span<const uint8_t> seed, std::string_view code,
                                   absl::Time now, std::optional<uint64_t> last_accepted_step) {
  const int64_t seconds = absl::ToUnixSeconds(now);
  if (seed.empty() || code.size() != kTotpDigits || seconds < kTotpStepSeconds) return std::nullopt;
  const uint64_t current = static_cast<uint64_t>(seconds / kTotpStepSeconds);
  std::optional<uint64_t> accepted;
  // No early exit: which step fits, or whether one does, must not show in the time taken. The
  // oldest step that fits is accepted, which leaves the later ones usable.
  for (uint64_t step = current + 1; step + 1 >= current; --step) {
    const std::string expected = TotpCode(seed, step);
    const bool fits = expected.size() == code.size() &&
                      CRYPTO_memcmp(expected.data(), code.data(), code.size()) == 0;
    const bool unused = !last_accepted_step.has_value() || step > *last_accepted_step;
    if (fits && unused) accepted = step;
  }
  return accepted;
}

}  // namespace portcullis::session
