#include "server/store/resource_index.h"

#include <algorithm>

namespace portcullis::store {
namespace {

// FNV-1a, because it can be carried on from one prefix to the next. Equal hashes are compared as
// text, so a caller who finds collisions gains nothing.
constexpr uint64_t kHashStart = 0xcbf29ce484222325;
uint64_t Extend(uint64_t hash, char c) {
  return (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
}

uint64_t HashOf(std::string_view text) {
  uint64_t hash = kHashStart;
  for (const char c : text) hash = Extend(hash, c);
  return hash;
}

constexpr int kColonsBeforeResourceField = 5;

}  // namespace

bool ResourceIndex::Insert(const Resource* resource) {
  auto& bucket = by_hash_[HashOf(resource->arn)];
  for (const Resource* other : bucket) {
    if (other->arn == resource->arn) return false;
  }
  bucket.push_back(resource);
  longest_arn_ = std::max(longest_arn_, resource->arn.size());
  return true;
}

const Resource* ResourceIndex::Find(std::string_view arn) const {
  const Resource* found = nullptr;
  uint64_t hash = kHashStart;
  int colons = 0;
  const size_t end = std::min(arn.size(), longest_arn_ + 1);
  for (size_t i = 0; i < end; ++i) {
    const char c = arn[i];
    if (colons >= kColonsBeforeResourceField && (c == '/' || c == ':')) {
      if (const Resource* here = FindExactly(hash, arn.substr(0, i))) found = here;
    }
    if (c == ':') ++colons;
    hash = Extend(hash, c);
  }
  if (arn.size() <= longest_arn_) {
    if (const Resource* here = FindExactly(hash, arn)) found = here;
  }
  return found;
}

const Resource* ResourceIndex::FindExactly(uint64_t hash, std::string_view arn) const {
  const auto bucket = by_hash_.find(hash);
  if (bucket == by_hash_.end()) return nullptr;
  for (const Resource* resource : bucket->second) {
    if (resource->arn == arn) return resource;
  }
  return nullptr;
}

}  // namespace portcullis::store
