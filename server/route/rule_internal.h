// A rule as it is matched and asked. Only for this directory.
#ifndef PORTCULLIS_SERVER_ROUTE_RULE_INTERNAL_H_
#define PORTCULLIS_SERVER_ROUTE_RULE_INTERNAL_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/position.h"
#include "server/route/definition.h"
#include "server/route/mapping_internal.h"
#include "server/route/path_template.h"
#include "server/route/table.h"
#include "server/route/text_template.h"

namespace portcullis::route {

// "shop.v1.Orders/Get"; empty parts stand for any.
struct GrpcPattern {
  std::string service;
  std::string method;
};

struct HeaderCondition {
  std::string name;   // Lower case.
  std::string value;  // "*": present.
};

// Which requests a rule is about.
struct Matcher {
  bool connection = false;           // Bare connections, and nothing else counts.
  std::vector<std::string> methods;  // Empty: all but CONNECT, which makes a tunnel of a request.
  std::optional<PathTemplate> path;
  std::optional<GrpcPattern> grpc;
  std::vector<HeaderCondition> headers;

  // Whether every request that `other` takes is taken by this, too, as far as that can be told from
  // the two alone.
  bool Covers(const Matcher& other) const;
};

// Immutable.
class CompiledRule {
 public:
  std::string name;  // Never empty: "#3" for the third that has none.
  base::Position position;
  Matcher matcher;

  bool is_public = false;
  Identification identification;
  // Both, or none: then the mapping asks.
  std::optional<TextTemplate> action;
  std::optional<TextTemplate> resource;
  Mapping mapping = Mapping::kExecuteApi;
  MappingTarget target;

  struct ContextTemplate {
    std::string key;
    TextTemplate value;
  };
  std::vector<ContextTemplate> context;
};

}  // namespace portcullis::route

#endif  // PORTCULLIS_SERVER_ROUTE_RULE_INTERNAL_H_
