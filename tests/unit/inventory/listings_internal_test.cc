#include "server/inventory/listings_internal.h"

#include "gtest/gtest.h"

#include "tests/unit/inventory/world.h"

namespace portcullis::inventory {
namespace {

TEST(Listings, TagsByKeyInByteOrder) {
  std::vector<store::Tag> tags(3);
  tags[0].key = "b";
  tags[1].key = "a";
  tags[2].key = "B";
  tags[2].value = "2";
  const absl::StatusOr<base::Shape> listed = ListTags("ListX", Parameters(), tags);
  ASSERT_TRUE(listed.ok()) << listed.status();
  base::JsonWriter writer;
  base::WriteJson(*listed, &writer);
  EXPECT_EQ(writer.text(),
            R"({"Tags":[{"Key":"B","Value":"2"},{"Key":"a","Value":""},{"Key":"b","Value":""}],)"
            R"("IsTruncated":false})");
}

}  // namespace
}  // namespace portcullis::inventory
