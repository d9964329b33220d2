// What the tests of patterns share.
#ifndef PORTCULLIS_TESTS_UNIT_POLICY_PATTERN_FOR_TEST_H_
#define PORTCULLIS_TESTS_UNIT_POLICY_PATTERN_FOR_TEST_H_

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "server/policy/pattern.h"

namespace portcullis::policy {

// A context with a variable of every sort.
class PatternContextTest : public ::testing::Test {
 protected:
  PatternContextTest() {
    context_.AddOwned("aws:username", {"ana"}, false);
    context_.AddOwned("aws:PrincipalTag/star", {"*"}, false);
    context_.AddOwned("aws:PrincipalTag/nested", {"${aws:username}"}, false);
    context_.AddOwned("aws:PrincipalTag/empty", {""}, false);
    context_.AddOwned("aws:PrincipalTag/path", {"a/b:c"}, false);
    context_.AddOwned("aws:PrincipalAccount", {"111122223333"}, false);
    context_.AddOwned("aws:PrincipalArn", {"arn:aws:iam::111122223333:user/ana"}, false);
    context_.AddOwned("app:many", {"x"}, true);
    context_.AddOwned("aws:TagKeys", {"x"}, false);
    context_.AddAmbiguous("aws:PrincipalTag/twice");
  }

  RequestContext context_;
};

// The answer of a table over every pair of places: obviously right.
inline bool MatchesNaively(std::string_view pattern, std::string_view text) {
  std::vector<bool> reached(text.size() + 1, false);
  reached[0] = true;
  for (const char c : pattern) {
    std::vector<bool> next(text.size() + 1, false);
    for (size_t i = 0; i <= text.size(); ++i) {
      if (c == '*') {
        next[i] = reached[i] || (i > 0 && next[i - 1]);
      } else if (i > 0) {
        next[i] = reached[i - 1] && (c == '?' || c == text[i - 1]);
      }
    }
    reached = next;
  }
  return reached[text.size()];
}

// All texts of up to `size_max` characters.
inline std::vector<std::string> AllTexts(std::string_view alphabet, size_t size_max) {
  std::vector<std::string> texts = {""};
  for (size_t begin = 0, size = 0; size < size_max; ++size) {
    const size_t end = texts.size();
    for (; begin < end; ++begin) {
      for (const char c : alphabet) texts.push_back(texts[begin] + c);
    }
  }
  return texts;
}

}  // namespace portcullis::policy

#endif  // PORTCULLIS_TESTS_UNIT_POLICY_PATTERN_FOR_TEST_H_
