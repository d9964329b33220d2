#include "server/metadata/metadata_tokens.h"

#include <string>

#include "gtest/gtest.h"

namespace portcullis::metadata {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1795262400);

MetadataTokens Make() {
  auto tokens = MetadataTokens::Create();
  EXPECT_TRUE(tokens.ok()) << tokens.status();
  return *tokens;
}

TEST(MetadataTokensTest, AreGoodForTheirLife) {
  const MetadataTokens tokens = Make();
  const std::string token = tokens.Issue(kNow, 60);
  EXPECT_TRUE(tokens.IsValid(token, kNow));
  EXPECT_TRUE(tokens.IsValid(token, kNow + absl::Seconds(59)));
  EXPECT_FALSE(tokens.IsValid(token, kNow + absl::Seconds(60)));
  EXPECT_TRUE(tokens.IsValid(tokens.Issue(kNow, MetadataTokens::kLifetimeSecondsMax),
                             kNow + absl::Seconds(21599)));
}

TEST(MetadataTokensTest, CannotBeChanged) {
  const MetadataTokens tokens = Make();
  const std::string token = tokens.Issue(kNow, 60);
  for (size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == '0' ? '1' : '0';
    EXPECT_FALSE(tokens.IsValid(changed, kNow)) << i;
  }
  EXPECT_FALSE(tokens.IsValid("", kNow));
  EXPECT_FALSE(tokens.IsValid(token + "0", kNow));
  EXPECT_FALSE(tokens.IsValid(token.substr(1), kNow));
}

TEST(MetadataTokensTest, AreOneProcesssOwn) {
  EXPECT_FALSE(Make().IsValid(Make().Issue(kNow, 60), kNow));
}

}  // namespace
}  // namespace portcullis::metadata
