// A bounded ring for many producers and one consumer, without locks.
#ifndef PORTCULLIS_SERVER_AUDIT_RING_INTERNAL_H_
#define PORTCULLIS_SERVER_AUDIT_RING_INTERNAL_H_

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <utility>

namespace portcullis::audit {

// Every place has a sequence number that says whose turn it is: equal to a position, a producer may
// fill the place for that position; one more, the consumer may empty it. Producers claim positions
// by compare-and-swap, so a full ring is noticed without waiting (D. Vyukov's bounded queue, with
// one consumer). Values are swapped in and handed out in place, so their memory goes round.
//
// A ring is megabytes, of which an idle server uses nothing. So places begin as zeros, which the
// system supplies when they are touched first: sequence numbers count from the place's own index,
// and a place's value is made by the first producer who fills it.
template <typename Value>
class Ring {
 public:
  // Rounds up to a power of two, at least 2.
  explicit Ring(size_t capacity)
      : mask_(std::bit_ceil(capacity < 2 ? size_t{2} : capacity) - 1),
        places_(static_cast<Place*>(std::calloc(mask_ + 1, sizeof(Place)))) {
    if (places_ == nullptr) std::abort();  // As any other allocation at start.
  }

  ~Ring() {
    const size_t made = std::min(pushed(), capacity());
    for (size_t i = 0; i < made; ++i) std::destroy_at(places_[i].value());
  }

  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  size_t capacity() const { return mask_ + 1; }

  // Swaps `value` in; what it gets back is what the consumer left there. False if the ring is full.
  // Any thread.
  bool TryPush(Value& value) {
    size_t position = tail_.load(std::memory_order_relaxed);
    while (true) {
      const size_t turn = Turn(position);
      if (turn == position) {
        if (tail_.compare_exchange_weak(position, position + 1, std::memory_order_relaxed)) {
          Place& place = places_[position & mask_];
          if (position <= mask_) new (place.storage) Value();
          std::swap(*place.value(), value);
          SetTurn(position, position + 1);
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
    if (Turn(position) != position + 1) return false;
    consume(*places_[position & mask_].value());
    SetTurn(position, position + mask_ + 1);
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
  // All zeros is a valid one, without a value. Read and written as an atomic, but not of that type:
  // those would have to be constructed.
  struct Place {
    size_t turn;  // Less the place's index.
    alignas(Value) std::byte storage[sizeof(Value)];

    Value* value() { return std::launder(reinterpret_cast<Value*>(storage)); }
  };
  static_assert(alignof(Place) <= alignof(std::max_align_t), "more than std::calloc() gives");

  struct Free {
    void operator()(Place* places) const { std::free(places); }
  };

  // The number at the place of a position.
  size_t Turn(size_t position) {
    const size_t index = position & mask_;
    return std::atomic_ref(places_[index].turn).load(std::memory_order_acquire) + index;
  }
  void SetTurn(size_t position, size_t turn) {
    const size_t index = position & mask_;
    std::atomic_ref(places_[index].turn).store(turn - index, std::memory_order_release);
  }

  const size_t mask_;
  const std::unique_ptr<Place[], Free> places_;
  alignas(64) std::atomic<size_t> tail_{0};  // Next position to fill.
  alignas(64) std::atomic<size_t> head_{0};  // Next position to empty.
};

}  // namespace portcullis::audit

#endif  // PORTCULLIS_SERVER_AUDIT_RING_INTERNAL_H_
