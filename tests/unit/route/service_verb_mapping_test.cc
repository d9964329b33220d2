#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "tests/unit/route/route_fixtures.h"

namespace portcullis::route {
namespace {

struct VerbCase {
  std::string method;
  std::string target;
  std::string expected;
};

TEST(ServiceVerb, EveryRow) {
  const auto table = TableOf(Orders({Mapped(AnyRule(), Mapping::kServiceVerb, "files")}));
  const std::string arn = " arn:aws:files:eu-west-1:111122223333:";
  const std::vector<VerbCase> cases = {
      {"GET", "/files/a", "files:Get" + arn + "/files/a"},
      {"GET", "/files/", "files:List" + arn + "/files/"},
      {"GET", "/", "files:List" + arn + "/"},
      {"HEAD", "/files/a", "files:Get" + arn + "/files/a"},
      {"HEAD", "/files/", "files:List" + arn + "/files/"},
      {"POST", "/files/a", "files:Create" + arn + "/files/a"},
      {"POST", "/files/", "files:Create" + arn + "/files/"},
      {"PUT", "/files/a", "files:Update" + arn + "/files/a"},
      {"PATCH", "/files/a", "files:Update" + arn + "/files/a"},
      {"DELETE", "/files/a", "files:Delete" + arn + "/files/a"},
      {"DELETE", "/files/", "files:Delete" + arn + "/files/"},
      {"OPTIONS", "/files/a", "UNMAPPABLE"},
      {"PROPFIND", "/files/a", "UNMAPPABLE"},
      {"get", "/files/a", "MALFORMED_REQUEST"},
  };
  for (const VerbCase& c : cases) {
    EXPECT_EQ(QuestionOf(*table, {c.method, c.target}), c.expected) << c.method << c.target;
  }
}

}  // namespace
}  // namespace portcullis::route
