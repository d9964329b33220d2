#include "server/engine/decision_id.h"

#include <cstdint>
#include <random>

namespace portcullis::engine {
namespace {

constexpr char kAlphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

// The 80 bits after the time: 40 random ones per thread, and a counter with a random start.
struct ThreadPart {
  uint64_t random;
  uint64_t counter;
};

constexpr uint64_t kFortyBits = (uint64_t{1} << 40) - 1;

ThreadPart MakeThreadPart() {
  std::random_device device;
  const auto draw = [&device] {
    return ((static_cast<uint64_t>(device()) << 32) | device()) & kFortyBits;
  };
  return ThreadPart{draw(), draw()};
}

void Encode(uint64_t value, int characters, char* out) {
  for (int i = characters - 1; i >= 0; --i) {
    out[i] = kAlphabet[value & 31];
    value >>= 5;
  }
}

}  // namespace

void NewDecisionId(absl::Time now, std::string* id) {
  thread_local ThreadPart part = MakeThreadPart();
  part.counter = (part.counter + 1) & kFortyBits;
  id->resize(26);
  Encode(static_cast<uint64_t>(absl::ToUnixMillis(now)), 10, id->data());
  Encode(part.random, 8, id->data() + 10);
  Encode(part.counter, 8, id->data() + 18);
}

}  // namespace portcullis::engine
