// Memory in one piece for what is compiled once and read often.
//
// A store holds millions of compiled documents. Each of them is one block: small structs that refer
// to each other by distances of 32 bits, and behind them all texts. That is a third of what vectors
// and strings would take, and a decision that comes upon a document for the first time waits for a
// few neighbouring cache lines instead of a line for every text.
//
// Distances count from the member itself, in bytes, so a block may be moved as a whole, byte by
// byte, and what is in it may not: BlockText, BlockArray and BlockPointer cannot be copied.
//
// A block that was written is immutable; any number of threads may read it. A BlockWriter belongs
// to one thread.
#ifndef PORTCULLIS_SERVER_POLICY_BLOCK_H_
#define PORTCULLIS_SERVER_POLICY_BLOCK_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "absl/types/span.h"

namespace portcullis::policy {

// A text elsewhere in the block. Zero value: the empty text.
class BlockText {
 public:
  BlockText() = default;
  BlockText(const BlockText&) = delete;
  BlockText& operator=(const BlockText&) = delete;

  // Lives as long as the block.
  std::string_view view() const { return {reinterpret_cast<const char*>(this) + distance_, size_}; }
  operator std::string_view() const { return view(); }  // NOLINT(google-explicit-constructor): view
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // For blocks that are written in place. REQUIRES: `text` is behind this, less than 4 GiB away.
  void PointTo(std::string_view text) {
    distance_ = static_cast<uint32_t>(text.data() - reinterpret_cast<const char*>(this));
    size_ = static_cast<uint32_t>(text.size());
  }

  friend bool operator==(const BlockText& a, std::string_view b) { return a.view() == b; }

 private:
  friend class BlockWriter;
  uint32_t distance_ = 0;
  uint32_t size_ = 0;
};

// Some elements elsewhere in the block. Zero value: none.
template <typename T>
class BlockArray {
 public:
  BlockArray() = default;
  BlockArray(const BlockArray&) = delete;
  BlockArray& operator=(const BlockArray&) = delete;

  const T* data() const {
    return reinterpret_cast<const T*>(reinterpret_cast<const std::byte*>(this) + distance_);
  }
  const T* begin() const { return data(); }
  const T* end() const { return data() + size_; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const T& operator[](size_t index) const { return data()[index]; }
  const T& front() const { return *data(); }
  operator absl::Span<const T>() const {  // NOLINT(google-explicit-constructor): a view
    return {data(), size_};
  }

 private:
  friend class BlockWriter;
  uint32_t distance_ = 0;
  uint32_t size_ = 0;
};

// One T elsewhere in the block, or none, which is the zero value.
template <typename T>
class BlockPointer {
 public:
  BlockPointer() = default;
  BlockPointer(const BlockPointer&) = delete;
  BlockPointer& operator=(const BlockPointer&) = delete;

  const T* get() const {
    return distance_ == 0
               ? nullptr
               : reinterpret_cast<const T*>(reinterpret_cast<const std::byte*>(this) + distance_);
  }
  const T& operator*() const { return *get(); }
  const T* operator->() const { return get(); }

 private:
  friend class BlockWriter;
  uint32_t distance_ = 0;
};

// Where a T is in a block that is being written, which may move while it grows.
template <typename T>
struct BlockPlace {
  uint32_t offset = 0;
  BlockPlace operator+(size_t count) const {
    return {offset + static_cast<uint32_t>(count * sizeof(T))};
  }
};

// Writes a block. What is written first is at its beginning. Blocks are smaller than 4 GiB: the
// documents they are made from are limited to a few megabytes.
class BlockWriter {
 public:
  // Appends `count` default values in a row.
  template <typename T>
  BlockPlace<T> Append(size_t count = 1) {
    static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= kAlignment);
    const size_t offset = (bytes_.size() + alignof(T) - 1) / alignof(T) * alignof(T);
    bytes_.resize(offset + count * sizeof(T));
    for (size_t i = 0; i < count; ++i) new (bytes_.data() + offset + i * sizeof(T)) T();
    return {static_cast<uint32_t>(offset)};
  }

  // Valid until the next Append, SetArray or SetPointer.
  template <typename T>
  T& At(BlockPlace<T> place) {
    return *std::launder(reinterpret_cast<T*>(bytes_.data() + place.offset));
  }

  template <typename T, typename Member>
  BlockPlace<Member> Part(BlockPlace<T> place, Member T::*member) {
    T& whole = At(place);
    const auto* part = reinterpret_cast<const std::byte*>(&(whole.*member));
    return {place.offset +
            static_cast<uint32_t>(part - reinterpret_cast<const std::byte*>(&whole))};
  }

  // Makes a member refer to a copy of `text`.
  template <typename T>
  void SetText(BlockPlace<T> place, BlockText T::*member, std::string_view text) {
    const BlockPlace<BlockText> part = Part(place, member);
    At(part).size_ = static_cast<uint32_t>(text.size());
    texts_.push_back({part, static_cast<uint32_t>(characters_.size())});
    characters_.append(text);
  }

  // Makes a member refer to `count` default values, and returns where they are.
  template <typename T, typename Element>
  BlockPlace<Element> SetArray(BlockPlace<T> place, BlockArray<Element> T::*member, size_t count) {
    const BlockPlace<BlockArray<Element>> part = Part(place, member);
    const BlockPlace<Element> elements = Append<Element>(count);
    BlockArray<Element>& array = At(part);
    array.distance_ = elements.offset - part.offset;
    array.size_ = static_cast<uint32_t>(count);
    return elements;
  }

  // Makes a member point to a default value, and returns where that is.
  template <typename T, typename Target>
  BlockPlace<Target> SetPointer(BlockPlace<T> place, BlockPointer<Target> T::*member) {
    const BlockPlace<BlockPointer<Target>> part = Part(place, member);
    const BlockPlace<Target> target = Append<Target>();
    At(part).distance_ = target.offset - part.offset;
    return target;
  }

  // Of the whole block.
  size_t size() const { return bytes_.size() + characters_.size(); }

  // Writes the whole block, which is then complete. `to` has room for size() bytes and is aligned
  // as `new` aligns.
  void CopyTo(void* to) const {
    auto* const begin = static_cast<std::byte*>(to);
    if (!bytes_.empty()) std::memcpy(begin, bytes_.data(), bytes_.size());
    if (!characters_.empty()) {
      std::memcpy(begin + bytes_.size(), characters_.data(), characters_.size());
    }
    for (const Text& text : texts_) {
      auto* const member = std::launder(reinterpret_cast<BlockText*>(begin + text.member.offset));
      member->distance_ = static_cast<uint32_t>(bytes_.size()) + text.position - text.member.offset;
    }
  }

 private:
  static constexpr size_t kAlignment = 8;

  // A text that a member refers to, and where it begins among the characters.
  struct Text {
    BlockPlace<BlockText> member;
    uint32_t position;
  };

  std::vector<std::byte> bytes_;  // The structs.
  std::string characters_;        // What comes behind them.
  std::vector<Text> texts_;
};

// A block that begins with a T, on its own. Movable; what it refers to stays where it is.
template <typename T>
class Block {
 public:
  explicit Block(const BlockWriter& writer) : bytes_(new std::byte[writer.size()]) {
    writer.CopyTo(bytes_.get());
  }

  const T& operator*() const { return *std::launder(reinterpret_cast<const T*>(bytes_.get())); }
  const T* operator->() const { return &**this; }

 private:
  std::unique_ptr<std::byte[]> bytes_;
};

}  // namespace portcullis::policy

#endif  // PORTCULLIS_SERVER_POLICY_BLOCK_H_
