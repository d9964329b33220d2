#include "server/gateway/waiting_room.h"

namespace portcullis::gateway {

bool WaitingRoom::TryEnter() {
  size_t free = free_.load(std::memory_order_relaxed);
  while (free > 0) {
    if (free_.compare_exchange_weak(free, free - 1, std::memory_order_relaxed)) return true;
  }
  return false;
}

void WaitingRoom::Leave() {
  free_.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace portcullis::gateway
