#include "server/query/xml.h"

#include <string>
#include <string_view>

#include <libxml/parser.h>

#include "gtest/gtest.h"

#include "server/base/text.h"

namespace portcullis::query {
namespace {

using base::Shape;

constexpr std::string_view kId = "01234567-89ab-cdef-0123-456789abcdef";

bool Parses(const std::string& document) {
  xmlDoc* parsed = xmlReadMemory(document.data(), static_cast<int>(document.size()), "", nullptr,
                                 XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NONET);
  const bool good = parsed != nullptr;
  xmlFreeDoc(parsed);
  return good;
}

// What stands between ActionResult's tags.
std::string Result(const Shape& result) {
  const std::string document = ResponseDocument(Service::kIam, "X", result, kId);
  EXPECT_TRUE(Parses(document)) << document;
  const size_t begin = document.find("<XResult>") + 9;
  return document.substr(begin, document.find("</XResult>") - begin);
}

TEST(ResponseDocument, IsOfTheFormThatClientsInsistOn) {  // R-5.1, spec 2.1
  Shape credentials = Shape::Structure();
  credentials.Add("AccessKeyId", "ASIAIOSFODNN7EXAMPLE").Add("SecretAccessKey", "a/b+c=");
  credentials.Add("Expiration", Shape::Time(absl::FromUnixSeconds(1795266000)));
  Shape result = Shape::Structure();
  result.Add("Credentials", std::move(credentials)).Add("PackedPolicySize", Shape::Integer(6));
  EXPECT_EQ(ResponseDocument(Service::kSts, "AssumeRole", result, kId),
            "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
            "<AssumeRoleResult><Credentials><AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId>"
            "<SecretAccessKey>a/b+c=</SecretAccessKey><Expiration>2026-11-21T13:00:00Z</Expiration>"
            "</Credentials><PackedPolicySize>6</PackedPolicySize></AssumeRoleResult>"
            "<ResponseMetadata><RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId>"
            "</ResponseMetadata></AssumeRoleResponse>");
  EXPECT_EQ(ResponseDocument(Service::kIam, "ListUsers", Shape::Structure(), "r"),
            "<ListUsersResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">"
            "<ListUsersResult/><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>"
            "</ListUsersResponse>");
}

TEST(ResponseDocument, WritesEveryKindOfValue) {  // Spec 2.2
  Shape user = Shape::Structure();
  user.Add("UserName", "ana").Add("Path", "");
  Shape users = Shape::List();
  users.Append(std::move(user)).Append(Shape::String("x"));
  Shape counts = Shape::Map();
  counts.Add("Users", Shape::Integer(3)).Add("a & b", Shape::Integer(-1));
  Shape result = Shape::Structure();
  result.Add("Users", std::move(users));
  result.Add("None", Shape::List());
  result.Add("SummaryMap", std::move(counts));
  result.Add("IsTruncated", Shape::Boolean(true)).Add("No", Shape::Boolean(false));
  result.Add("Content", Shape::Bytes(std::string_view("a\0\xff", 3)));
  result.Add("Document", Shape::Json(R"({"a": "b+c/d~\u00e4*"})"));
  EXPECT_EQ(Result(result),
            "<Users><member><UserName>ana</UserName><Path/></member><member>x</member></Users>"
            "<None/>"
            "<SummaryMap><entry><key>Users</key><value>3</value></entry>"
            "<entry><key>a &amp; b</key><value>-1</value></entry></SummaryMap>"
            "<IsTruncated>true</IsTruncated><No>false</No><Content>YQD/</Content>"
            "<Document>%7B%22a%22%3A%20%22b%2Bc%2Fd~%5Cu00e4%2A%22%7D</Document>");
}

TEST(ResponseDocument, CarriesOnlyWhatXmlCan) {
  const struct {
    std::string_view text;
    std::string_view written;
  } cases[] = {
      {"<a> & \"b\" 'c'", "&lt;a&gt; &amp; &quot;b&quot; 'c'"},
      {" two  blanks ", " two  blanks "},
      {"tab\tline\nend", "tab\tline\nend"},
      {"carriage\rreturn", "carriage&#13;return"},
      {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
      {std::string_view("\0\x01\x1f\x7f", 4), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\x7f"},
      {"\xef\xbf\xbe\xef\xbf\xbf", "\xef\xbf\xbd\xef\xbf\xbd"},
      {"a\xff\xc3z", "a\xef\xbf\xbd\xef\xbf\xbdz"},
      {"]]>", "]]&gt;"},
  };
  for (const auto& c : cases) {
    Shape result = Shape::Structure();
    result.Add("T", c.text);
    EXPECT_EQ(Result(result), base::Concat({"<T>", c.written, "</T>"}));
  }
}

TEST(ResponseDocument, ParsesWhateverTheBytes) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text(3, static_cast<char>(byte));
    Shape map = Shape::Map();
    map.Add(text, text);
    Shape result = Shape::Structure();
    result.Add("M", std::move(map)).Add("J", Shape::Json(text)).Add("B", Shape::Bytes(text));
    EXPECT_TRUE(Parses(ResponseDocument(Service::kSts, "X", result, text))) << byte;
    EXPECT_TRUE(Parses(ErrorDocument(Service::kSts, {true, text, text}, text))) << byte;
  }
}

TEST(ErrorDocument, IsOfTheFormThatClientsInsistOn) {  // R-5.2, spec 2.3
  EXPECT_EQ(
      ErrorDocument(Service::kSts, {false, "AccessDenied", "User: a is <not> authorized"}, kId),
      "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error>"
      "<Type>Sender</Type><Code>AccessDenied</Code>"
      "<Message>User: a is &lt;not&gt; authorized</Message></Error>"
      "<RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId></ErrorResponse>");
  EXPECT_EQ(ErrorDocument(Service::kIam, {true, "ServiceFailure", "m"}, "r"),
            "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error>"
            "<Type>Receiver</Type><Code>ServiceFailure</Code><Message>m</Message></Error>"
            "<RequestId>r</RequestId></ErrorResponse>");
}

}  // namespace
}  // namespace portcullis::query
