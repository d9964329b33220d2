#include "server/engine/decision_id.h"

#include <string>
#include <unordered_set>

#include "gtest/gtest.h"

namespace portcullis::engine {
namespace {

TEST(DecisionId, IsUniqueAndSortsByTime) {
  std::unordered_set<std::string> seen;
  std::string id;
  for (int i = 0; i < 10000; ++i) {
    NewDecisionId(absl::FromUnixSeconds(1700000000), &id);
    EXPECT_EQ(id.size(), 26u);
    EXPECT_TRUE(seen.insert(id).second) << id;
  }
  std::string later;
  NewDecisionId(absl::FromUnixSeconds(1700000001), &later);
  EXPECT_LT(id, later);
}

}  // namespace
}  // namespace portcullis::engine
