#include "tests/bench/allocations.h"

#include <cstddef>
#include <cstdlib>
#include <new>

namespace portcullis::bench {
namespace {

constinit thread_local uint64_t allocation_count = 0;

void* Allocate(size_t size) {
  ++allocation_count;
  void* const memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) std::abort();
  return memory;
}

void* AllocateAligned(size_t size, std::align_val_t alignment) {
  ++allocation_count;
  const auto bytes = static_cast<size_t>(alignment);
  // aligned_alloc wants a multiple of the alignment.
  void* const memory = std::aligned_alloc(bytes, (size + bytes - 1) / bytes * bytes);
  if (memory == nullptr) std::abort();
  return memory;
}

}  // namespace

uint64_t AllocationCount() {
  return allocation_count;
}

}  // namespace portcullis::bench

// The forms of the standard library that are not replaced here call one of these.
void* operator new(size_t size) {
  return portcullis::bench::Allocate(size);
}
void* operator new(size_t size, std::align_val_t alignment) {
  return portcullis::bench::AllocateAligned(size, alignment);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, size_t, std::align_val_t) noexcept {
  std::free(memory);
}
