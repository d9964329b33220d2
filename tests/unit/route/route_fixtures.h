// Gateways and requests for tests of this module, with what does not matter filled in.
#ifndef PORTCULLIS_TESTS_UNIT_ROUTE_ROUTE_FIXTURES_H_
#define PORTCULLIS_TESTS_UNIT_ROUTE_ROUTE_FIXTURES_H_

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "server/base/error_reason.h"
#include "server/base/str_cat.h"
#include "server/route/canonical_request.h"
#include "server/route/definition.h"
#include "server/route/request.h"
#include "server/route/table.h"

namespace portcullis::route {

inline base::Located At(std::string text, uint32_t line = 1, uint32_t column = 1) {
  return {std::move(text), {line, column}};
}

inline RuleDefinition AnyRule(uint32_t line = 10) {
  RuleDefinition rule;
  rule.position = {line, 5};
  return rule;
}

inline RuleDefinition RuleOfPath(std::string path, uint32_t line = 10) {
  RuleDefinition rule = AnyRule(line);
  rule.match.path = At(std::move(path), line, 20);
  return rule;
}

// A rule that asks `action` on `resource`.
inline RuleDefinition Asking(RuleDefinition rule, std::string action, std::string resource) {
  rule.action = At(std::move(action), rule.position.line + 1, 13);
  rule.resource = At(std::move(resource), rule.position.line + 2, 15);
  return rule;
}

inline RuleDefinition Mapped(RuleDefinition rule, Mapping mapping, std::string service = "") {
  rule.mapping = mapping;
  rule.mapping_position = {rule.position.line + 1, 14};
  if (!service.empty()) rule.service = At(std::move(service), rule.position.line + 2, 14);
  return rule;
}

inline GatewayDefinition Orders(std::vector<RuleDefinition> rules = {}) {
  GatewayDefinition gateway;
  gateway.position = {1, 3};
  gateway.name = At("orders", 1, 9);
  gateway.account = At("111122223333", 2, 12);
  gateway.region = At("eu-west-1", 3, 11);
  gateway.hosts = {At("orders.example.com", 4, 12)};
  if (!rules.empty()) gateway.rules = std::move(rules);
  return gateway;
}

// What Add() says, each as "line:column: message", with the suggestion in brackets.
inline std::vector<std::string> Texts(const std::vector<Problem>& problems) {
  std::vector<std::string> texts;
  for (const Problem& problem : problems) {
    texts.push_back(base::StrCat(
        problem.position.line, ":", problem.position.column, problem.warning ? ": warning: " : ": ",
        problem.message, problem.suggestion.empty() ? "" : " [" + problem.suggestion + "]"));
  }
  return texts;
}

inline std::vector<std::string> ProblemsOf(const GatewayDefinition& definition) {
  std::vector<Problem> problems;
  TableBuilder builder;
  builder.Add(definition, "gateways.yaml", &problems);
  return Texts(problems);
}

// nullptr inside if the definition has errors.
inline std::unique_ptr<const Table> TableOf(const GatewayDefinition& definition) {
  std::vector<Problem> problems;
  TableBuilder builder;
  builder.Add(definition, "gateways.yaml", &problems);
  return builder.Build();
}

// A request with its headers: "GET /path", and headers.
struct TestRequest {
  std::string method = "GET";
  std::string target = "/";
  std::vector<Header> headers = {};
  std::vector<Extension> extensions = {};
  bool headers_joined = false;
  std::string host = "orders.example.com";
  bool connection_only = false;

  Request View() const {
    Request request;
    request.connection_only = connection_only;
    if (!connection_only) {
      request.method = method;
      request.scheme = "https";
      request.target = target;
      request.headers = headers;
    }
    request.host = host;
    request.headers_joined = headers_joined;
    request.extensions = extensions;
    return request;
  }
};

// "kReason: detail" of a status.
inline std::string Reason(const absl::Status& status) {
  return status.ok() ? "OK" : base::ReasonOf(status);
}

// The name of the rule that a request takes, or the reason why it takes none.
inline std::string RuleOf(const Table& table, const TestRequest& test) {
  const Gateway* gateway = table.FindGateway("orders");
  if (gateway == nullptr) return "no gateway";
  const Request request = test.View();
  const auto canonical = Canonicalize(request, gateway->paths);
  if (!canonical.ok()) return Reason(canonical.status());
  const auto route = FindRoute(*gateway, request, *canonical);
  return route.ok() ? std::string(route->rule) : Reason(route.status());
}

// The question as "action resource" joined by "; ", then " key=value" for each context entry; or
// the reason why there is none.
inline std::string QuestionOf(const Table& table, const TestRequest& test) {
  const Gateway* gateway = table.FindGateway("orders");
  if (gateway == nullptr) return "no gateway";
  const Request request = test.View();
  const auto canonical = Canonicalize(request, gateway->paths);
  if (!canonical.ok()) return Reason(canonical.status());
  const auto route = FindRoute(*gateway, request, *canonical);
  if (!route.ok()) return Reason(route.status());
  const auto question = AskFor(*route, request, *canonical);
  if (!question.ok()) return Reason(question.status());
  std::string text;
  for (const QuestionItem& item : question->items) {
    if (!text.empty()) text += "; ";
    text += item.action + " " + item.resource;
  }
  for (const ContextEntry& entry : question->context) {
    text += " " + entry.key + "=";
    for (size_t i = 0; i < entry.values.size(); ++i) text += (i == 0 ? "" : ",") + entry.values[i];
  }
  return text;
}

}  // namespace portcullis::route

#endif  // PORTCULLIS_TESTS_UNIT_ROUTE_ROUTE_FIXTURES_H_
