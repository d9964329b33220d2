#include "client/import_report.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/client/import_helpers.h"

namespace portcullis::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(ImportReportTest, TellsThePathOfAPlace) {
  ImportReport report;
  const uint32_t input = report.AddJson("a.json",
                                        "{\"Users\": [\n  {\"Name\": \"x\"},\n"
                                        "  {\"Name\": \"y\", \"Tags\": [1, 2]}]}");
  const base::Node& root = report.values(input).at(0).root();
  const base::Node& second = *root.Find("Users")->first_child->next_sibling;
  report.NotCarried({input, second.Find("Tags")->first_child->next_sibling->begin}, "two");
  report.NotCarried({input, second.Find("Name")->begin}, "name");
  report.NotCarried({input, {1, 1}}, "all");
  report.NotCarried({input, {1, 1}}, "all");
  EXPECT_THAT(Lines(report.not_carried()),
              ElementsAre("a.json:1:1: all", "a.json:3:12: Users[1].Name: name",
                          "a.json:3:29: Users[1].Tags[1]: two"));
  EXPECT_EQ(report.Format({input, {3, 4}}), "a.json:3:4");
  EXPECT_FALSE(report.has_errors());
}

// Messages are lines of text, whatever the names of members are.
TEST(ImportReportTest, QuotesStrangeMembersInPaths) {
  ImportReport report;
  const uint32_t input =
      report.AddJson("a.json", R"({"a\nb": {"\u001b[2J": 1}, "": 2, "\u00e9 x": 3})");
  for (const base::Node& member : report.values(input).at(0).root().children()) {
    const base::Node& node = member.is_mapping() ? *member.first_child : member;
    report.NotCarried({input, node.begin}, "it");
  }
  EXPECT_THAT(Lines(report.not_carried()),
              ElementsAre("a.json:1:24: `a\\nb`.`\\x1b[2J`: it", "a.json:1:32: ``: it",
                          "a.json:1:47: \u00e9 x: it"));
}

// The AWS command line prints one object; pages written one after another are several.
TEST(ImportReportTest, ReadsValuesOneAfterAnother) {
  ImportReport report;
  const uint32_t input =
      report.AddJson("a.json", " {\"a\": \"}{\\\"[\"}\n{\"b\": [{}]} [\"\u00e9\"]  {\"c\": 1}\n");
  EXPECT_THAT(Lines(report.errors()), IsEmpty());
  ASSERT_EQ(report.values(input).size(), 4U);
  report.Error({input, report.values(input)[3].root().Find("c")->begin}, "c");
  EXPECT_THAT(Lines(report.errors(), "error"), ElementsAre("a.json:2:26: error: c: c"));
}

TEST(ImportReportTest, ReportsWhatIsNotJson) {
  ImportReport report;
  report.AddJson("empty.json", "");
  report.AddJson("bad.json", "{\"a\": 1}\n{\"b\": }");
  report.AddJson("twice.json", "{\"a\": 1, \"a\": 2}");
  report.AddJson("latin.json", "{\"a\": \"\xe9\"}");
  EXPECT_THAT(Lines(report.errors(), "error"),
              ElementsAre(HasSubstr("empty.json:1:1: error: "), HasSubstr("bad.json:2:"),
                          HasSubstr("twice.json:1:10: error: "),
                          "latin.json:1:1: error: text is not UTF-8"));
}

}  // namespace
}  // namespace portcullis::client
