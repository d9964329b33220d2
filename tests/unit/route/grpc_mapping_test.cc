#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "tests/unit/route/route_fixtures.h"

namespace portcullis::route {
namespace {

TEST(Grpc, NamesTheMethodFromThePath) {  // Section 5, item 9.
  const auto table = TableOf(Orders({Mapped(AnyRule(), Mapping::kGrpc, "shop")}));
  EXPECT_EQ(
      QuestionOf(*table,
                 {"POST", "/shop.v1.Orders/GetOrder", {{"content-type", "application/grpc"}}}),
      "shop:GetOrder arn:aws:shop:eu-west-1:111122223333:shop.v1.Orders/GetOrder");
  EXPECT_EQ(QuestionOf(*table, {"POST", "/shop.v1.Orders/GetOrder"}), "UNMAPPABLE");
  EXPECT_EQ(QuestionOf(*table, {"GET", "/"}), "UNMAPPABLE");
}

TEST(Grpc, ServiceIsTheGatewaysNameIfNothingIsSaid) {
  const auto table = TableOf(Orders({Mapped(AnyRule(), Mapping::kGrpc)}));
  EXPECT_EQ(QuestionOf(*table, {"POST", "/a.B/C", {{"content-type", "application/grpc"}}}),
            "orders:C arn:aws:orders:eu-west-1:111122223333:a.B/C");
}

}  // namespace
}  // namespace portcullis::route
