// Requests at the door: what anybody can send before anything else is known.
//
// The input is "METHOD TARGET HOST", then lines "name: value" for headers. Whatever the bytes: no
// crash; an accepted path has no dot segment, backslash or control character, and written anew it
// is the same path; so with hosts; what is asked are actions and resources of the gateway's
// account.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/percent.h"
#include "server/base/text.h"
#include "server/policy/request.h"
#include "server/route/canonical_request.h"
#include "server/route/definition.h"
#include "server/route/request.h"
#include "server/route/table.h"

namespace portcullis::route {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

std::string_view TakeUntil(std::string_view* text, char end) {
  const size_t at = std::min(text->find(end), text->size());
  const std::string_view taken = text->substr(0, at);
  text->remove_prefix(std::min(at + 1, text->size()));
  return taken;
}

RuleDefinition MappedRule(std::string path, Mapping mapping, std::string service) {
  RuleDefinition rule;
  rule.match.path.text = std::move(path);
  rule.mapping = mapping;
  rule.service.text = std::move(service);
  return rule;
}

std::unique_ptr<const Table> FixedTable(bool lenient) {
  GatewayDefinition gateway;
  gateway.name.text = "door";
  gateway.account.text = "111122223333";
  gateway.hosts = {{"*", {}}};
  gateway.empty_segments = lenient;
  gateway.semicolons = lenient;
  gateway.overrides = lenient;
  RuleDefinition order;
  order.match.path.text = "/orders/{order}";
  order.match.headers = {{{"x-tenant", {}}, {"*", {}}}};
  order.action.text = "orders:${method}";
  order.resource.text = "arn:aws:orders:${region}:${account}:${header.x-tenant}/${path.order}";
  order.context = {{{"orders:Page", {}}, {"${query.page}", {}}}};
  gateway.rules = {order, MappedRule("/api/{rest...}", Mapping::kExecuteApi, ""),
                   MappedRule("/files/**", Mapping::kServiceVerb, "files"),
                   MappedRule("/*/*", Mapping::kGrpc, "shop"), MappedRule("", Mapping::kS3, "")};
  gateway.rules->at(3).match.grpc.text = "shop.v1.Orders/*";
  std::vector<Problem> problems;
  TableBuilder builder;
  builder.Add(gateway, "", &problems);
  Require(problems.empty());
  return builder.Build();
}

void CheckPath(const Request& request, const CanonicalRequest& canonical,
               const PathOptions& options) {
  Require(canonical.path.starts_with('/') && base::IsValidUtf8(canonical.path));
  Require(canonical.path.find('\\') == std::string::npos);
  Require(std::none_of(canonical.path.begin(), canonical.path.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7F'; }));
  for (const std::string& segment : canonical.segments) {
    Require(segment != "." && segment != ".." && segment.find('/') == std::string::npos);
    Require(!segment.empty() || options.empty_segments);
  }
  std::string anew;
  base::AppendPercentEncoded(canonical.path, true, &anew);
  if (anew.size() <= kTargetBytesMax) {
    Request again = request;
    again.target = anew;
    const auto same = Canonicalize(again, options);
    Require(same.ok() && same->path == canonical.path && same->segments == canonical.segments &&
            same->trailing_slash == canonical.trailing_slash);
  }
  const bool is_ipv6 = canonical.host.find(':') != std::string::npos;
  const auto host = CanonicalHost(is_ipv6 ? "[" + canonical.host + "]" : canonical.host);
  Require(host.ok() && *host == canonical.host);
}

void CheckQuestion(const Question& question) {
  Require(!question.items.empty());
  for (const QuestionItem& item : question.items) {
    Require(policy::IsActionName(item.action) && policy::IsResourceName(item.resource));
    Require(base::IsValidUtf8(item.resource));
    const auto arn = policy::ArnView::Parse(item.resource);
    Require(arn.has_value() && (arn->account == "111122223333" || arn->service == "s3"));
    Require(arn->region == (arn->service == "s3" ? "" : "us-east-1"));
  }
  for (const ContextEntry& entry : question.context) {
    for (const std::string& value : entry.values) Require(base::IsValidUtf8(value));
  }
}

void CheckRequest(const Request& request, const Table& table) {
  const Gateway& gateway = *table.FindGateway("door");
  const auto canonical = Canonicalize(request, gateway.paths);
  if (!canonical.ok()) return;
  CheckPath(request, *canonical, gateway.paths);
  const auto route = FindRoute(gateway, request, *canonical);
  if (!route.ok()) return;
  const auto question = AskFor(*route, request, *canonical);
  if (question.ok()) CheckQuestion(*question);
}

}  // namespace
}  // namespace portcullis::route

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace route = portcullis::route;
  static const auto* const strict = route::FixedTable(false).release();
  static const auto* const lenient = route::FixedTable(true).release();
  std::string_view text(reinterpret_cast<const char*>(data), size);
  route::Request request;
  request.method = route::TakeUntil(&text, ' ');
  request.target = route::TakeUntil(&text, ' ');
  request.host = route::TakeUntil(&text, '\n');
  std::vector<route::Header> headers;
  while (!text.empty() && headers.size() <= route::kHeadersMax) {
    std::string_view line = route::TakeUntil(&text, '\n');
    const std::string_view name = route::TakeUntil(&line, ':');
    headers.push_back({name, line});
  }
  request.headers = headers;
  for (const bool joined : {false, true}) {
    request.headers_joined = joined;
    route::CheckRequest(request, *strict);
    route::CheckRequest(request, *lenient);
  }
  return 0;
}
