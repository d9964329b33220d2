#include "server/store/secret_text.h"

#include <cstring>
#include <new>
#include <string>
#include <utility>

#include "gtest/gtest.h"

namespace portcullis::store {
namespace {

// Short ones live inside the object, long ones on the heap.
constexpr std::string_view kShort = "0123456789";
constexpr std::string_view kLong = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

TEST(SecretTextTest, HoldsWhatItWasGiven) {
  SecretText secret(kLong);
  EXPECT_EQ(secret.view(), kLong);
  SecretText copy = secret;
  EXPECT_EQ(copy.view(), kLong);
  secret = kShort;
  EXPECT_EQ(secret.view(), kShort);
  EXPECT_EQ(copy.view(), kLong);
  copy = secret;
  EXPECT_EQ(copy.view(), kShort);
  EXPECT_TRUE(SecretText().empty());
}

TEST(SecretTextTest, AssignmentToItselfChangesNothing) {
  SecretText secret(kLong);
  SecretText& same = secret;
  secret = same;
  EXPECT_EQ(secret.view(), kLong);
  secret = std::move(same);
  EXPECT_EQ(secret.view(), kLong);
}

TEST(SecretTextTest, MovedFromIsEmpty) {
  for (const std::string_view text : {kShort, kLong}) {
    SecretText source(text);
    SecretText target(std::move(source));
    EXPECT_EQ(target.view(), text);
    // NOLINTNEXTLINE(bugprone-use-after-move): what is left of it is what is tested.
    EXPECT_TRUE(source.empty());
    SecretText assigned("before");
    assigned = std::move(target);
    EXPECT_EQ(assigned.view(), text);
    // NOLINTNEXTLINE(bugprone-use-after-move): as above.
    EXPECT_TRUE(target.empty());
  }
}

// A short secret can be looked for in the object's own storage, which outlives it here.
TEST(SecretTextTest, LeavesNothingBehind) {
  alignas(SecretText) char storage[sizeof(SecretText)] = {};
  const auto holds_secret = [&] {
    return std::string_view(storage, sizeof(storage)).find(kShort) != std::string_view::npos;
  };
  auto* secret = new (storage) SecretText(kShort);
  ASSERT_TRUE(holds_secret());
  secret->~SecretText();
  EXPECT_FALSE(holds_secret());

  secret = new (storage) SecretText(kShort);
  const SecretText taken(std::move(*secret));
  EXPECT_FALSE(holds_secret());
  EXPECT_EQ(taken.view(), kShort);

  *secret = kShort;
  *secret = std::string_view("x");
  EXPECT_FALSE(holds_secret());
  secret->~SecretText();
}

}  // namespace
}  // namespace portcullis::store
