// Memory of messages that is used again.
#ifndef PORTCULLIS_SERVER_RPC_KEPT_MESSAGES_H_
#define PORTCULLIS_SERVER_RPC_KEPT_MESSAGES_H_

#include <cstddef>
#include <memory>
#include <utility>

namespace portcullis::rpc {

template <typename Request, typename Response>
struct Messages {
  Request request;
  Response response;
};

// The messages of whatever a thread works on, one after the other. A message that is read into
// another one's place takes over its memory; all calls share one pair, which so stays in the
// processor's caches.
//
// Bounded: a cleared message keeps the longest text that each of its parts ever held, so that a
// client who makes another part long each time would have it grow without end. The memory is given
// back when many bytes have gone through it, whatever they were. Not thread-safe.
template <typename Request, typename Response>
class KeptMessages {
 public:
  // So many that ordinary calls do not feel the new start, thousands later.
  static constexpr size_t kBytesMax = size_t{1} << 20;

  using Pair = Messages<Request, Response>;

  // What they held before is still in them. Valid until one of the following.
  Pair& Get() {
    if (kept_ == nullptr) kept_ = std::make_unique<Pair>();
    return *kept_;
  }

  // The work is done. `bytes`: as many as both messages had when they were serialized.
  void Done(size_t bytes) {
    bytes_ += bytes;
    if (bytes_ > kBytesMax) Forget();
  }

  // Gives the memory back, for work of which nobody knows what it left.
  void Forget() { Take(); }

  // Hands the messages over to somebody else who needs them longer; nullptr: there are none.
  std::unique_ptr<Pair> Take() {
    bytes_ = 0;
    return std::move(kept_);
  }

 private:
  std::unique_ptr<Pair> kept_;
  size_t bytes_ = 0;  // Through those that are kept.
};

}  // namespace portcullis::rpc

#endif  // PORTCULLIS_SERVER_RPC_KEPT_MESSAGES_H_
