#include "server/query/parameter_reader.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "server/base/text.h"

namespace portcullis::query {
namespace {

Form Parsed(std::string_view body) {
  absl::StatusOr<Form> form = Form::Parse("", body);
  EXPECT_TRUE(form.ok()) << form.status();
  return form.ok() ? *std::move(form) : Form();
}

std::string Text(const absl::Status& status) {
  if (status.ok()) return "OK";
  return base::ReasonOf(status) + ": " + std::string(status.message());
}

TEST(ParameterReader, TellsAbsentFromEmpty) {
  const Form form = Parsed("a=1&b=");
  ParameterReader reader{FormView(form)};
  EXPECT_EQ(reader.Text("a"), "1");
  EXPECT_EQ(reader.Text("c"), "");
  EXPECT_EQ(reader.OptionalText("b"), "");
  EXPECT_EQ(reader.OptionalText("c"), std::nullopt);
  EXPECT_TRUE(reader.status().ok());
}

TEST(ParameterReader, ReadsIntegers) {
  const Form form = Parsed("a=3600&b=-1&c=0");
  ParameterReader reader{FormView(form)};
  EXPECT_EQ(reader.Integer("a"), 3600);
  EXPECT_EQ(reader.Integer("b"), -1);
  EXPECT_EQ(reader.Integer("c"), 0);
  EXPECT_EQ(reader.Integer("d"), std::nullopt);
  EXPECT_TRUE(reader.status().ok());
  for (const std::string_view bad :
       {"", "x", "1.5", "1e3", "%201", "1%20", "%2B1", "0x10", "99999999999", "3600s"}) {
    const Form malformed = Parsed(base::Concat({"DurationSeconds=", bad}));
    ParameterReader refusing{FormView(malformed)};
    EXPECT_EQ(refusing.Integer("DurationSeconds"), std::nullopt) << bad;
    EXPECT_EQ(base::ReasonOf(refusing.status()), "ValidationError") << bad;
  }
}

TEST(ParameterReader, ReportsEverythingInOneMessage) {
  const Form form = Parsed("DurationSeconds=x&Keys.member.1.Name=y&ProvidedContexts.member.1.a=1");
  ParameterReader reader{FormView(form)};
  reader.Integer("DurationSeconds");
  EXPECT_TRUE(reader.Texts("Keys").empty());
  reader.Refuse("ProvidedContexts", "not be passed");
  reader.Refuse("Absent", "not be passed");
  reader.Missing("Tags", 2, "value");
  EXPECT_EQ(Text(reader.status()),
            "ValidationError: 4 validation errors detected: Value 'x' at 'durationSeconds' failed "
            "to satisfy constraint: Member must be an integer; Value null at 'keys.1.member' "
            "failed to satisfy constraint: Member must not be null; Value '...' at "
            "'providedContexts' failed to satisfy constraint: Member must not be passed; Value "
            "null at 'tags.2.member.value' failed to satisfy constraint: Member must not be null");
}

TEST(ParameterReader, PutsMalformedListsFirst) {
  const Form form = Parsed("DurationSeconds=x&Keys.1=y&Keys.member.1=z");
  ParameterReader reader{FormView(form)};
  reader.Integer("DurationSeconds");
  EXPECT_TRUE(reader.Texts("Keys").empty());
  EXPECT_EQ(Text(reader.status()),
            "InvalidQueryParameter: The parameter `Keys.1` is no element of a list.");
}

TEST(ParameterReader, KeepsWhatElseIsWrong) {
  const Form form;
  ParameterReader reader{FormView(form)};
  reader.Fail(absl::OkStatus());
  EXPECT_TRUE(reader.status().ok());
  reader.Fail(absl::InvalidArgumentError("first"));
  reader.Fail(absl::InvalidArgumentError("second"));
  EXPECT_EQ(reader.status().message(), "first");
}

TEST(LowerCamel, LowersTheFirstLetter) {
  EXPECT_EQ(LowerCamel("RoleArn"), "roleArn");
  EXPECT_EQ(LowerCamel("SAMLAssertion"), "sAMLAssertion");
  EXPECT_EQ(LowerCamel(""), "");
}

}  // namespace
}  // namespace portcullis::query
