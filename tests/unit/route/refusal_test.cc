#include "server/route/refusal.h"

#include <set>
#include <string>

#include "gtest/gtest.h"

#include "server/base/error_reason.h"

namespace portcullis::route {
namespace {

TEST(Refusal, EveryRowHasAReasonOfItsOwnAndASentence) {
  std::set<std::string_view> reasons;
  for (int i = 0; i < kRefusalCount; ++i) {
    const auto refusal = static_cast<Refusal>(i);
    const RefusalTraits& traits = TraitsOf(refusal);
    EXPECT_TRUE(reasons.insert(traits.reason).second) << traits.reason;
    EXPECT_TRUE(traits.message.ends_with('.')) << traits.message;
    // Whoever sent the request learns nothing of rules or policies (section 5, item 12).
    EXPECT_EQ(traits.message.find("rule"), std::string_view::npos);
    EXPECT_EQ(traits.message.find("polic"), std::string_view::npos);
    const absl::Status status = Refuse(refusal, "the detail");
    EXPECT_EQ(base::ReasonOf(status), traits.reason);
    EXPECT_EQ(status.message(), "the detail");
  }
}

TEST(Refusal, CodesTellBadRequestsFromDeniedOnes) {
  for (const Refusal refusal :
       {Refusal::kMalformed, Refusal::kAmbiguousPath, Refusal::kAmbiguousHost}) {
    EXPECT_EQ(Refuse(refusal, "").code(), absl::StatusCode::kInvalidArgument);
  }
  for (const Refusal refusal :
       {Refusal::kNoGateway, Refusal::kNoRoute, Refusal::kMissingValue, Refusal::kUnmappable}) {
    EXPECT_EQ(Refuse(refusal, "").code(), absl::StatusCode::kPermissionDenied);
  }
}

}  // namespace
}  // namespace portcullis::route
