// A rule as it is matched and asked. Only for this directory.
#ifndef PORTCULLIS_SERVER_ROUTE_RULE_INTERNAL_H_
#define PORTCULLIS_SERVER_ROUTE_RULE_INTERNAL_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

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
  // Of the requests that an application might take for such a call: "/shop.v1.Orders/Get", or
  // everything below the service. nullopt: of any service, whose paths are like all others.
  std::optional<PathTemplate> path = std::nullopt;
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

// What of a matcher keeps a request from its rule.
enum class Misfit : uint8_t {
  kNothing,  // It is about the request.
  kKind,     // A bare connection, or a request.
  kMethod,
  kGrpc,
  kPath,
  kHeaders,
  kSpelling,  // Case, or a final slash; see PathTemplate::Fit::kLoose.
};
struct RuleFit {
  PathTemplate::Fit fit = PathTemplate::Fit::kNone;
  Misfit misfit = Misfit::kNothing;
};

// How well `rule` fits. A rule about another method does not come into it, however the path is
// read. A rule about gRPC calls fits loosely what has the path of one and is none: many servers of
// gRPC do not look at the content type, and those of gRPC-Web and Connect take others. So it must
// not slip to a rule that is about everything. Refusal::kMissingValue if that depends on which of
// several headers counts.
absl::StatusOr<RuleFit> FitOf(const CompiledRule& rule, const Request& request,
                              const CanonicalRequest& canonical);

}  // namespace portcullis::route

#endif  // PORTCULLIS_SERVER_ROUTE_RULE_INTERNAL_H_
