#include "server/store/password_policy.h"

#include <algorithm>

#include "absl/strings/ascii.h"

#include "server/base/str_cat.h"
#include "server/base/text.h"

namespace portcullis::store {
namespace {

constexpr std::string_view kSymbols = "!@#$%^&*()_+-=[]{}|'";
constexpr int64_t kDefaultLengthMin = 8;
constexpr int kDefaultClassesMin = 3;

// Which of the four classes of characters a password has.
struct Classes {
  bool symbols = false;
  bool numbers = false;
  bool uppercase = false;
  bool lowercase = false;
};

Classes ClassesOf(std::string_view password) {
  Classes classes;
  for (const char c : password) {
    classes.symbols |= kSymbols.find(c) != std::string_view::npos;
    classes.numbers |= absl::ascii_isdigit(static_cast<unsigned char>(c));
    classes.uppercase |= absl::ascii_isupper(static_cast<unsigned char>(c));
    classes.lowercase |= absl::ascii_islower(static_cast<unsigned char>(c));
  }
  return classes;
}

void CheckLength(std::string_view password, int64_t length_min,
                 std::vector<std::string>* violations) {
  const auto length = static_cast<int64_t>(base::CodePointCount(password));
  if (length < length_min) {
    violations->push_back(
        base::StrCat("Password should have a minimum length of ", length_min, " characters"));
  }
  if (length > kPasswordLengthMax) {
    violations->push_back(base::StrCat("Password should have a maximum length of ",
                                       kPasswordLengthMax, " characters"));
  }
}

void CheckRequired(const PasswordPolicy& policy, const Classes& classes,
                   std::vector<std::string>* violations) {
  const auto require = [&](bool required, bool present, std::string_view what) {
    if (required && !present) {
      violations->push_back(base::StrCat("Password should have at least one ", what));
    }
  };
  require(policy.require_symbols, classes.symbols, "symbol");
  require(policy.require_numbers, classes.numbers, "number");
  require(policy.require_uppercase_characters, classes.uppercase, "uppercase character");
  require(policy.require_lowercase_characters, classes.lowercase, "lowercase character");
}

// what applies to an account without a policy.
void CheckDefault(std::string_view password, const Classes& classes,
                  absl::Span<const std::string_view> identifiers,
                  std::vector<std::string>* violations) {
  const int count = classes.symbols + classes.numbers + classes.uppercase + classes.lowercase;
  if (count < kDefaultClassesMin) {
    violations->push_back(
        base::StrCat("Password should have at least ", kDefaultClassesMin,
                     " of: symbols, numbers, uppercase characters, lowercase characters"));
  }
  if (std::any_of(identifiers.begin(), identifiers.end(), [&](std::string_view identifier) {
        return !identifier.empty() && base::EqualFolded(identifier, password);
      })) {
    violations->push_back("Password should not be the name or mail address of the account");
  }
}

}  // namespace

std::vector<std::string> PasswordPolicyViolations(const std::optional<PasswordPolicy>& policy,
                                                  std::string_view password,
                                                  absl::Span<const std::string_view> identifiers) {
  std::vector<std::string> violations;
  if (!base::IsValidUtf8(password)) {
    return {"Password should be valid UTF-8"};  // Its characters cannot be counted.
  }
  const Classes classes = ClassesOf(password);
  CheckLength(password, policy.has_value() ? policy->minimum_password_length : kDefaultLengthMin,
              &violations);
  if (policy.has_value()) {
    CheckRequired(*policy, classes, &violations);
  } else {
    CheckDefault(password, classes, identifiers, &violations);
  }
  return violations;
}

}  // namespace portcullis::store
