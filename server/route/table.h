// Gateways and their rules, compiled: from a request to the question it becomes. Pure.
#ifndef PORTCULLIS_SERVER_ROUTE_TABLE_H_
#define PORTCULLIS_SERVER_ROUTE_TABLE_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

#include "server/base/position.h"
#include "server/route/canonical_request.h"
#include "server/route/definition.h"
#include "server/route/request.h"

namespace portcullis::route {

// One condition key that a rule supplies.
struct ContextEntry {
  std::string key;
  std::vector<std::string> values;
};

struct QuestionItem {
  std::string action;
  // Literal: a `*` in it is the character. One without an account (S3) is of Gateway::account.
  std::string resource;
};

// What has to be allowed: every item (a copy reads one object and writes another).
struct Question {
  std::vector<QuestionItem> items;
  std::vector<ContextEntry> context;
};

// How callers of a gateway prove who they are.
struct Identification {
  std::vector<Method> methods;  // In order.
  Payload payload = Payload::kDeclared;
};

struct FederatedRole {
  std::string provider;
  std::string role_arn;
};

class CompiledRule;  // In rule_internal.h.

// A gateway. Immutable.
class Gateway {
 public:
  ~Gateway();
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  std::string name;
  std::string file;                // In which it is defined; empty: not known.
  std::vector<std::string> hosts;  // Canonical: "api.example.com", "*.example.com", "*".
  std::string account;
  std::string region;
  std::string signing_service;
  std::string signing_region;  // Empty: any.
  bool s3_signatures = false;  // signature::PathRule::kS3 and its payload rules.
  bool presigned = true;
  std::vector<FederatedRole> web_identities;
  std::vector<FederatedRole> peer_certificates;
  PathOptions paths;
  bool forward_credentials = false;
  std::vector<std::unique_ptr<const CompiledRule>> rules;

 private:
  friend class TableBuilder;
  Gateway();
};

// The rule that a request takes. Refers to the table and to the request.
struct Route {
  const Gateway* gateway = nullptr;
  std::string_view rule;  // Its name, or "#3": its place.
  base::Position position;
  bool is_public = false;  // No identity, no question.
  const Identification* identification = nullptr;
  const CompiledRule* compiled = nullptr;
  std::vector<std::string> variables;  // Values of the path's variables, in their order.
};

// A mistake in a definition; see policy::Diagnostic for the form of messages.
struct Problem {
  bool warning = false;
  base::Position position;
  std::string message;
  std::string suggestion;
};

// All gateways of a snapshot. Immutable; any number of threads may read.
class Table {
 public:
  Table();
  ~Table();
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  bool empty() const;
  absl::Span<const std::unique_ptr<const Gateway>> gateways() const;  // By name.
  const Gateway* FindGateway(std::string_view name) const;
  // The gateway whose hosts name `canonical_host`: exactly, else by the longest `*.` suffix, else
  // `*`. O(labels). nullptr if there is none.
  const Gateway* FindGatewayOfHost(std::string_view canonical_host) const;

 private:
  friend class TableBuilder;
  struct Tables;
  std::unique_ptr<Tables> tables_;
};

// Makes a table. Used once. All problems are reported, with the position in the definition's file.
class TableBuilder {
 public:
  TableBuilder();
  ~TableBuilder();

  // Checks and compiles one definition. What is wrong with it is appended to `problems`; with an
  // error it is not part of the table. Names and hosts that an earlier one has, in whatever file,
  // are errors, which name both places.
  void Add(const GatewayDefinition& definition, std::string_view file,
           std::vector<Problem>* problems);

  std::unique_ptr<const Table> Build();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The rule that `request` takes at `gateway`: the first that matches. Refusal::kNoRoute if none
// does; kAmbiguousPath if an earlier rule would match for a reader who ignores case or a final
// slash, and the one that does match says less about paths; kMissingValue if a rule's condition on
// a header depends on which of several headers counts.
absl::StatusOr<Route> FindRoute(const Gateway& gateway, const Request& request,
                                const CanonicalRequest& canonical);

// What one rule has to do with a request, for people.
struct RuleAccount {
  std::string_view rule;  // As Route::rule; refers to the gateway.
  base::Position position;
  bool is_public = false;
  std::string_view why;  // "another method"; empty: it is about the request.
};

// An account of every rule of `gateway`, in order; FindRoute takes the first without a `why`,
// unless it refuses. Slow, and not for a request's path.
std::vector<RuleAccount> ExplainRules(const Gateway& gateway, const Request& request,
                                      const CanonicalRequest& canonical);

// Every rule of `gateway`, in order.
std::vector<RuleAccount> ListRules(const Gateway& gateway);

// The question that a request becomes by its rule. Values of variables stay within their place: one
// that is put into a field of an ARN other than the last holds no `:`, and none holds control
// characters. Refusal::kMissingValue if a variable has no value or several, kUnmappable, kMalformed
// if what comes out is no action or no resource. REQUIRES: !route.is_public.
absl::StatusOr<Question> AskFor(const Route& route, const Request& request,
                                const CanonicalRequest& canonical);

}  // namespace portcullis::route

#endif  // PORTCULLIS_SERVER_ROUTE_TABLE_H_
