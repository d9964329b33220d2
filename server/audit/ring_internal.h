// A bounded ring for many producers and one consumer, without locks.
#ifndef PORTCULLIS_SERVER_AUDIT_RING_INTERNAL_H_
#define PORTCULLIS_SERVER_AUDIT_RING_INTERNAL_H_

#include <atomic>
#include <bit>
#include <cstddef>
#include <memory>
#include <utility>

namespace portcullis::audit {

// Every place has a sequence number that says whose turn it is: equal to a position, a producer may
// fill the place for that position; one more, the consumer may empty it. Producers claim positions
// by compare-and-swap, so a full ring is noticed without waiting (D. Vyukov's bounded queue, with
// one consumer). Values are swapped in and handed out in place, so their memory goes round.
template <typename Value>
class Ring {
 public:
  // Rounds up to a power of two, at least 2.
  explicit Ring(size_t capacity)
      : mask_(std::bit_ceil(capacity < 2 ? size_t{2} : capacity) - 1),
        places_(std::make_unique<Place[]>(mask_ + 1)) {
    for (size_t i = 0; i <= mask_; ++i) places_[i].turn.store(i, std::memory_order_relaxed);
  }

  size_t capacity() const { return mask_ + 1; }

  // Swaps `value` in; what it gets back is what the consumer left there. False if the ring is full.
  // Any thread.
  bool TryPush(Value& value) {
    size_t position = tail_.load(std::memory_order_relaxed);
    while (true) {
      Place& place = places_[position & mask_];
      const size_t turn = place.turn.load(std::memory_order_acquire);
      if (turn == position) {
        if (tail_.compare_exchange_weak(position, position + 1, std::memory_order_relaxed)) {
          std::swap(place.value, value);
          place.turn.store(position + 1, std::memory_order_release);
          return true;
        }
      } else if (turn < position) {
        return false;
      } else {
        position = tail_.load(std::memory_order_relaxed);
      }
    }
  }

  // Calls `consume(Value&)` on the oldest value, in its place. False if there is none. The
  // consumer's thread only.
  template <typename Consume>
  bool TryPop(Consume consume) {
    const size_t position = head_.load(std::memory_order_relaxed);
    Place& place = places_[position & mask_];
    if (place.turn.load(std::memory_order_acquire) != position + 1) return false;
    consume(place.value);
    place.turn.store(position + mask_ + 1, std::memory_order_release);
    head_.store(position + 1, std::memory_order_relaxed);
    return true;
  }

  // How many values were ever pushed.
  size_t pushed() const { return tail_.load(std::memory_order_relaxed); }

  // About how many values there are.
  size_t size() const {
    const size_t head = head_.load(std::memory_order_relaxed);
    const size_t tail = tail_.load(std::memory_order_relaxed);
    return tail > head ? tail - head : 0;
  }

 private:
  struct Place {
    std::atomic<size_t> turn{0};
    Value value;
  };

  const size_t mask_;
  const std::unique_ptr<Place[]> places_;
  alignas(64) std::atomic<size_t> tail_{0};  // Next position to fill.
  alignas(64) std::atomic<size_t> head_{0};  // Next position to empty.
};

}  // namespace portcullis::audit

#endif  // PORTCULLIS_SERVER_AUDIT_RING_INTERNAL_H_
