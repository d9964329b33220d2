#include "server/route/text_template.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/route/values_internal.h"
#include "tests/unit/route/route_fixtures.h"

namespace portcullis::route {
namespace {

using ::testing::ElementsAre;

const std::vector<std::string>& PathVariables() {
  static const auto* const variables = new std::vector<std::string>{"order", "rest"};
  return *variables;
}

struct ExpandCase {
  std::string text;
  std::string expected;
  TextUse use = TextUse::kContext;
};

std::string Expand(const ExpandCase& c, const TestRequest& test,
                   const std::vector<std::string>& path_values) {
  std::vector<Problem> problems;
  const auto parsed = TextTemplate::Parse(At(c.text), c.use, {PathVariables(), false}, &problems);
  if (!parsed.has_value()) return problems.empty() ? "nothing" : problems[0].message;
  const auto table = TableOf(Orders());
  const Request request = test.View();
  const auto canonical = Canonicalize(request, {});
  if (!canonical.ok()) return Reason(canonical.status());
  std::string text;
  const absl::Status status =
      parsed->AppendTo({*table->FindGateway("orders"), request, *canonical, path_values}, &text);
  return status.ok() ? text : Reason(status);
}

TEST(TextTemplate, HasEveryVariable) {
  const TestRequest request = {"POST",
                               "/shop.v1.Orders/Get",
                               {{"content-type", "application/grpc"}, {"x-tenant", "blue"}},
                               {{"zone", "a"}}};
  const std::vector<ExpandCase> cases = {
      {"plain", "plain"},
      {"${account}", "111122223333"},
      {"${region}", "eu-west-1"},
      {"${gateway}", "orders"},
      {"${host}", "orders.example.com"},
      {"${method}", "POST"},
      {"${path}", "/shop.v1.Orders/Get"},
      {"${path.order}", "7"},
      {"<${path.rest}>", "<>"},
      {"${header.X-Tenant}", "blue"},
      {"${grpc.service}", "shop.v1.Orders"},
      {"${grpc.method}", "Get"},
      {"${extension.zone}", "a"},
      {"${extension.other}", "MISSING_VALUE"},
      {"${header.other}", "MISSING_VALUE"},
      {"${query.other}", "MISSING_VALUE"},
      {"$${account}", "${account}"},
      {"$${${account}}", "${111122223333}"},
      {"a$b", "a$b"},
      {"${account}-${account}", "111122223333-111122223333"},
  };
  for (const ExpandCase& c : cases) EXPECT_EQ(Expand(c, request, {"7", ""}), c.expected) << c.text;
  EXPECT_EQ(Expand({"${query.q}", ""}, {"GET", "/?q=a%20b"}, {"", ""}), "a b");
  EXPECT_EQ(Expand({"${grpc.method}", ""}, {"GET", "/"}, {"", ""}), "MISSING_VALUE");
}

struct FieldCase {
  std::string text;
  std::string value;  // Of ${header.x}.
  std::string expected;
  TextUse use = TextUse::kResource;
};

TEST(TextTemplate, ValuesStayInTheirField) {
  const std::vector<FieldCase> cases = {
      {"arn:aws:orders:eu:1:order/${header.x}", "7", "arn:aws:orders:eu:1:order/7"},
      // Literal characters of the last field, which only policies' patterns give a meaning.
      {"arn:aws:orders:eu:1:order/${header.x}", "a:b/*?", "arn:aws:orders:eu:1:order/a:b/*?"},
      {"arn:aws:orders:eu:1:order/${header.x}", "${account}",
       "arn:aws:orders:eu:1:order/${account}"},
      {"arn:aws:orders:${header.x}:1:order", "eu-west-1", "arn:aws:orders:eu-west-1:1:order"},
      {"arn:aws:orders:${header.x}:1:order", "eu:2:order/7", "MALFORMED_REQUEST"},
      {"arn:aws:orders:${header.x}:1:order", "*", "MALFORMED_REQUEST"},
      {"arn:aws:orders:${header.x}:1:order", "?", "MALFORMED_REQUEST"},
      {"arn:aws:orders:${header.x}:1:order", "a/b", "MALFORMED_REQUEST"},
      {"arn:aws:orders:eu:${header.x}:order", "1:order/7", "MALFORMED_REQUEST"},
      {"arn:aws:orders:eu:1:order/${header.x}", "a\x01", "MALFORMED_REQUEST"},
      // A policy about "order/blue/*" would match what an application finds elsewhere.
      {"arn:aws:orders:eu:1:order/${header.x}", "blue/../red", "MALFORMED_REQUEST"},
      {"arn:aws:orders:eu:1:order/${header.x}", "blue/..", "MALFORMED_REQUEST"},
      {"arn:aws:orders:eu:1:order/${header.x}/7", "..", "MALFORMED_REQUEST"},
      {"arn:aws:orders:eu:1:order/${header.x}", "blue\\..\\red", "MALFORMED_REQUEST"},
      {"arn:aws:orders:eu:1:${header.x}", "./blue", "MALFORMED_REQUEST"},
      {"arn:aws:orders:eu:1:order/${header.x}", "a..b/.c/d.",
       "arn:aws:orders:eu:1:order/a..b/.c/d."},
      {"<${header.x}>", "a/../b", "<a/../b>", TextUse::kContext},
      {"arn:aws:orders:eu:1:order/${header.x}", "a\x7f", "MALFORMED_REQUEST"},
      {"arn:aws:orders:eu:1:order/${header.x}", "\xc0\xaf", "MALFORMED_REQUEST"},
      {"orders:Get${header.x}", "Order", "orders:GetOrder", TextUse::kAction},
      {"orders:Get${header.x}", ":x", "MALFORMED_REQUEST", TextUse::kAction},
      {"orders:Get${header.x}", "*", "MALFORMED_REQUEST", TextUse::kAction},
      {"orders:Get${header.x}", "a b", "MALFORMED_REQUEST", TextUse::kAction},
      {"orders:Get${header.x}", std::string(130, 'a'), "MALFORMED_REQUEST", TextUse::kAction},
      {"arn:aws:orders:eu:1:${header.x}", std::string(2100, 'a'), "MALFORMED_REQUEST"},
      {"<${header.x}>", "a\tb", "MALFORMED_REQUEST", TextUse::kContext},
  };
  for (const FieldCase& c : cases) {
    const TestRequest request = {"GET", "/", {{"x", c.value}}};
    EXPECT_EQ(Expand({c.text, "", c.use}, request, {"7", ""}), c.expected)
        << c.text << " " << c.value;
  }
  // An empty account would make the caller's account the owner (R-4.1).
  EXPECT_EQ(Expand({"arn:aws:orders:eu:${path.rest}:x", "", TextUse::kResource}, {}, {"7", ""}),
            "MALFORMED_REQUEST");
}

struct ErrorCase {
  std::string text;
  TextUse use;
  std::string expected;
  bool connection = false;
};

TEST(TextTemplate, RefusesWithItsPosition) {
  constexpr TextUse kText = TextUse::kContext;
  const std::vector<ErrorCase> cases = {
      {"${acount}", kText, "3:20: unknown variable `${acount}` [${account}]"},
      {"${Account}", kText, "3:20: unknown variable `${Account}` [${account}]"},
      {"${}", kText, "3:20: unknown variable `${}`"},
      {"${zzzzzz}", kText, "3:20: unknown variable `${zzzzzz}`"},
      {"a${account", kText, "3:20: `${account` is never closed"},
      {"${path.ordr}", kText,
       "3:20: unknown variable `${path.ordr}`: the rule's path has no `ordr` [${path.order}]"},
      {"${path.}", kText, "3:20: `${path.}` has no name behind the dot"},
      {"${header.}", kText, "3:20: `${header.}` has no name behind the dot"},
      {"${header.a b}", kText, "3:20: `${header.a b}` names no header"},
      {"${header.Authorization}", kText,
       "3:20: `${header.Authorization}` is a credential, and records would show it"},
      {"${header.cookie}", kText,
       "3:20: `${header.cookie}` is a credential, and records would show it"},
      {"${query.X-Amz-Security-Token}", kText,
       "3:20: `${query.X-Amz-Security-Token}` is a credential, and records would show it"},
      {"${method}", kText, "3:20: `${method}` has no value for a bare connection", true},
      {"a\nb", kText, "3:20: `a\\nb` has a control character"},
      {"orders", TextUse::kAction, "3:20: `orders` is no action: expected `service:Action`"},
      {"orders:*", TextUse::kAction, "3:20: `orders:*` is no action: expected `service:Action`"},
      {"${header.x}:Get", TextUse::kAction,
       "3:20: the service of an action may not depend on the request"},
      {"order/7", TextUse::kResource,
       "3:20: `order/7` is no resource: expected `arn:aws:service:region:account:resource`"},
      {"arn:aws:orders:${path}", TextUse::kResource,
       "3:20: `arn:aws:orders:${path}` is no resource: expected "
       "`arn:aws:service:region:account:resource`"},
      {"${path}", TextUse::kResource,
       "3:20: `${path}` is no resource: expected `arn:aws:service:region:account:resource`"},
      {"arn:aws:orders:eu:1:order/*", TextUse::kResource,
       "3:20: `arn:aws:orders:eu:1:order/*` has a wildcard, which is a plain character in a "
       "request"},
  };
  for (const ErrorCase& c : cases) {
    std::vector<Problem> problems;
    const TextScope scope = {PathVariables(), c.connection};
    EXPECT_FALSE(TextTemplate::Parse(At(c.text, 3, 20), c.use, scope, &problems).has_value())
        << c.text;
    EXPECT_THAT(Texts(problems), ElementsAre(c.expected)) << c.text;
  }
}

TEST(TextTemplate, TheResourceOfActionsWithoutOneIsAStar) {
  EXPECT_EQ(Expand({"*", "", TextUse::kResource}, {}, {"7", ""}), "*");
}

}  // namespace
}  // namespace portcullis::route
