// Finds the registered resource that an ARN is, or lies below.
#ifndef PORTCULLIS_SERVER_STORE_RESOURCE_INDEX_H_
#define PORTCULLIS_SERVER_STORE_RESOURCE_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "server/store/entities.h"

namespace portcullis::store {

// A hash table over the ARNs of resources that is asked for all prefixes of an ARN at once: one
// running hash over the text is looked up wherever a segment of field six ends. So a lookup takes
// time in proportion to the ARN's length, however many segments a caller puts into it.
//
// Built by one thread, then const. Does not own the resources.
class ResourceIndex {
 public:
  // False if a resource of the same ARN is there already.
  bool Insert(const Resource* resource);

  // The resource with this very ARN, or with the longest one that `arn` continues after `/` or `:`;
  // nullptr if there is none.
  const Resource* Find(std::string_view arn) const;

 private:
  const Resource* FindExactly(uint64_t hash, std::string_view arn) const;

  absl::flat_hash_map<uint64_t, absl::InlinedVector<const Resource*, 1>> by_hash_;
  size_t longest_arn_ = 0;
};

}  // namespace portcullis::store

#endif  // PORTCULLIS_SERVER_STORE_RESOURCE_INDEX_H_
