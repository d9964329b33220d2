#include "server/app/cpu_count.h"

#include "gtest/gtest.h"

namespace portcullis::app {
namespace {

TEST(ParseCpuMax, RoundsQuotasUp) {
  EXPECT_EQ(ParseCpuMax("200000 100000"), 2u);
  EXPECT_EQ(ParseCpuMax("150000 100000"), 2u);
  EXPECT_EQ(ParseCpuMax("50000 100000"), 1u);
}

TEST(ParseCpuMax, KnowsNoQuotaInWhatIsNone) {
  for (const char* text : {"max 100000", "", "200000", "x 100000", "200000 0", "0 100000"}) {
    EXPECT_EQ(ParseCpuMax(text), std::nullopt) << text;
  }
}

TEST(AvailableCpuCount, IsAtLeastOne) {
  EXPECT_GE(AvailableCpuCount(), 1u);
}

TEST(DefaultQueueCount, LeavesOneProcessorToOthers) {
  EXPECT_EQ(DefaultQueueCount(1), 1u);
  EXPECT_EQ(DefaultQueueCount(2), 1u);
  EXPECT_EQ(DefaultQueueCount(8), 7u);
}

}  // namespace
}  // namespace portcullis::app
