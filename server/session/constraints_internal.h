// Constraints of request parameters and the one sentence that reports their violations.
#ifndef PORTCULLIS_SERVER_SESSION_CONSTRAINTS_INTERNAL_H_
#define PORTCULLIS_SERVER_SESSION_CONSTRAINTS_INTERNAL_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace portcullis::session {

// What a text parameter must be. Lengths count code points.
struct TextConstraint {
  size_t length_min;
  size_t length_max;
  bool (*is_allowed)(char32_t code_point);
  std::string_view pattern;  // `is_allowed` in the words of the client model: for the message.
  bool secret = false;       // The value never appears in the message.
};

extern const TextConstraint kArnConstraint;
extern const TextConstraint kRoleSessionNameConstraint;
extern const TextConstraint kPolicyConstraint;
extern const TextConstraint kTagKeyConstraint;
extern const TextConstraint kTagValueConstraint;
extern const TextConstraint kExternalIdConstraint;
extern const TextConstraint kSerialNumberConstraint;
extern const TextConstraint kTokenCodeConstraint;
extern const TextConstraint kSourceIdentityConstraint;
extern const TextConstraint kWebIdentityTokenConstraint;
extern const TextConstraint kProviderIdConstraint;
extern const TextConstraint kSamlAssertionConstraint;
extern const TextConstraint kFederatedNameConstraint;
extern const TextConstraint kAccessKeyIdConstraint;
extern const TextConstraint kEncodedMessageConstraint;

// Collects violations, each as "Value '<v>' at '<name>' failed to satisfy constraint: Member must
// ...". Values are cut to a readable length and freed of control characters.
class ConstraintViolations {
 public:
  void CheckText(std::string_view name, std::string_view value, const TextConstraint& constraint);
  // Required parameters: empty counts as absent.
  void CheckRequired(std::string_view name, std::string_view value,
                     const TextConstraint& constraint);
  void CheckInteger(std::string_view name, int64_t value, int64_t min, int64_t max);
  // Elements of lists are checked one by one, under names such as "tags.1.member.key".
  void CheckCount(std::string_view name, size_t count, size_t count_max);

  // OK if there were none; otherwise INVALID_ARGUMENT, reason "ValidationError", with all of them
  // in one sentence. Past a few kilobytes, which no proxy would carry in a header, the rest is only
  // counted.
  absl::Status ToStatus() const;

 private:
  void Add(std::string_view name, std::string_view shown_value, std::string_view must);

  std::vector<std::string> violations_;
};

}  // namespace portcullis::session

#endif  // PORTCULLIS_SERVER_SESSION_CONSTRAINTS_INTERNAL_H_
