// Bounds how many requests wait for identity providers at once.
#ifndef PORTCULLIS_SERVER_GATEWAY_WAITING_ROOM_H_
#define PORTCULLIS_SERVER_GATEWAY_WAITING_ROOM_H_

#include <atomic>
#include <cstddef>

namespace portcullis::gateway {

// Where requests wait on the threads that serve all others too: with a room of fewer seats than
// there are threads, a provider that is slow, or somebody who sends tokens of a slow one on
// purpose, does not keep everybody waiting. Thread-safe.
class WaitingRoom {
 public:
  explicit WaitingRoom(size_t seats) : free_(seats) {}
  WaitingRoom(const WaitingRoom&) = delete;
  WaitingRoom& operator=(const WaitingRoom&) = delete;

  // A place in it, given back at the end of the object's life.
  class Seat {
   public:
    // `room`: nullptr has a seat for everybody.
    explicit Seat(WaitingRoom* room) : room_(room), taken_(room == nullptr || room->TryEnter()) {}
    ~Seat() {
      if (taken_ && room_ != nullptr) room_->Leave();
    }
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;

    // False: all were taken.
    bool taken() const { return taken_; }

   private:
    WaitingRoom* const room_;
    const bool taken_;
  };

 private:
  bool TryEnter();
  void Leave();

  std::atomic<size_t> free_;
};

}  // namespace portcullis::gateway

#endif  // PORTCULLIS_SERVER_GATEWAY_WAITING_ROOM_H_
