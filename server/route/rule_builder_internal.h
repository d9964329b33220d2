// From a rule as written to a rule as matched. Only for this directory.
#ifndef PORTCULLIS_SERVER_ROUTE_RULE_BUILDER_INTERNAL_H_
#define PORTCULLIS_SERVER_ROUTE_RULE_BUILDER_INTERNAL_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/types/span.h"

#include "server/base/position.h"
#include "server/route/definition.h"
#include "server/route/rule_internal.h"
#include "server/route/table.h"

namespace portcullis::route {

// Collects what is wrong.
struct ProblemList {
  std::vector<Problem>* problems;

  void Error(base::Position position, std::string message, std::string suggestion = {}) const {
    problems->push_back({false, position, std::move(message), std::move(suggestion)});
  }
  void Warning(base::Position position, std::string message) const {
    problems->push_back({true, position, std::move(message), {}});
  }
};

// "signature `Service`" and so on: host labels in lower case, as AWS writes services and regions.
bool IsServiceOrRegion(std::string_view text);

// No method twice.
void CheckIdentify(absl::Span<const Method> methods, base::Position position,
                   const ProblemList& list);

// Compiles the rule at `index` (from 0) of `gateway`, of whose definition `definition` is part. The
// result is only good if there was no error.
std::unique_ptr<const CompiledRule> BuildRule(const GatewayDefinition& gateway,
                                              const Identification& identification,
                                              const RuleDefinition& definition, size_t index,
                                              const ProblemList& list);

}  // namespace portcullis::route

#endif  // PORTCULLIS_SERVER_ROUTE_RULE_BUILDER_INTERNAL_H_
