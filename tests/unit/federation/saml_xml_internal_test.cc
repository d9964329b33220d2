#include "server/federation/saml_xml_internal.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/text.h"

namespace portcullis::federation {
namespace {

using ::testing::HasSubstr;

constexpr XmlLimits kStrict = {
    .depth_max = 4, .elements_max = 6, .attributes_max = 3, .decorations_allowed = false};
constexpr XmlLimits kLenient = {
    .depth_max = 4, .elements_max = 6, .attributes_max = 3, .decorations_allowed = true};

TEST(ParseXml, ReadsElementsAttributesAndText) {
  const absl::StatusOr<XmlDocument> document = ParseXml(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<n:a xmlns:n='urn:n' x='1 &amp; 2&#x21;'>"
      "<n:b>one &lt;two&gt;</n:b><c/></n:a>",
      kStrict);
  ASSERT_TRUE(document.ok()) << document.status();
  const xmlNode* const root = xmlDocGetRootElement(document->get());
  EXPECT_TRUE(IsElement(root, "urn:n", "a"));
  EXPECT_FALSE(IsElement(root, "urn:m", "a"));
  EXPECT_FALSE(IsElement(root, "urn:n", "b"));
  EXPECT_EQ(NameOf(root), "n:a");
  EXPECT_EQ(AttributeOf(root, "x"), "1 & 2!");
  EXPECT_EQ(AttributeOf(root, "y"), std::nullopt);
  ASSERT_EQ(ChildElements(root).size(), 2u);
  ASSERT_EQ(ChildElements(root, "urn:n", "b").size(), 1u);
  EXPECT_EQ(TextOf(ChildElements(root)[0]).value(), "one <two>");
  EXPECT_EQ(TextOf(ChildElements(root)[1]).value(), "");
  EXPECT_FALSE(IsElement(ChildElements(root)[1], "", "c"));
  EXPECT_EQ(NameOf(ChildElements(root)[1]), "c");
}

TEST(ParseXml, KnowsAttributesOfOtherNamespacesApart) {
  const absl::StatusOr<XmlDocument> document =
      ParseXml("<a xmlns:n='urn:n' n:x='other'/>", kStrict);
  ASSERT_TRUE(document.ok()) << document.status();
  EXPECT_EQ(AttributeOf(xmlDocGetRootElement(document->get()), "x"), std::nullopt);
}

struct BadText {
  const char* name;
  std::string text;
  const char* message;
};

std::vector<BadText> BadTexts() {
  std::string laughs = "<!DOCTYPE a [<!ENTITY l0 'ha'>";
  for (int i = 1; i < 10; ++i) {
    const std::string n = std::to_string(i);
    const std::string p = std::to_string(i - 1);
    laughs += "<!ENTITY l" + n + " '";
    for (int k = 0; k < 10; ++k) laughs += "&l" + p + ";";
    laughs += "'>";
  }
  return {
      {"billion laughs", laughs + "]><a>&l9;</a>", "document type"},
      {"external entity", "<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/hostname'>]><a>&e;</a>",
       "document type"},
      {"parameter entity", "<!DOCTYPE a [<!ENTITY % e SYSTEM 'http://127.0.0.1:9/'>%e;]><a/>",
       "document type"},
      {"external subset", "<!DOCTYPE a SYSTEM 'http://127.0.0.1:9/a.dtd'><a/>", "document type"},
      {"default attribute", "<!DOCTYPE a [<!ATTLIST a ID ID 'x'>]><a/>", "document type"},
      {"bare document type", "<!DOCTYPE a><a/>", "document type"},
      {"unknown entity", "<a>&e;</a>", "line 1"},
      {"processing instruction", "<a><?php x?></a>", "processing instruction"},
      {"processing instruction before", "<?x?><a/>", "processing instruction"},
      {"style sheet", "<?xml-stylesheet href='x'?><a/>", "processing instruction"},
      {"comment", "<a>b<!-- c -->d</a>", "a comment"},
      {"comment after", "<a/><!-- c -->", "a comment"},
      {"CDATA", "<a><![CDATA[b]]></a>", "CDATA"},
      {"too deep", "<a><a><a><a><a/></a></a></a></a>", "line 1: elements are nested too deeply"},
      {"too many", "<a><b/><b/><b/><b/><b/>\n<b/></a>", "line 2: too many elements"},
      {"too many attributes", "<a a='' b='' c='' d=''/>", "too many attributes"},
      {"too many namespaces", "<a xmlns='u:a' xmlns:b='u:b' c='' d=''/>", "too many attributes"},
      {"not closed", "<a><b></a>", "line 1"},
      {"two roots", "<a/><b/>", "line 1"},
      {"empty", "", "line"},
      {"text only", "a", "line 1"},
      {"undeclared prefix", "<n:a/>", "line 1"},
      {"attribute twice", "<a x='1' x='2'/>", "line 1"},
      {"attribute twice by namespace", "<a xmlns:n='u' xmlns:m='u' n:x='' m:x=''/>", "line 1"},
      {"not UTF-8", "<a>\xE9</a>", "UTF-8"},
      {"NUL", std::string("<a>\0</a>", 8), "UTF-8"},
      {"UTF-16", std::string("\xFF\xFE<\0a\0/\0>\0", 10), "UTF-8"},
      {"control character", "<a>\x01</a>", "line 1"},
      {"XML 1.1 control", "<?xml version='1.1'?><a>&#1;</a>", "line 1"},
  };
}

TEST(ParseXml, Refuses) {
  for (const BadText& c : BadTexts()) {
    SCOPED_TRACE(c.name);
    testing::internal::CaptureStderr();
    const absl::StatusOr<XmlDocument> document = ParseXml(c.text, kStrict);
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
    EXPECT_EQ(document.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(document.status().message()), HasSubstr(c.message));
  }
}

// The attack on readers that trust the encoding a document claims: in UTF-7 this is a document
// type. Here it stays what its bytes are, whatever the claim.
TEST(ParseXml, ReadsUtf8WhateverTheDocumentClaims) {
  for (const char* encoding : {"UTF-7", "UTF-16", "ISO-8859-1", "EBCDIC-US", "no-such"}) {
    const absl::StatusOr<XmlDocument> document =
        ParseXml(base::Concat({"<?xml version=\"1.0\" encoding=\"", encoding,
                               "\"?><a>+ADwAIQ-DOCTYPE \xC3\xA9</a>"}),
                 kStrict);
    ASSERT_TRUE(document.ok()) << encoding << ": " << document.status();
    EXPECT_EQ(TextOf(xmlDocGetRootElement(document->get())).value(), "+ADwAIQ-DOCTYPE \xC3\xA9");
  }
}

TEST(ParseXml, RefusesAHugeTagBeforeComparingItsAttributes) {
  std::string text = "<a";
  for (int i = 0; i < 200000; ++i) text += " a" + std::to_string(i) + "=''";
  EXPECT_FALSE(ParseXml(text + "/>", kStrict).ok());
}

TEST(TextOf, IsNeverCutShort) {
  for (const char* text : {"<a>user@x<!---->.evil</a>", "<a>user@x<![CDATA[.evil]]></a>",
                           "<a>user@x<b/>.evil</a>", "<a><!-- only --></a>"}) {
    const absl::StatusOr<XmlDocument> document = ParseXml(text, kLenient);
    ASSERT_TRUE(document.ok()) << text << ": " << document.status();
    EXPECT_EQ(TextOf(xmlDocGetRootElement(document->get())).status().code(),
              absl::StatusCode::kInvalidArgument)
        << text;
  }
}

TEST(DecodeBase64, IsStrict) {
  EXPECT_EQ(DecodeBase64("", ""), "");
  EXPECT_EQ(DecodeBase64("Zm9v", ""), "foo");
  EXPECT_EQ(DecodeBase64("Zg==", ""), "f");
  EXPECT_EQ(DecodeBase64("Z\r\ng=\n=", "\r\n"), "f");
  EXPECT_EQ(DecodeBase64("+/+/", ""), "\xFB\xFF\xBF");
  for (const char* bad : {"Zg", "Zg=", "Zh==", "Zm9v=", "Zm9v====", "Zm 9v", "Zm9v\n", "-_-_", "Z",
                          "====", "Zg==Zg==", "Zm9.", "Zg.."}) {
    EXPECT_EQ(DecodeBase64(bad, ""), std::nullopt) << bad;
  }
}

TEST(ParseSamlTime, ReadsTimesInUtc) {  // SAML core 1.3.3
  const absl::Time second = absl::FromUnixSeconds(1795348800);
  EXPECT_EQ(ParseSamlTime("2026-11-22T12:00:00Z"), second);
  EXPECT_EQ(ParseSamlTime("2026-11-22T12:00:00.25Z"), second + absl::Milliseconds(250));
  EXPECT_EQ(ParseSamlTime("2026-11-22T12:00:00.000000001Z"), second + absl::Nanoseconds(1));
  EXPECT_EQ(ParseSamlTime("2024-02-29T23:59:59Z"), absl::FromUnixSeconds(1709251199));
  EXPECT_EQ(ParseSamlTime("1970-01-01T00:00:00Z"), absl::UnixEpoch());
  EXPECT_TRUE(ParseSamlTime("9999-12-31T23:59:59Z").has_value());
}

TEST(ParseSamlTime, RefusesEverythingElse) {
  for (const char* bad : {"",
                          "Z",
                          "2026-11-22",
                          "2026-11-22T12:00:00",
                          "2026-11-22T12:00:00+00:00",
                          "2026-11-22t12:00:00Z",
                          "2026-11-22T12:00:00z",
                          "2026-11-22 12:00:00Z",
                          " 2026-11-22T12:00:00Z",
                          "2026-11-22T12:00:00Z ",
                          "2026-02-29T12:00:00Z",
                          "2026-13-01T12:00:00Z",
                          "2026-00-10T12:00:00Z",
                          "2026-11-31T12:00:00Z",
                          "2026-11-22T24:00:00Z",
                          "2026-11-22T12:60:00Z",
                          "2026-11-22T12:00:60Z",
                          "2026-11-22T12:00:00.Z",
                          "2026-11-22T12:00:00.1234567890Z",
                          "2026-11-22T12:00:00,5Z",
                          "2026-11-22T12:00:00.-1Z",
                          "+026-11-22T12:00:00Z",
                          "-2026-11-22T12:00:00Z",
                          "infinite-futureZ",
                          "1795348800Z"}) {
    EXPECT_EQ(ParseSamlTime(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace portcullis::federation
