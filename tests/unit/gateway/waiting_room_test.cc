#include "server/gateway/waiting_room.h"

#include <optional>

#include "gtest/gtest.h"

namespace portcullis::gateway {
namespace {

TEST(WaitingRoom, HasAsManySeatsAsItHas) {
  WaitingRoom room(2);
  const WaitingRoom::Seat first(&room);
  std::optional<WaitingRoom::Seat> second;
  second.emplace(&room);
  EXPECT_TRUE(first.taken());
  EXPECT_TRUE(second->taken());
  for (int i = 0; i < 2; ++i) {
    const WaitingRoom::Seat third(&room);
    EXPECT_FALSE(third.taken());
  }
  second.reset();
  EXPECT_TRUE(WaitingRoom::Seat(&room).taken());
  EXPECT_TRUE(WaitingRoom::Seat(&room).taken());
}

TEST(WaitingRoom, WithoutOneThereIsRoomForAll) {
  const WaitingRoom::Seat first(nullptr);
  const WaitingRoom::Seat second(nullptr);
  EXPECT_TRUE(first.taken() && second.taken());
}

}  // namespace
}  // namespace portcullis::gateway
