#include <string_view>
#include <vector>

#include "server/route/rule_internal.h"
#include "server/route/table.h"

namespace portcullis::route {
namespace {

std::string_view WordsFor(Misfit misfit) {
  switch (misfit) {
    case Misfit::kNothing:
      return "";
    case Misfit::kKind:
      return "about connections or about requests, and this is the other";
    case Misfit::kMethod:
      return "another method";
    case Misfit::kGrpc:
      return "another gRPC call, or none";
    case Misfit::kPath:
      return "another path";
    case Misfit::kHeaders:
      return "other headers";
    case Misfit::kSpelling:
      return "another path, if only by case or a final slash";
  }
  return "";
}

}  // namespace

std::vector<RuleAccount> ListRules(const Gateway& gateway) {
  std::vector<RuleAccount> accounts;
  for (const auto& rule : gateway.rules) {
    accounts.push_back({rule->name, rule->position, rule->is_public, {}});
  }
  return accounts;
}

std::vector<RuleAccount> ExplainRules(const Gateway& gateway, const Request& request,
                                      const CanonicalRequest& canonical) {
  std::vector<RuleAccount> accounts;
  for (const auto& rule : gateway.rules) {
    const auto fit = FitOf(*rule, request, canonical);
    accounts.push_back({rule->name, rule->position, rule->is_public,
                        fit.ok() ? WordsFor(fit->misfit) : "a header that may be several"});
  }
  return accounts;
}

}  // namespace portcullis::route
