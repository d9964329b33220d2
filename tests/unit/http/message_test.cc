#include "server/http/message.h"

#include <vector>

#include "gtest/gtest.h"

namespace portcullis::http {
namespace {

TEST(RequestTest, FindsTheOnlyHeaderOfAName) {
  const std::vector<Header> headers = {
      {"Host", "a"}, {"x-twice", "1"}, {"X-Twice", "2"}, {"X-Empty", ""}};
  Request request;
  request.headers = headers;
  EXPECT_EQ(request.FindHeader("host"), "a");
  EXPECT_EQ(request.FindHeader("HOST"), "a");
  EXPECT_EQ(request.CountHeaders("host"), 1);
  // Which of two is meant is nobody's guess.
  EXPECT_EQ(request.FindHeader("X-Twice"), "");
  EXPECT_EQ(request.CountHeaders("x-TWICE"), 2);
  EXPECT_EQ(request.FindHeader("X-Empty"), "");
  EXPECT_EQ(request.CountHeaders("X-Empty"), 1);
  EXPECT_EQ(request.FindHeader("X-Twic"), "");
  EXPECT_EQ(request.CountHeaders(""), 0);
}

}  // namespace
}  // namespace portcullis::http
