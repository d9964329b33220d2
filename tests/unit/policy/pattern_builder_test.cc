#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "server/policy/pattern.h"

namespace portcullis::policy {
namespace {

TEST(PatternBuilder, MalformedVariables) {  // R-2.46.
  for (const std::string_view source :
       {"${", "a${aws:username", "${}", "${aws:user name}", "${ aws:username}", "${aws:username }",
        "${aws:username, nobody}", "${aws:username, 'nobody}", "${aws:username, 'a' b}",
        "${aws:username,}", "${a${b}}", "${aws:username, 'x'"}) {
    EXPECT_EQ(Pattern::Compile(source, {.variables = true}).status().code(),
              absl::StatusCode::kInvalidArgument)
        << source;
    EXPECT_TRUE(Pattern::Compile(source, {}).ok()) << source;
  }
}

TEST(PatternBuilder, Properties) {
  const auto exact = Pattern::Compile("abc", {.wildcards = true});
  ASSERT_TRUE(exact.ok());
  EXPECT_TRUE((*exact)->is_exact());
  EXPECT_EQ((*exact)->literal_prefix(), "abc");
  const auto general = Pattern::Compile("ab?c${aws:username}", {true, true, false});
  ASSERT_TRUE(general.ok());
  EXPECT_FALSE((*general)->is_exact());
  EXPECT_TRUE((*general)->has_variables());
  EXPECT_EQ((*general)->literal_prefix(), "ab");
  std::vector<std::string> variables;
  (*general)->ForEachVariable(
      [&](ConditionKeyView name) { variables.emplace_back(name.folded()); });
  EXPECT_EQ(variables, std::vector<std::string>{"aws:username"});
  const auto any = Pattern::Compile("*", {.wildcards = true});
  ASSERT_TRUE(any.ok());
  EXPECT_TRUE((*any)->is_any());
}

}  // namespace
}  // namespace portcullis::policy
