// A few bytes that tell most statements apart from the requests they cannot match.
#ifndef PORTCULLIS_SERVER_POLICY_STATEMENT_FILTER_H_
#define PORTCULLIS_SERVER_POLICY_STATEMENT_FILTER_H_

#include <cstdint>
#include <cstring>
#include <string_view>

#include "server/policy/compiled_policy.h"
#include "server/policy/request.h"

namespace portcullis::policy {

// What must hold of a request that matches a statement, as far as that can be said in a few bytes
// and asked in a few instructions, without the statement itself. May pass too many requests, never
// too few.
class StatementFilter {
 public:
  explicit StatementFilter(const CompiledStatement& statement);

  bool MayMatch(const AuthorizationRequest& request) const {
    return (action_bits_ & request.action_bits) != 0 && MayMatchResource(request.resource);
  }

 private:
  static constexpr uint16_t kAnyResource = UINT16_MAX;

  void SetActions(const CompiledStatement& statement);
  void SetResource(const CompiledStatement& statement);

  bool MayMatchResource(std::string_view resource) const {
    if (part_begin_ == kAnyResource) return true;
    if (resource.size() < part_begin_ + sizeof(part_)) return false;
    return std::memcmp(resource.data() + part_begin_, &part_, sizeof(part_)) == 0;
  }

  // The actions that may match, by ActionBit(), or their services, by ServiceBit(): of statements
  // about other actions one in 32 passes.
  uint64_t action_bits_ = 0;
  // What every matching resource has from byte part_begin_ on: the end of the literal text that the
  // pattern begins with, which tells more than its beginning. Of statements with one resource only.
  uint32_t part_ = 0;
  uint16_t part_begin_ = kAnyResource;
};

}  // namespace portcullis::policy

#endif  // PORTCULLIS_SERVER_POLICY_STATEMENT_FILTER_H_
