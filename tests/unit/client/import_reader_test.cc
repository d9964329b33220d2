#include "client/import_reader.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/json_writer.h"
#include "tests/unit/client/import_helpers.h"

namespace portcullis::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(ImportReaderTest, TimesAsClientsPrintThem) {
  const absl::Time time = absl::FromUnixSeconds(1'700'000'000);
  for (const char* text : {"2023-11-14T22:13:20Z", "2023-11-14T22:13:20+00:00",
                           "2023-11-14 22:13:20+00:00", "2023-11-14T23:13:20+01:00"}) {
    EXPECT_EQ(ParseAwsTime(text), time) << text;
  }
  for (const char* text : {"", "N/A", "no_information", "2023-11-14", "1700000000", "infinite-past",
                           "2023-13-14T22:13:20Z"}) {
    EXPECT_EQ(ParseAwsTime(text), std::nullopt) << text;
  }
}

struct Thing {
  Placed name;
  std::optional<int64_t> count;
  bool good = false;
  std::optional<absl::Time> made;
  AwsDocument document;
  std::vector<Placed> names;
};
constexpr ImportMember<Thing> kMembers[] = {
    {"Name", MemberUse::kRequired, &TextMember<&Thing::name>},
    {"Count", MemberUse::kOptional, &IntegerMember<&Thing::count>},
    {"Good", MemberUse::kOptional, &BooleanMember<&Thing::good>},
    {"Made", MemberUse::kOptional, &TimeMember<&Thing::made>},
    {"Document", MemberUse::kOptional, &DocumentMember<&Thing::document>},
    {"Names", MemberUse::kOptional, &TextListMember<&Thing::names>},
    {"Again", MemberUse::kImplied},
};

struct Reading {
  ImportReport report;
  AwsAccount account;
  Thing thing;
  bool complete = false;

  explicit Reading(std::string_view json) {
    const uint32_t input = report.AddJson("a.json", json);
    ImportContext context{report, account, input};
    complete = ReadMembers(context, report.values(input).at(0).root(), kMembers, &thing);
  }
  std::string Document() const {
    base::JsonWriter writer;
    return thing.document.root == nullptr ? ""
                                          : std::string(writer.Value(*thing.document.root).text());
  }
};

TEST(ImportReaderTest, ReadsMembers) {
  const Reading read(R"({"Name":"x","Count":7,"Good":true,"Made":"2023-11-14T22:13:20.75Z",)"
                     R"("Again":{"any":1},"Names":["a","b"],"Document":{"b":1,"a":2}})");
  EXPECT_TRUE(read.complete);
  EXPECT_THAT(Lines(read.report.errors()), IsEmpty());
  EXPECT_THAT(Lines(read.report.not_carried()), IsEmpty());
  EXPECT_EQ(read.thing.name.text, "x");
  EXPECT_EQ(read.thing.count, 7);
  EXPECT_TRUE(read.thing.good);
  EXPECT_EQ(read.thing.made, absl::FromUnixSeconds(1'700'000'000));
  EXPECT_EQ(read.thing.names.size(), 2U);
  EXPECT_EQ(read.Document(), R"({"b":1,"a":2})");
}

// Null is what boto3 makes of an absent member; 1970 is what servers tell for an unknown time.
TEST(ImportReaderTest, AbsentValues) {
  const Reading read(R"({"Name":"x","Count":null,"Made":"1970-01-01T00:00:00Z"})");
  EXPECT_TRUE(read.complete);
  EXPECT_THAT(Lines(read.report.errors()), IsEmpty());
  EXPECT_EQ(read.thing.count, std::nullopt);
  EXPECT_EQ(read.thing.made, std::nullopt);
}

TEST(ImportReaderTest, UnknownMembersAreListedAndWrongOnesAreErrors) {
  const Reading read(
      R"({"New":1,"Count":"7","Good":1,"Made":"soon","Names":"a","Document":[],"Name":null})");
  EXPECT_FALSE(read.complete);
  EXPECT_THAT(Lines(read.report.not_carried()),
              ElementsAre("a.json:1:2: New: member `New` is not known to this version of "
                          "Portcullis"));
  EXPECT_THAT(Lines(read.report.errors()), ElementsAre("a.json:1:1: member `Name` is missing"));
  const Reading wrong(
      R"({"Name":2,"Count":"7","Good":1,"Made":"soon","Names":["a",3],"Document":[]})");
  EXPECT_THAT(Lines(wrong.report.errors()),
              ElementsAre(HasSubstr("Name: expected a text, got a number"),
                          HasSubstr("Count: expected a whole number"),
                          HasSubstr("Good: expected `true` or `false`"),
                          HasSubstr("Made: time `soon` must be like"),
                          HasSubstr("Names[1]: expected a text"),
                          HasSubstr("Document: expected a policy document, got a list")));
}

TEST(ImportReaderTest, DocumentsAsTexts) {
  EXPECT_EQ(Reading(R"({"Name":"x","Document":" {\"a\":\"100%25\"}"})").Document(),
            R"({"a":"100%25"})");
  EXPECT_EQ(
      Reading(R"({"Name":"x","Document":"%7b%22a%22%3A%22x+y%2Bz%25%C3%A9%22%7D"})").Document(),
      "{\"a\":\"x+y+z%\u00e9\"}");
  EXPECT_THAT(Lines(Reading(R"({"Name":"x","Document":"%7"})").report.errors()),
              ElementsAre(HasSubstr("a `%` is not followed by two hexadecimal digits")));
  EXPECT_THAT(Lines(Reading(R"({"Name":"x","Document":"%7B%0A%22a%22%7D"})").report.errors()),
              ElementsAre(HasSubstr("a.json:1:24: Document: policy document, decoded, line 2 ")));
}

}  // namespace
}  // namespace portcullis::client
