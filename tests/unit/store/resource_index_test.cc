#include "server/store/resource_index.h"

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace portcullis::store {
namespace {

class ResourceIndexTest : public ::testing::Test {
 protected:
  bool Insert(std::string arn) {
    resources_.push_back(std::make_unique<Resource>());
    resources_.back()->arn = std::move(arn);
    return index_.Insert(resources_.back().get());
  }
  std::string Find(std::string_view arn) const {
    const Resource* found = index_.Find(arn);
    return found == nullptr ? "" : found->arn;
  }

 private:
  std::vector<std::unique_ptr<Resource>> resources_;
  ResourceIndex index_;
};

TEST_F(ResourceIndexTest, FindsTheNearestAncestor) {
  ASSERT_TRUE(Insert("arn:aws:s3:::b"));
  ASSERT_TRUE(Insert("arn:aws:s3:::b/dir"));
  ASSERT_TRUE(Insert("arn:aws:logs:eu:111111111111:log-group:app"));
  const struct {
    const char* asked;
    const char* found;
  } cases[] = {
      {"arn:aws:s3:::b", "arn:aws:s3:::b"},
      {"arn:aws:s3:::b/", "arn:aws:s3:::b"},
      {"arn:aws:s3:::b/x", "arn:aws:s3:::b"},
      {"arn:aws:s3:::b/x/y:z", "arn:aws:s3:::b"},
      {"arn:aws:s3:::b/dir", "arn:aws:s3:::b/dir"},
      {"arn:aws:s3:::b/dir/", "arn:aws:s3:::b/dir"},
      {"arn:aws:s3:::b/dir/x", "arn:aws:s3:::b/dir"},
      {"arn:aws:s3:::b/dirx", "arn:aws:s3:::b"},  // Another name, not below `dir`.
      {"arn:aws:s3:::bx", ""},
      {"arn:aws:s3:::", ""},
      {"arn:aws:s3:::B", ""},
      {"arn:aws:logs:eu:111111111111:log-group:app:stream",
       "arn:aws:logs:eu:111111111111:log-group:app"},
      {"arn:aws:logs:eu:111111111111:log-group", ""},
      {"", ""},
      {"*", ""},
  };
  for (const auto& c : cases) EXPECT_EQ(Find(c.asked), c.found) << c.asked;
}

TEST_F(ResourceIndexTest, RefusesTheSameArnTwice) {
  EXPECT_TRUE(Insert("arn:aws:s3:::b"));
  EXPECT_FALSE(Insert("arn:aws:s3:::b"));
}

TEST_F(ResourceIndexTest, NoResourceIsFoundInFieldsBeforeTheSixth) {
  ASSERT_TRUE(Insert("arn:aws:s3:::b"));
  EXPECT_EQ(Find("arn:aws:s3::"), "");
  EXPECT_EQ(Find("arn:aws"), "");
}

TEST_F(ResourceIndexTest, ManySegmentsAreHarmless) {
  ASSERT_TRUE(Insert("arn:aws:s3:::b"));
  EXPECT_EQ(Find("arn:aws:s3:::b" + std::string(2000, '/')), "arn:aws:s3:::b");
}

}  // namespace
}  // namespace portcullis::store
