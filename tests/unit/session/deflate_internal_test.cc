#include "server/session/deflate_internal.h"

#include <string>

#include "gtest/gtest.h"

namespace portcullis::session {
namespace {

TEST(Deflate, RoundTripsUpToTheBoundAndNoFurther) {
  for (const size_t size : {0, 1, 1023, 1024, 1025, 5000, 100000}) {
    const std::string bytes(size, 'a');
    const std::optional<std::string> deflated = Deflate(bytes);
    ASSERT_TRUE(deflated.has_value());
    EXPECT_EQ(Inflate(*deflated, size), bytes) << size;
    EXPECT_EQ(Inflate(*deflated, size + 1), bytes) << size;
    if (size > 0) {
      EXPECT_EQ(Inflate(*deflated, size - 1), std::nullopt) << size;
    }
  }
}

TEST(Inflate, RefusesAllButOneCompleteStream) {
  const std::string deflated = Deflate("some text, some text, some text").value();
  EXPECT_EQ(Inflate(deflated + "x", 1000), std::nullopt);
  for (size_t size = 0; size < deflated.size(); ++size) {
    EXPECT_EQ(Inflate(std::string_view(deflated).substr(0, size), 1000), std::nullopt) << size;
  }
  EXPECT_EQ(Inflate("\xff\xff\xff\xff", 1000), std::nullopt);
}

TEST(Inflate, StopsEarlyOnABomb) {
  const std::string bomb = Deflate(std::string(64 << 20, '\0')).value();
  EXPECT_LT(bomb.size(), 100000u);
  EXPECT_EQ(Inflate(bomb, 4096), std::nullopt);
}

}  // namespace
}  // namespace portcullis::session
