#include "server/route/override_internal.h"

#include "gtest/gtest.h"

#include "tests/unit/route/route_fixtures.h"

namespace portcullis::route {
namespace {

struct OverrideCase {
  const char* header;
  const char* value;
  bool fine;
};

TEST(CheckOverrides, RefusesHeadersThatMakeAnotherRequestOfIt) {
  const OverrideCase cases[] = {
      {"x-http-method-override", "DELETE", false},
      {"x-http-method-override", "", false},
      {"x-http-method-override", "GET, DELETE", false},
      {"x-http-method-override", " get ", true},
      {"x-http-method", "PUT", false},
      {"x-method-override", "PUT", false},
      {"x_http_method_override", "DELETE", false},  // CGI.
      {"x.http.method.override", "DELETE", false},
      {"x-original-url", "/admin", false},
      {"x-original-url", "/orders/7?x=1", true},
      {"x-original-url", "/orders/7", false},
      {"x-original-url", "https://orders.example.com/orders/7?x=1", true},
      {"x-original-url", "https://orders.example.com/admin", false},
      {"x-original-url", "https://orders.example.com", false},
      {"x-rewrite-url", "/admin", false},
      {"x-rewrite-urls", "/admin", true},
      {"x-tenant", "blue", true},
      {"method", "DELETE", true},
  };
  for (const OverrideCase& c : cases) {
    const Header headers[] = {{"accept", "*/*"}, {c.header, c.value}};
    Request request;
    request.method = "GET";
    request.target = "/orders/7?x=1";
    request.headers = headers;
    const absl::Status status = CheckOverrides(request);
    EXPECT_EQ(status.ok(), c.fine) << c.header << ": " << c.value;
    if (!status.ok()) {
      EXPECT_EQ(Reason(status), "AMBIGUOUS_PATH");
    }
  }
}

}  // namespace
}  // namespace portcullis::route
