// The rules that passwords of an account's users must follow: section 8.1.
//
// Portcullis keeps no passwords and signs nobody in. The policy is declared, checked and reported
// for whoever does.
#ifndef PORTCULLIS_SERVER_STORE_PASSWORD_POLICY_H_
#define PORTCULLIS_SERVER_STORE_PASSWORD_POLICY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"

namespace portcullis::store {

// The values of omitted members are those of for an account that has a policy.
struct PasswordPolicy {
  int64_t minimum_password_length = 6;
  bool require_symbols = false;
  bool require_numbers = false;
  bool require_uppercase_characters = false;
  bool require_lowercase_characters = false;
  bool allow_users_to_change_password = false;
  int64_t max_password_age_days = 0;      // 0: passwords do not expire.
  int64_t password_reuse_prevention = 0;  // How many earlier passwords are refused.
  bool hard_expiry = false;

  bool expire_passwords() const { return max_password_age_days > 0; }
};

inline constexpr int64_t kPasswordLengthMin = 6;
inline constexpr int64_t kPasswordLengthMax = 128;
inline constexpr int64_t kPasswordAgeDaysMax = 1095;
inline constexpr int64_t kPasswordReusePreventionMax = 24;

// What of `policy` the password violates, one sentence each, without the password; empty: nothing.
// Without a policy the rules of apply: 8 to 128 characters, three of the four classes, and
// none of `identifiers` (the account's id, alias, mail address; compared without case).
//
// Lengths count code points. Letters and digits are those of ASCII, symbols those lists.
// Reuse is not checked: earlier passwords are not known here.
std::vector<std::string> PasswordPolicyViolations(
    const std::optional<PasswordPolicy>& policy, std::string_view password,
    absl::Span<const std::string_view> identifiers = {});

}  // namespace portcullis::store

#endif  // PORTCULLIS_SERVER_STORE_PASSWORD_POLICY_H_
