#include "server/policy/decision.h"

#include <gtest/gtest.h>

namespace portcullis::policy {
namespace {

TEST(Decision, DeniesUnlessSaidOtherwise) {
  const Decision decision;
  EXPECT_EQ(decision.effect, Effect::kImplicitDeny);
  EXPECT_EQ(Effect(), Effect::kImplicitDeny);
}

TEST(EffectName, Words) {  // Section 0.
  EXPECT_EQ(EffectName(Effect::kAllow), "allowed");
  EXPECT_EQ(EffectName(Effect::kExplicitDeny), "explicitDeny");
  EXPECT_EQ(EffectName(Effect::kImplicitDeny), "implicitDeny");
}

}  // namespace
}  // namespace portcullis::policy
