#include "server/route/rule_internal.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "tests/unit/route/route_fixtures.h"

namespace portcullis::route {
namespace {

Matcher Paths(const std::string& path) {
  Matcher matcher;
  std::vector<Problem> problems;
  matcher.path = PathTemplate::Parse(At(path), &problems);
  return matcher;
}

Matcher Methods(std::vector<std::string> methods) {
  Matcher matcher;
  matcher.methods = std::move(methods);
  return matcher;
}

Matcher Headers(std::vector<HeaderCondition> headers) {
  Matcher matcher;
  matcher.headers = std::move(headers);
  return matcher;
}

Matcher Grpc(std::string service, std::string method) {
  Matcher matcher;
  matcher.grpc = GrpcPattern{std::move(service), std::move(method)};
  return matcher;
}

Matcher Connection() {
  Matcher matcher;
  matcher.connection = true;
  return matcher;
}

struct CoverCase {
  std::string name;
  Matcher a;
  Matcher b;
  bool covers;
};

TEST(Matcher, Covers) {
  const std::vector<CoverCase> cases = {
      {"everything and itself", {}, {}, true},
      {"everything and a path", {}, Paths("/a"), true},
      {"a path and everything", Paths("/a"), {}, false},
      {"every path and everything", Paths("/**"), {}, true},
      {"every path and a path", Paths("/{a...}"), Paths("/b/c"), true},
      {"more methods", Methods({"GET", "PUT"}), Methods({"PUT"}), true},
      {"fewer methods", Methods({"GET"}), Methods({"GET", "PUT"}), false},
      {"one method and all", Methods({"GET"}), {}, false},
      {"all methods but CONNECT", {}, Methods({"CONNECT"}), false},
      {"same headers", Headers({{"a", "1"}}), Headers({{"a", "1"}, {"b", "2"}}), true},
      {"present", Headers({{"a", "*"}}), Headers({{"a", "1"}}), true},
      {"value", Headers({{"a", "1"}}), Headers({{"a", "*"}}), false},
      {"other header", Headers({{"a", "1"}}), Headers({{"b", "1"}}), false},
      {"any gRPC", Grpc("", ""), Grpc("a.B", "C"), true},
      {"any of a service", Grpc("a.B", ""), Grpc("a.B", "C"), true},
      {"one of a service", Grpc("a.B", "C"), Grpc("a.B", ""), false},
      {"another service", Grpc("a.B", ""), Grpc("a.D", "C"), false},
      {"gRPC and everything", Grpc("", ""), {}, false},
      {"connections", Connection(), Connection(), true},
      {"connections and requests", Connection(), {}, false},
      {"requests and connections", {}, Connection(), false},
  };
  for (const CoverCase& c : cases) EXPECT_EQ(c.a.Covers(c.b), c.covers) << c.name;
}

}  // namespace
}  // namespace portcullis::route
