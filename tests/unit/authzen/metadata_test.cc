#include "server/authzen/metadata.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace portcullis::authzen {
namespace {

TEST(BaseUrlOf, IsWhatTheClientPutInFrontOfThePath) {
  struct Case {
    std::vector<http::Header> headers;
    bool secure;
    std::string url;  // Empty: refused.
  };
  const Case cases[] = {
      {{{"Host", "pdp.example.com"}}, true, "https://pdp.example.com"},
      {{{"host", "127.0.0.1:8181"}}, false, "http://127.0.0.1:8181"},
      {{{"Host", "[::1]:8181"}}, false, "http://[::1]:8181"},
      {{{"Host", "a/b"}}, false, ""},
      {{{"Host", "a\",\"b"}}, false, ""},
      {{{"Host", "a b"}}, false, ""},
      {{{"Host", "user@a"}}, false, ""},
      {{{"Host", ""}}, false, ""},
      {{}, false, ""},
  };
  for (const Case& row : cases) {
    http::Request request;
    request.headers = row.headers;
    request.secure = row.secure;
    const auto url = BaseUrlOf(request);
    ASSERT_EQ(url.ok(), !row.url.empty()) << row.url;
    if (url.ok()) {
      EXPECT_EQ(*url, row.url);
    }
  }
}

// Section 9.1: no member without a value, none for what there is not (searches).
TEST(MetadataDocument, NamesTheEndpoints) {
  EXPECT_EQ(
      nlohmann::json::parse(MetadataDocument("https://pdp.example.com/authz")),
      (nlohmann::json{
          {"policy_decision_point", "https://pdp.example.com/authz"},
          {"access_evaluation_endpoint", "https://pdp.example.com/authz/access/v1/evaluation"},
          {"access_evaluations_endpoint", "https://pdp.example.com/authz/access/v1/evaluations"}}));
}

}  // namespace
}  // namespace portcullis::authzen
