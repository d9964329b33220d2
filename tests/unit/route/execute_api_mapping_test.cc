#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "tests/unit/route/route_fixtures.h"

namespace portcullis::route {
namespace {

struct ExecuteApiCase {
  TestRequest request;
  std::string resource;
};

// API Gateway Developer Guide: arn:aws:execute-api:region:account:api/stage/METHOD/path.
TEST(ExecuteApi, NamesApiStageMethodAndPath) {
  RuleDefinition rule = Mapped(AnyRule(), Mapping::kExecuteApi);
  rule.api = At("a123456789", 11, 10);
  rule.stage = At("test", 12, 12);
  const auto table = TableOf(Orders({rule}));
  const std::string prefix =
      "execute-api:Invoke arn:aws:execute-api:eu-west-1:111122223333:a123456789/test/";
  const std::vector<ExecuteApiCase> cases = {
      {{"GET", "/pets"}, "GET/pets"},
      {{"POST", "/mydemoresource/a/b"}, "POST/mydemoresource/a/b"},
      {{"GET", "/"}, "GET/"},
      {{"GET", "/pets/"}, "GET/pets/"},
      {{"GET", "/pets?x=1"}, "GET/pets"},
      {{"GET", "/a%20b%3A"}, "GET/a b:"},
      {{"OPTIONS", "/pets"}, "OPTIONS/pets"},
      // Literal: as a pattern it would stand for all pets, as a request's resource for this one.
      {{"GET", "/pets/*"}, "GET/pets/*"},
  };
  for (const ExecuteApiCase& c : cases) {
    EXPECT_EQ(QuestionOf(*table, c.request), prefix + c.resource) << c.request.target;
  }
}

TEST(ExecuteApi, DefaultsAreTheGatewaysNameAndTheDefaultStage) {
  const auto table = TableOf(Orders());
  EXPECT_EQ(QuestionOf(*table, {"GET", "/pets"}),
            "execute-api:Invoke "
            "arn:aws:execute-api:eu-west-1:111122223333:orders/$default/GET/pets");
}

TEST(ExecuteApi, AResourceIsBounded) {
  const auto table = TableOf(Orders());
  EXPECT_EQ(QuestionOf(*table, {"GET", "/" + std::string(3000, 'a')}), "MALFORMED_REQUEST");
}

}  // namespace
}  // namespace portcullis::route
