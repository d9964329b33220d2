#include "server/store/snapshot_memory.h"

#include <sys/mman.h>

#include <cstring>
#include <new>

namespace portcullis::store {
namespace {

// Of x86-64, and of ARM with ordinary pages of 4 KiB.
constexpr size_t kLargePageBytes = size_t{2} << 20;

// Ordinary memory, but that pieces of a large page or more consist of large pages.
class LargePages final : public std::pmr::memory_resource {
 private:
  static size_t RoundUp(size_t bytes) {
    return (bytes + kLargePageBytes - 1) / kLargePageBytes * kLargePageBytes;
  }

  void* do_allocate(size_t bytes, size_t alignment) override {
    if (bytes < kLargePageBytes) return ::operator new(bytes, std::align_val_t(alignment));
    void* const memory = ::operator new(RoundUp(bytes), std::align_val_t(kLargePageBytes));
    // Best effort: without large pages it is slower and nothing else.
    (void)madvise(memory, RoundUp(bytes), MADV_HUGEPAGE);
    return memory;
  }

  void do_deallocate(void* memory, size_t bytes, size_t alignment) override {
    ::operator delete(memory,
                      std::align_val_t(bytes < kLargePageBytes ? alignment : kLargePageBytes));
  }

  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }
};

std::pmr::memory_resource* SharedLargePages() {
  static LargePages pages;
  return &pages;
}

}  // namespace

SnapshotMemory::SnapshotMemory() : pieces_(SharedLargePages()) {}

std::string_view SnapshotMemory::Keep(std::string_view text) {
  if (text.empty()) return {};
  auto* const copy = static_cast<char*>(Allocate(text.size(), 1));
  std::memcpy(copy, text.data(), text.size());
  return {copy, text.size()};
}

}  // namespace portcullis::store
