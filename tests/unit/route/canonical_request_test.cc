#include "server/route/canonical_request.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "tests/unit/route/route_fixtures.h"

namespace portcullis::route {
namespace {

absl::StatusOr<CanonicalRequest> Read(const TestRequest& test, PathOptions options = {}) {
  return Canonicalize(test.View(), options);
}

TEST(Canonicalize, SplitsBeforeItDecodes) {  // Section 5, item 2.
  const auto request = Read({"GET", "/a%3Fb?c=%3F&d"});
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->path, "/a?b");
  EXPECT_EQ(request->query.size(), 2u);
  EXPECT_EQ(request->FindQuery("c")->value, "?");
  EXPECT_FALSE(request->FindQuery("d")->has_value);
  EXPECT_EQ(request->FindQuery("e"), nullptr);
  EXPECT_EQ(request->CountQuery("c"), 1u);
  EXPECT_EQ(request->host, "orders.example.com");
  EXPECT_EQ(request->method, "GET");
}

TEST(Canonicalize, OverridesAreRefusedUnlessTheyMeanNothing) {
  const TestRequest lower{"POST", "/a", {{"x-http-method-override", "DELETE"}}};
  EXPECT_EQ(Reason(Read(lower).status()), "AMBIGUOUS_PATH");
  PathOptions options;
  options.overrides = true;
  EXPECT_TRUE(Read(lower, options).ok());
}

struct RefusalCase {
  std::string name;
  TestRequest request;
  std::string reason;
};

// Section 5, items 2, 3, 4, 10, 15.
TEST(Canonicalize, Refuses) {
  std::vector<Header> many(kHeadersMax + 1, Header{"a", "b"});
  const std::string large(kHeaderBytesMax, 'x');
  const std::vector<RefusalCase> cases = {
      {"no method", {"", "/"}, "MALFORMED_REQUEST"},
      {"no token", {"GE T", "/"}, "MALFORMED_REQUEST"},
      {"line end", {"GET\r\n", "/"}, "MALFORMED_REQUEST"},
      {"method in small letters", {"get", "/"}, "MALFORMED_REQUEST"},
      {"method in mixed letters", {"Delete", "/"}, "MALFORMED_REQUEST"},
      {"long method", {std::string(kMethodBytesMax + 1, 'A'), "/"}, "MALFORMED_REQUEST"},
      {"no path", {"GET", ""}, "MALFORMED_REQUEST"},
      {"asterisk", {"OPTIONS", "*"}, "MALFORMED_REQUEST"},
      {"absolute", {"GET", "https://orders.example.com/a"}, "MALFORMED_REQUEST"},
      {"CONNECT", {"CONNECT", "orders.example.com:443"}, "MALFORMED_REQUEST"},
      {"query only", {"GET", "?a"}, "MALFORMED_REQUEST"},
      {"long target", {"GET", "/" + std::string(kTargetBytesMax, 'a')}, "MALFORMED_REQUEST"},
      {"many headers", {"GET", "/", many}, "MALFORMED_REQUEST"},
      {"large headers", {"GET", "/", {{"a", large}}}, "MALFORMED_REQUEST"},
      {"two hosts", {"GET", "/", {{"host", "a"}, {"host", "a"}}}, "AMBIGUOUS_HOST"},
      {"no host", {"GET", "/", {}, {}, false, ""}, "MALFORMED_REQUEST"},
      {"user", {"GET", "/", {}, {}, false, "u@example.com"}, "AMBIGUOUS_HOST"},
      {"dots", {"GET", "/a/../b"}, "AMBIGUOUS_PATH"},
      {"fragment", {"GET", "/a?b#c"}, "AMBIGUOUS_PATH"},
      {"query", {"GET", "/a?b=%f"}, "MALFORMED_REQUEST"},
  };
  for (const RefusalCase& c : cases) {
    EXPECT_EQ(Reason(Read(c.request).status()), c.reason) << c.name;
  }
}

// Section 5, item 8.
TEST(Canonicalize, TakesAMarkForItselfOnlyIfBytesAreNotReplaced) {
  const TestRequest test{"GET", "/a!?b=!"};
  Request request = test.View();
  EXPECT_TRUE(Canonicalize(request, {}).ok());
  request.bytes_replaced = true;
  EXPECT_EQ(base::ReasonOf(Canonicalize(request, {}).status()), "AMBIGUOUS_PATH");
  request.target = "/a%21?b=!";
  EXPECT_TRUE(Canonicalize(request, {}).ok());
  request.target = "/a?b=!";
  EXPECT_TRUE(Canonicalize(request, {}).ok());
}

TEST(Canonicalize, BoundsAreInclusive) {
  EXPECT_TRUE(Read({std::string(kMethodBytesMax, 'A'), "/"}).ok());
  EXPECT_TRUE(Read({"m-search", "/"}).ok());  // Nobody's but for case.
  EXPECT_TRUE(Read({"GET", "/" + std::string(kTargetBytesMax - 1, 'a')}).ok());
  EXPECT_TRUE(Read({"GET", "/", std::vector<Header>(kHeadersMax, Header{"a", "b"})}).ok());
  const std::string large(kHeaderBytesMax - 1, 'x');
  EXPECT_TRUE(Read({"GET", "/", {{"a", large}}}).ok());
}

struct GrpcCase {
  std::string name;
  TestRequest request;
  std::string expected;  // "service method".
};

// Section 5, item 9.
TEST(Canonicalize, NamesTheGrpcMethod) {
  const std::vector<Header> grpc = {{"content-type", "application/grpc"}};
  const std::vector<GrpcCase> cases = {
      {"grpc", {"POST", "/shop.v1.Orders/Get", grpc}, "shop.v1.Orders Get"},
      {"with codec", {"POST", "/a.B/C", {{"content-type", "application/grpc+proto"}}}, "a.B C"},
      {"case does not matter", {"POST", "/a.B/C", {{"content-type", "Application/GRPC"}}}, "a.B C"},
      {"parameter", {"POST", "/a.B/C", {{"content-type", "application/grpc;x=y"}}}, "a.B C"},
      {"grpc-web is something else",
       {"POST", "/a.B/C", {{"content-type", "application/grpc-web"}}},
       " "},
      {"no POST", {"GET", "/a.B/C", grpc}, " "},
      {"three segments", {"POST", "/a.B/C/D", grpc}, " "},
      {"one segment", {"POST", "/a.B", grpc}, " "},
      {"final slash", {"POST", "/a.B/C/", grpc}, " "},
      {"query", {"POST", "/a.B/C?d", grpc}, " "},
      {"no name", {"POST", "/a.B/C-D", grpc}, " "},
      {"no content type", {"POST", "/a.B/C"}, " "},
      {"two content types",
       {"POST",
        "/a.B/C",
        {{"content-type", "application/grpc"}, {"content-type", "application/grpc"}}},
       " "},
  };
  for (const GrpcCase& c : cases) {
    const auto request = Read(c.request);
    ASSERT_TRUE(request.ok()) << c.name;
    EXPECT_EQ(request->grpc_service + " " + request->grpc_method, c.expected) << c.name;
  }
}

TEST(Canonicalize, BareConnectionsHaveAHostOnly) {
  TestRequest connection;
  connection.connection_only = true;
  connection.host = "Orders.example.com.";
  const auto request = Read(connection);
  ASSERT_TRUE(request.ok());
  EXPECT_EQ(request->host, "orders.example.com");
  EXPECT_EQ(request->path, "");
  connection.host = "";
  EXPECT_TRUE(Read(connection).ok());
  connection.host = "a@b";
  EXPECT_EQ(Reason(Read(connection).status()), "AMBIGUOUS_HOST");
}

}  // namespace
}  // namespace portcullis::route
