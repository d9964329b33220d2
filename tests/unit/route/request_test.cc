#include "server/route/request.h"

#include <array>
#include <vector>

#include "gtest/gtest.h"

namespace portcullis::route {
namespace {

TEST(Request, FindHeaderGivesTheOnlyOne) {
  const std::array<Header, 3> headers = {{{"accept", "a"}, {"x-tenant", "blue"}, {"accept", "b"}}};
  Request request;
  request.headers = headers;
  EXPECT_EQ(request.FindHeader("x-tenant"), "blue");
  EXPECT_EQ(request.FindHeader("accept"), std::nullopt);  // Two.
  EXPECT_EQ(request.FindHeader("absent"), std::nullopt);
  EXPECT_EQ(request.CountHeaders("accept"), 2u);
  EXPECT_EQ(request.CountHeaders("absent"), 0u);
}

TEST(Request, FindExtensionGivesWhatTheProxySays) {
  const std::array<Extension, 1> extensions = {{{"tenant", "blue"}}};
  Request request;
  request.extensions = extensions;
  EXPECT_EQ(request.FindExtension("tenant"), "blue");
  EXPECT_EQ(request.FindExtension("Tenant"), std::nullopt);
}

TEST(Request, AnnouncesNoBodyOnlyWhereTheHeadOrTheMethodTells) {
  struct Case {
    const char* method;
    std::vector<Header> headers;
    bool expected;
  };
  const Case cases[] = {
      {"GET", {}, true},
      {"HEAD", {}, true},
      {"DELETE", {}, true},
      {"OPTIONS", {}, true},
      {"POST", {}, false},
      {"PUT", {}, false},
      {"PATCH", {}, false},
      {"get", {}, false},
      {"CONNECT", {}, false},
      {"POST", {{"content-length", "0"}}, true},
      {"POST", {{"content-length", "00"}}, false},
      {"POST", {{"content-length", "7"}}, false},
      {"GET", {{"content-length", "7"}}, false},
      {"POST", {{"content-length", "0"}, {"content-length", "0"}}, false},
      {"GET", {{"transfer-encoding", "chunked"}}, false},
      {"GET", {{"transfer-encoding", "chunked"}, {"content-length", "0"}}, false},
      {"CONNECT", {{"content-length", "0"}}, false},
  };
  for (const Case& c : cases) {
    Request request;
    request.method = c.method;
    request.headers = c.headers;
    EXPECT_EQ(request.AnnouncesNoBody(), c.expected) << c.method << " " << c.headers.size();
  }
}

}  // namespace
}  // namespace portcullis::route
