#include "server/query/page.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "server/base/error_reason.h"

namespace portcullis::query {
namespace {

inventory::Parameters Parameters(const char* max_items, const char* marker) {
  inventory::Parameters parameters;
  if (max_items != nullptr) parameters.Set("MaxItems", max_items);
  if (marker != nullptr) parameters.Set("Marker", marker);
  return parameters;
}

const std::vector<int64_t> kItems = {0, 1, 2, 3, 4};

// The items of one page, "+" and the marker if there is more; or the reason of an error.
std::string PageOf(const char* max_items, const char* marker,
                   const std::vector<int64_t>& items = kItems) {
  const auto page = ReadPage(Parameters(max_items, marker));
  if (!page.ok()) return base::ReasonOf(page.status());
  base::Shape result = base::Shape::Structure();
  const auto end = AddPage(
      "Items", items, *page, [](int64_t item) { return base::Shape::Integer(item); }, &result);
  if (!end.ok()) return base::ReasonOf(end.status());
  AddPageEnd(*end, items.size(), &result);
  std::string text;
  for (const base::Shape::Member& item : result.Find("Items")->members()) {
    text += std::to_string(item.value.integer());
  }
  EXPECT_EQ(result.Find("IsTruncated")->boolean(), result.Find("Marker") != nullptr);
  if (result.Find("Marker") != nullptr) text += "+" + result.Find("Marker")->text();
  return text;
}

TEST(Page, GoesThroughTheList) {  // Spec 2.4
  EXPECT_EQ(PageOf("2", nullptr), "01+2");
  EXPECT_EQ(PageOf("2", "2"), "23+4");
  EXPECT_EQ(PageOf("2", "4"), "4");
  EXPECT_EQ(PageOf("5", nullptr), "01234");
  EXPECT_EQ(PageOf("1000", nullptr), "01234");
  EXPECT_EQ(PageOf(nullptr, nullptr, {}), "");
}

TEST(Page, HasAHundredItemsByDefault) {
  const std::vector<int64_t> many(101, 7);
  EXPECT_EQ(PageOf(nullptr, nullptr, many), std::string(100, '7') + "+100");
}

TEST(Page, RefusesMarkersThatNoAnswerHad) {
  for (const char* marker : {"0", "5", "6", "x", "-1", "1 ", "99999999999999999999"}) {
    EXPECT_EQ(PageOf("2", marker), "InvalidInput") << marker;
  }
  EXPECT_EQ(PageOf("2", "1", {}), "InvalidInput");
}

}  // namespace
}  // namespace portcullis::query
