#include "server/query/form.h"

#include <string>
#include <string_view>

#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "server/base/str_cat.h"

namespace portcullis::query {
namespace {

Form Parsed(std::string_view query, std::string_view body = "") {
  absl::StatusOr<Form> form = Form::Parse(query, body);
  EXPECT_TRUE(form.ok()) << form.status();
  return form.ok() ? *std::move(form) : Form();
}

std::string Reason(std::string_view query, std::string_view body = "") {
  const absl::StatusOr<Form> form = Form::Parse(query, body);
  return form.ok() ? "accepted" : base::ReasonOf(form.status());
}

std::string Value(const Form& form, std::string_view name) {
  const std::string* value = form.Find(name);
  return value == nullptr ? "absent" : base::Concat({"'", *value, "'"});
}

TEST(Form, DecodesWhatClientsSend) {  // Spec 1.2, R-5.1
  const Form form = Parsed("", "Action=AssumeRole&Name=a+b%20c%2Bd%2A~&Empty=&Bare&J=%7B%22%C3%A4");
  EXPECT_EQ(Value(form, "Action"), "'AssumeRole'");
  EXPECT_EQ(Value(form, "Name"), "'a b c+d*~'");
  EXPECT_EQ(Value(form, "Empty"), "''");
  EXPECT_EQ(Value(form, "Bare"), "''");
  EXPECT_EQ(Value(form, "J"), "'{\"\xc3\xa4'");
  EXPECT_EQ(Value(form, "action"), "absent") << "names are case-sensitive";
  EXPECT_EQ(Value(Parsed("", "a=b=c"), "a"), "'b=c'");
  EXPECT_EQ(Value(Parsed("", "&&a=1&&"), "a"), "'1'");
}

TEST(Form, TakesQueryAndBodyTogether) {
  const Form form = Parsed("X-Amz-Date=1&Action=A", "Version=V");
  EXPECT_EQ(Value(form, "Action"), "'A'");
  EXPECT_EQ(Value(form, "Version"), "'V'");
  EXPECT_EQ(Value(form, "X-Amz-Date"), "'1'");
}

TEST(Form, RefusesRepeatedNames) {  // Spec 1.2
  EXPECT_EQ(Reason("", "a=1&b=2&a=1"), "InvalidQueryParameter");
  EXPECT_EQ(Reason("", "a=1&%61=1"), "InvalidQueryParameter");
  EXPECT_EQ(Reason("a=1", "a=1"), "InvalidQueryParameter");
  EXPECT_EQ(Reason("a=1&a=2"), "InvalidQueryParameter");
  EXPECT_EQ(Reason("", "a=1&A=1"), "accepted");
}

TEST(Form, RefusesWhatIsNoText) {
  for (const std::string_view text : {"a=%", "a=%4", "a=%g1", "%zz=1", "a=1&b%", "a=%C3", "a=%ff",
                                      "%C3=1", "a=\xff", "a=%ED%A0%80"}) {
    EXPECT_EQ(Reason("", text), "MalformedQueryString") << text;
    EXPECT_EQ(Reason(text), "MalformedQueryString") << text;
  }
}

TEST(Form, IsBounded) {
  std::string most;
  for (size_t i = 0; i < kParametersMax; ++i) most += base::StrCat("p", i, "=&");
  EXPECT_EQ(Reason("", most), "accepted");
  EXPECT_EQ(Reason("", most + "more="), "InvalidQueryParameter");
  EXPECT_EQ(Reason("more=", most), "InvalidQueryParameter");
  EXPECT_EQ(Reason("", std::string(kParameterNameBytesMax, 'n') + "=1"), "accepted");
  EXPECT_EQ(Reason("", std::string(kParameterNameBytesMax + 1, 'n') + "=1"),
            "InvalidQueryParameter");
  EXPECT_EQ(Reason("", std::string(2'000'000, 'n')), "InvalidQueryParameter");
}

TEST(Form, QuotesNoValues) {
  const absl::Status status = Form::Parse("", "TokenCode=123456&TokenCode=123456").status();
  EXPECT_NE(status.message().find("TokenCode"), std::string::npos);
  EXPECT_EQ(status.message().find("123456"), std::string::npos);
}

// The scalars of a list, or the reason why there are none.
std::string List(const Form& form, std::string_view name) {
  const auto elements = FormView(form).Elements(name);
  if (!elements.ok()) return base::ReasonOf(elements.status());
  std::string all;
  for (const FormView& element : *elements) {
    all += base::Concat({"[", element.Value() == nullptr ? "structure" : *element.Value(), "]"});
  }
  return all;
}

TEST(FormView, ReadsListsInTheOrderOfTheirIndices) {
  const Form form = Parsed("", "A.member.10=ten&A.member.2=two&A.member.1=one&AB.member.1=x&A=y");
  EXPECT_EQ(List(form, "A"), "[one][two][ten]");
  EXPECT_EQ(List(form, "AB"), "[x]");
  EXPECT_EQ(List(form, "B"), "");
  EXPECT_EQ(List(Parsed("", "A="), "A"), "") << "how some clients write an empty list";
}

TEST(FormView, ReadsNestedStructures) {  // Spec 1.2
  const Form form = Parsed("",
                           "ContextEntries.member.1.ContextKeyName=aws:a&"
                           "ContextEntries.member.1.ContextKeyValues.member.1=x&"
                           "ContextEntries.member.1.ContextKeyValues.member.2=y&"
                           "ContextEntries.member.2.ContextKeyName=aws:b&"
                           "PolicyArns.member.1.arn=p");
  const auto entries = FormView(form).Elements("ContextEntries");
  ASSERT_TRUE(entries.ok()) << entries.status();
  ASSERT_EQ(entries->size(), 2u);
  EXPECT_EQ(*entries->at(0).Find("ContextKeyName"), "aws:a");
  EXPECT_EQ(*entries->at(1).Find("ContextKeyName"), "aws:b");
  EXPECT_EQ(entries->at(0).Value(), nullptr);
  const auto values = entries->at(0).Elements("ContextKeyValues");
  ASSERT_TRUE(values.ok()) << values.status();
  ASSERT_EQ(values->size(), 2u);
  EXPECT_EQ(*values->at(1).Value(), "y");
  EXPECT_TRUE(entries->at(1).Elements("ContextKeyValues")->empty());
  EXPECT_EQ(*FormView(form).Elements("PolicyArns")->at(0).Find("arn"), "p");
}

// A session policy that is mistyped must not be a session without one.
TEST(FormView, RefusesWhatIsNoElement) {
  for (const std::string_view name :
       {"A.1", "A.member", "A.member.", "A.member.x", "A.member.0", "A.member.01", "A.member.-1",
        "A.member.1x", "A.member.10000", "A.member.99999999999999999999", "A.Member.1", "A.",
        "A.member..x", "A.entry.1"}) {
    const Form form = Parsed("", base::Concat({name, "=1&A.member.1=1"}));
    EXPECT_EQ(List(form, "A"), "InvalidQueryParameter") << name;
  }
  EXPECT_EQ(List(Parsed("", "A.member.9999=1"), "A"), "[1]");
}

}  // namespace
}  // namespace portcullis::query
