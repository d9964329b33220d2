#include "server/route/mapping_internal.h"

#include "gtest/gtest.h"

#include "tests/unit/route/route_fixtures.h"

namespace portcullis::route {
namespace {

TEST(Mapping, EveryOneHasItsRow) {
  for (size_t i = 0; i < MappingNames().size(); ++i) {
    const MappingRow& row = RowOf(static_cast<Mapping>(i));
    EXPECT_EQ(row.mapping, static_cast<Mapping>(i));
    EXPECT_NE(row.ask, nullptr) << MappingNames()[i];
  }
}

TEST(Mapping, ArnPrefixIsTheGateways) {
  const auto table = TableOf(Orders());
  EXPECT_EQ(ArnPrefix("files", *table->FindGateway("orders")),
            "arn:aws:files:eu-west-1:111122223333:");
}

}  // namespace
}  // namespace portcullis::route
