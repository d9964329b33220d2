// What people and clients type about MFA devices: seeds in Base32 and one-time codes.
//
// The input is up to three lines: a seed, a code, and the last accepted step as an offset from now,
// one digit. Whatever the bytes: no crash; a seed that decodes is the only spelling of its bytes
// but for padding; a code is accepted only if it is that of the step that is returned, within the
// window and after the last accepted one, and then not again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"

#include "server/session/totp.h"

namespace portcullis::session {
namespace {

constexpr uint64_t kNowStep = 59'666'666;
constexpr int64_t kNowSeconds = static_cast<int64_t>(kNowStep) * kTotpStepSeconds + 7;

void Require(bool holds) {
  if (!holds) std::abort();
}

std::string_view TakeLine(std::string_view* text) {
  const size_t end = text->find('\n');
  const std::string_view line = text->substr(0, end);
  text->remove_prefix(end == std::string_view::npos ? text->size() : end + 1);
  return line;
}

// RFC 4648 section 6, without padding.
std::string SpellBase32(absl::Span<const uint8_t> bytes) {
  std::string text;
  uint64_t bits = 0;
  size_t count = 0;
  for (const uint8_t byte : bytes) {
    bits = bits << 8 | byte;
    for (count += 8; count >= 5; count -= 5) {
      text.push_back("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[bits >> (count - 5) & 31]);
    }
  }
  if (count > 0) text.push_back("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[bits << (5 - count) & 31]);
  return text;
}

std::vector<uint8_t> CheckSeed(std::string_view text) {
  const std::optional<std::vector<uint8_t>> seed = DecodeTotpSeed(text);
  if (!seed.has_value()) return {};
  Require(seed->size() >= 16);
  Require(SpellBase32(*seed) == text.substr(0, text.find('=')));
  return *seed;
}

void CheckCode(absl::Span<const uint8_t> seed, std::string_view code,
               std::optional<uint64_t> last) {
  const absl::Time now = absl::FromUnixSeconds(kNowSeconds);
  const std::optional<uint64_t> step = VerifyTotp(seed, code, now, last);
  if (!step.has_value()) return;
  Require(!seed.empty() && code.size() == kTotpDigits);
  Require(*step + 1 >= kNowStep && *step <= kNowStep + 1);
  Require(!last.has_value() || *step > *last);
  Require(TotpCode(seed, *step) == code);
  const std::optional<uint64_t> again = VerifyTotp(seed, code, now, step);
  Require(!again.has_value() || (*again > *step && TotpCode(seed, *again) == code));
}

}  // namespace
}  // namespace portcullis::session

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using portcullis::session::TakeLine;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const std::string_view seed_text = TakeLine(&rest);
  const std::string_view code = TakeLine(&rest);
  std::optional<uint64_t> last;
  if (!rest.empty() && rest.front() >= '0' && rest.front() <= '9') {
    last = portcullis::session::kNowStep - 5 + static_cast<uint64_t>(rest.front() - '0');
  }
  const std::vector<uint8_t> seed = portcullis::session::CheckSeed(seed_text);
  portcullis::session::CheckCode(seed, code, last);
  // The bytes themselves as a seed, and every code of the window, which must be accepted once.
  const auto* bytes = reinterpret_cast<const uint8_t*>(seed_text.data());
  const absl::Span<const uint8_t> raw(bytes, seed_text.size());
  portcullis::session::CheckCode(raw, code, last);
  for (uint64_t step = portcullis::session::kNowStep - 1; step <= portcullis::session::kNowStep + 1;
       ++step) {
    portcullis::session::CheckCode(raw, portcullis::session::TotpCode(raw, step), last);
  }
  return 0;
}
