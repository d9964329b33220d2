// Which condition keys a policy document refers to.
#ifndef PORTCULLIS_SERVER_POLICY_CONTEXT_KEYS_USED_H_
#define PORTCULLIS_SERVER_POLICY_CONTEXT_KEYS_USED_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"

namespace portcullis::policy {

// Collects the condition keys of documents: those of their Condition elements and those used as
// policy variables, once each without regard to case, in the order and the spelling in which they
// appear first. Not thread-safe.
class ContextKeysUsed {
 public:
  // INVALID_ARGUMENT "InvalidInput", with the first mistake and its place, if `json` is no identity
  // policy; then nothing was added.
  absl::Status Add(std::string_view json);

  const std::vector<std::string>& names() const { return names_; }

 private:
  void AddName(std::string_view name);

  std::vector<std::string> names_;
  absl::flat_hash_set<std::string> folded_;
};

}  // namespace portcullis::policy

#endif  // PORTCULLIS_SERVER_POLICY_CONTEXT_KEYS_USED_H_
