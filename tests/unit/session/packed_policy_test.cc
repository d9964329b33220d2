#include <random>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "server/session/sts_parameters.h"

namespace portcullis::session {
namespace {

using ::testing::AllOf;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Le;

// Text of 64 different characters in no order: 6 bits each after packing.
std::string Noise(size_t length, uint64_t seed) {
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::mt19937_64 random(seed);
  std::string text;
  for (size_t i = 0; i < length; ++i) text.push_back(alphabet[random() % alphabet.size()]);
  return text;
}

std::vector<SessionTag> NoisyTags(size_t count) {
  std::vector<SessionTag> tags;
  for (size_t i = 0; i < count; ++i) tags.push_back({Noise(128, 2 * i), Noise(256, 2 * i + 1)});
  return tags;
}

TEST(PackedPolicySize, IsAbsentIfNothingCounts) {
  const auto size = PackedPolicySize(std::nullopt, {}, {});
  ASSERT_TRUE(size.ok());
  EXPECT_EQ(*size, std::nullopt);
}

TEST(PackedPolicySize, CountsPoliciesArnsAndTags) {
  const std::string arn = "arn:aws:iam::111122223333:policy/Narrow";
  for (const auto& size :
       {PackedPolicySize("{}", {}, {}), PackedPolicySize(std::nullopt, {arn}, {}),
        PackedPolicySize(std::nullopt, {}, {{"k", "v", false}})}) {
    ASSERT_TRUE(size.ok()) << size.status();
    // Some 30 to 90 bytes of 4096, rounded up.
    EXPECT_THAT(size->value_or(0), AllOf(Ge(1), Le(3)));
  }
  const int32_t one = PackedPolicySize(Noise(1024, 1), {}, {})->value_or(0);
  const int32_t two = PackedPolicySize(Noise(1024, 1), {}, {{"k", Noise(256, 2)}})->value_or(0);
  EXPECT_THAT(one, AllOf(Ge(18), Le(22)));  // 1024 characters of 6 bits are 768 bytes of 4096.
  EXPECT_GT(two, one);
}

TEST(PackedPolicySize, DoesNotCountTransitiveMarksNorOrder) {
  EXPECT_EQ(*PackedPolicySize("{}", {"b", "a"}, {{"k", "v", true}, {"a", "b", false}}),
            *PackedPolicySize("{}", {"a", "b"}, {{"a", "b", true}, {"k", "v", false}}));
}

TEST(PackedPolicySize, InlineTextOf2048CharactersAndOneMore) {
  std::string text;
  for (int i = 0; i < 2048; ++i) text += "\u00FF";  // Characters, not bytes.
  EXPECT_TRUE(PackedPolicySize(text, {}, {}).ok());
  const auto size = PackedPolicySize(text + " ", {}, {});
  EXPECT_EQ(base::ReasonOf(size.status()), "ValidationError");
  EXPECT_THAT(std::string(size.status().message()),
              HasSubstr("at 'policy' failed to satisfy constraint: Member must have length less "
                        "than or equal to 2048"));
}

TEST(PackedPolicySize, RefusesMoreThanTheAllotment) {
  // 384 characters a tag, 288 bytes packed: 13 fit into 4096 bytes, 15 do not.
  const auto fits = PackedPolicySize(std::nullopt, {}, NoisyTags(13));
  ASSERT_TRUE(fits.ok()) << fits.status();
  EXPECT_THAT(fits->value_or(0), AllOf(Ge(90), Le(100)));
  const auto too_large = PackedPolicySize(std::nullopt, {}, NoisyTags(15));
  EXPECT_EQ(too_large.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(base::ReasonOf(too_large.status()), "PackedPolicyTooLarge");
  EXPECT_THAT(std::string(too_large.status().message()),
              testing::MatchesRegex("Packed policy consumes 1[01][0-9]% of allotted space, please "
                                    "use smaller policy\\."));
}

}  // namespace
}  // namespace portcullis::session
