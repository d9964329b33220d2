#include "server/base/shape.h"

#include <string>

#include "gtest/gtest.h"

namespace portcullis::base {
namespace {

std::string Json(const Shape& shape) {
  JsonWriter writer;
  WriteJson(shape, &writer);
  return std::string(writer.text());
}

TEST(Shape, ScalarsAsTheCommandLinePrintsThem) {
  EXPECT_EQ(Json(Shape::String("a\"b")), R"("a\"b")");
  EXPECT_EQ(Json(Shape::Integer(-3)), "-3");
  EXPECT_EQ(Json(Shape::Boolean(true)), "true");
  EXPECT_EQ(Json(Shape::Boolean(false)), "false");
  EXPECT_EQ(Json(Shape::Bytes("abc")), R"("YWJj")");
  EXPECT_EQ(Json(Shape::Json(R"({"Version":"2012-10-17"})")), R"({"Version":"2012-10-17"})");
}

TEST(Shape, TimesAreWholeSecondsOfUtc) {
  const absl::Time time = absl::FromUnixMillis(1795266000999);
  EXPECT_EQ(Json(Shape::Time(time)), R"("2026-11-21T13:00:00Z")");
}

TEST(Shape, MembersKeepTheirOrder) {
  Shape user = Shape::Structure();
  user.Add("UserName", "ana").Add("Path", "/").AddUnlessEmpty("Description", "");
  user.Add("Tags", Shape::List().Append(Shape::Structure().Add("Key", "b").Add("Value", "")));
  user.Add("Empty", Shape::List());
  user.Add("Map", Shape::Map().Add("Users", Shape::Integer(2)));
  EXPECT_EQ(Json(user),
            R"({"UserName":"ana","Path":"/","Tags":[{"Key":"b","Value":""}],"Empty":[],)"
            R"("Map":{"Users":2}})");
}

TEST(Shape, FindsMembersByName) {
  const Shape shape = Shape::Structure().Add("A", "1").Add("B", Shape::Integer(2));
  ASSERT_NE(shape.Find("B"), nullptr);
  EXPECT_EQ(shape.Find("B")->integer(), 2);
  EXPECT_EQ(shape.Find("b"), nullptr);
}

}  // namespace
}  // namespace portcullis::base
