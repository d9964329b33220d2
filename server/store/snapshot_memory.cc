#include "server/store/snapshot_memory.h"

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>

namespace portcullis::store {
namespace {

// Of x86-64, and of ARM with ordinary pages of 4 KiB.
constexpr size_t kLargePageBytes = size_t{2} << 20;

size_t RoundUp(size_t bytes) {
  return (bytes + kLargePageBytes - 1) / kLargePageBytes * kLargePageBytes;
}

// Ordinary memory, but that pieces of a large page or more consist of large pages. Those are the
// system's and go back to it with their snapshot: the C library would keep them, in pieces that the
// next snapshot does not fit into.
class LargePages final : public std::pmr::memory_resource {
 private:
  void* do_allocate(size_t bytes, size_t alignment) override {
    if (bytes < kLargePageBytes) return ::operator new(bytes, std::align_val_t(alignment));
    const size_t wanted = RoundUp(bytes);
    // What lies before the first and behind the last large page is given back at once.
    void* const found = mmap(nullptr, wanted + kLargePageBytes, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (found == MAP_FAILED) throw std::bad_alloc();
    auto* const begin = static_cast<std::byte*>(found);
    const size_t before =
        RoundUp(reinterpret_cast<uintptr_t>(begin)) - reinterpret_cast<uintptr_t>(begin);
    if (before > 0) munmap(begin, before);
    munmap(begin + before + wanted, kLargePageBytes - before);
    // Best effort: without large pages it is slower and nothing else.
    (void)madvise(begin + before, wanted, MADV_HUGEPAGE);
    return begin + before;
  }

  void do_deallocate(void* memory, size_t bytes, size_t alignment) override {
    if (bytes < kLargePageBytes) {
      ::operator delete(memory, std::align_val_t(alignment));
    } else {
      munmap(memory, RoundUp(bytes));
    }
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
