// The catalogue of ready mappings: one row each. Only for this directory.
#ifndef PORTCULLIS_SERVER_ROUTE_MAPPING_INTERNAL_H_
#define PORTCULLIS_SERVER_ROUTE_MAPPING_INTERNAL_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

#include "server/route/definition.h"
#include "server/route/table.h"
#include "server/route/values_internal.h"

namespace portcullis::route {

// What a rule says to its mapping.
struct MappingTarget {
  std::string service;
  std::string api;
  std::string stage;
};

struct MappingRow {
  Mapping mapping;
  // Which of the rule's words mean something to it.
  bool takes_service;
  bool takes_api;
  // The service whose condition keys it supplies, which rules then may not; empty: none.
  std::string_view context_service;
  // Appends to an empty question. kUnmappable for what the mapping knows no action for: it never
  // guesses. Names of actions and resources are checked by the caller.
  absl::Status (*ask)(const MappingTarget& target, const Values& values, Question* question);
};

const MappingRow& RowOf(Mapping mapping);

// One file each; what they do is in README.md.
absl::Status AskExecuteApi(const MappingTarget& target, const Values& values, Question* question);
absl::Status AskS3(const MappingTarget& target, const Values& values, Question* question);
absl::Status AskGrpc(const MappingTarget& target, const Values& values, Question* question);
absl::Status AskServiceVerb(const MappingTarget& target, const Values& values, Question* question);

// "arn:aws:SERVICE:REGION:ACCOUNT:" of the gateway.
std::string ArnPrefix(std::string_view service, const Gateway& gateway);

}  // namespace portcullis::route

#endif  // PORTCULLIS_SERVER_ROUTE_MAPPING_INTERNAL_H_
