#include "server/engine/decision_id.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string_view>

namespace portcullis::engine {
namespace {

constexpr char kAlphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

constexpr size_t kTimeSize = 10;
constexpr size_t kRandomSize = 8;
constexpr size_t kCounterSize = 8;
constexpr size_t kCounterBegin = kTimeSize + kRandomSize;
constexpr size_t kSize = kCounterBegin + kCounterSize;
constexpr uint8_t kDigits = 32;

// The last identifier of a thread, from which the next one differs in little: the time, 40 random
// bits, and a counter with a random start.
class ThreadIds {
 public:
  ThreadIds() {
    std::random_device device;
    for (size_t i = kTimeSize; i < kSize; ++i) {
      const auto digit = static_cast<uint8_t>(device() % kDigits);
      text_[i] = kAlphabet[digit];
      if (i >= kCounterBegin) counter_[i - kCounterBegin] = digit;
    }
  }

  std::string_view Next(absl::Time now) {
    SetTime(absl::ToUnixMillis(now));
    for (size_t i = kCounterSize; i-- > 0;) {
      counter_[i] = (counter_[i] + 1) % kDigits;
      text_[kCounterBegin + i] = kAlphabet[counter_[i]];
      if (counter_[i] != 0) break;
    }
    return {text_.data(), text_.size()};
  }

 private:
  void SetTime(int64_t milliseconds) {
    if (milliseconds == milliseconds_) return;
    milliseconds_ = milliseconds;
    auto rest = static_cast<uint64_t>(milliseconds);
    for (size_t i = kTimeSize; i-- > 0;) {
      text_[i] = kAlphabet[rest % kDigits];
      rest /= kDigits;
    }
  }

  int64_t milliseconds_ = -1;
  std::array<char, kSize> text_ = {};
  std::array<uint8_t, kCounterSize> counter_ = {};
};

}  // namespace

void NewDecisionId(absl::Time now, std::string* id) {
  thread_local ThreadIds ids;
  id->assign(ids.Next(now));
}

}  // namespace portcullis::engine
