#include "server/http/response_head_internal.h"

#include <string>

#include "gtest/gtest.h"

namespace portcullis::http {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1795262400);  // 2026-11-21T12:00:00Z.

TEST(ResponseHeadTest, WritesWhatEveryResponseHas) {
  Response response{.status = 403,
                    .headers = {{"Content-Type", "text/xml"}, {"X-A", "1"}, {"X-A", ""}},
                    .body = "12345"};
  EXPECT_EQ(ResponseHead(response, /*keep_alive=*/true, kNow).value_or(""),
            "HTTP/1.1 403 Forbidden\r\n"
            "Date: Sat, 21 Nov 2026 12:00:00 GMT\r\n"
            "Server: portcullis\r\n"
            "Connection: keep-alive\r\n"
            "Content-Type: text/xml\r\n"
            "X-A: 1\r\n"
            "X-A: \r\n"
            "Content-Length: 5\r\n"
            "\r\n");
}

TEST(ResponseHeadTest, KnowsWhichResponsesHaveNoBody) {
  Response response{.status = 204, .body = "x"};
  EXPECT_EQ(ResponseHead(response, /*keep_alive=*/false, kNow).value_or(""),
            "HTTP/1.1 204 No Content\r\nDate: Sat, 21 Nov 2026 12:00:00 GMT\r\n"
            "Server: portcullis\r\nConnection: close\r\n\r\n");
  EXPECT_FALSE(HasBody(response, /*head_only=*/false));
  response.status = 200;
  EXPECT_TRUE(HasBody(response, /*head_only=*/false));
  EXPECT_FALSE(HasBody(response, /*head_only=*/true));
  response.status = 304;
  EXPECT_FALSE(HasBody(response, /*head_only=*/false));
}

TEST(ResponseHeadTest, RefusesHeadersThatAreMoreThanThey) {
  const ResponseHeader cases[] = {
      {"X", "a\r\nSet-Cookie: b"},
      {"X", "a\nb"},
      {"X", "a\rb"},
      {"X", std::string("\0", 1)},
      {"X", "a\x7f"},
      {"X\r\nY", "a"},
      {"X: Y", "a"},
      {"X ", "a"},
      {"", "a"},
      {"content-length", "3"},
      {"Connection", "close"},
      {"transfer-encoding", "chunked"},
      {"DATE", "today"},
      {"Server", "another"},
  };
  for (const ResponseHeader& header : cases) {
    Response response;
    response.headers = {header};
    EXPECT_EQ(ResponseHead(response, true, kNow).status().code(), absl::StatusCode::kInternal)
        << header.name << ": " << header.value;
  }
}

TEST(ResponseHeadTest, RefusesStatusesThatEndNothing) {
  for (const int status : {0, 100, 101, 199, 600, -1}) {
    EXPECT_FALSE(ResponseHead({.status = status}, true, kNow).ok()) << status;
  }
}

}  // namespace
}  // namespace portcullis::http
