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

TEST(Request, AnnouncedBodyIsWhatTheHeadTells) {
  struct Case {
    const char* method;
    const char* protocol;
    std::vector<Header> headers;
    BodyAnnouncement expected;
  };
  const Case cases[] = {
      // RFC 9112, section 6.3: without either header there is no body; HTTP/2 has frames instead.
      {"POST", "HTTP/1.1", {}, BodyAnnouncement::kNone},
      {"POST", "HTTP/1.0", {}, BodyAnnouncement::kNone},
      {"GET", "HTTP/2", {}, BodyAnnouncement::kUnknown},
      {"GET", "", {}, BodyAnnouncement::kUnknown},
      {"GET", "HTTP/1.1", {{"transfer-encoding", "chunked"}}, BodyAnnouncement::kSome},
      {"GET",
       "HTTP/1.1",
       {{"transfer-encoding", "chunked"}, {"content-length", "0"}},
       BodyAnnouncement::kSome},
      {"POST", "HTTP/2", {{"content-length", "0"}}, BodyAnnouncement::kNone},
      {"POST", "HTTP/2", {{"content-length", "00"}}, BodyAnnouncement::kSome},
      {"POST", "HTTP/2", {{"content-length", "7"}}, BodyAnnouncement::kSome},
      {"POST",
       "HTTP/2",
       {{"content-length", "0"}, {"content-length", "0"}},
       BodyAnnouncement::kSome},
      // What follows the head of a CONNECT is a tunnel.
      {"CONNECT", "HTTP/1.1", {}, BodyAnnouncement::kUnknown},
      {"CONNECT", "HTTP/1.1", {{"content-length", "0"}}, BodyAnnouncement::kUnknown},
  };
  for (const Case& c : cases) {
    Request request;
    request.method = c.method;
    request.protocol = c.protocol;
    request.headers = c.headers;
    EXPECT_EQ(request.AnnouncedBody(), c.expected) << c.method << " " << c.protocol;
  }
}

}  // namespace
}  // namespace portcullis::route
