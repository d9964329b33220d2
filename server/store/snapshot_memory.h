// Where the part of a snapshot lies that every decision reads.
#ifndef PORTCULLIS_SERVER_STORE_SNAPSHOT_MEMORY_H_
#define PORTCULLIS_SERVER_STORE_SNAPSHOT_MEMORY_H_

#include <cstddef>
#include <memory_resource>
#include <string_view>

namespace portcullis::store {

// Memory that is taken piece after piece and given back all at once, with the snapshot.
//
// A decision about one of a million users waits for memory more than it computes, and for the
// processor to find out where a page of memory is as long as for what is there. What one user's
// decisions read is therefore taken in one go and so lies together; and a large snapshot is made of
// large pages, if the system has any to give (Linux: transparent huge pages, `madvise`).
//
// One thread at a time may take memory.
class SnapshotMemory {
 public:
  SnapshotMemory();
  SnapshotMemory(const SnapshotMemory&) = delete;
  SnapshotMemory& operator=(const SnapshotMemory&) = delete;

  // Memory for what has to be destroyed before this is.
  void* Allocate(size_t bytes, size_t alignment) { return pieces_.allocate(bytes, alignment); }
  std::pmr::memory_resource* resource() { return &pieces_; }

  // A copy of `text`, directly behind what was taken last.
  std::string_view Keep(std::string_view text);

 private:
  std::pmr::monotonic_buffer_resource pieces_;
};

}  // namespace portcullis::store

#endif  // PORTCULLIS_SERVER_STORE_SNAPSHOT_MEMORY_H_
