#include "server/route/request.h"

#include <array>

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

}  // namespace
}  // namespace portcullis::route
