#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"

#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/policy/arn.h"
#include "server/route/host_internal.h"
#include "server/route/rule_builder_internal.h"
#include "server/route/rule_internal.h"
#include "server/route/table.h"
#include "server/route/table_internal.h"

namespace portcullis::route {
namespace {

using base::Concat;
using base::Quoted;

constexpr size_t kNameBytesMax = 64;
constexpr size_t kRulesMax = 1000;  // Of one gateway; each is tried in turn.
constexpr size_t kHostsMax = 1000;
constexpr size_t kTrustDomainBytesMax = 255;
constexpr size_t kIssuerBytesMax = 255;
constexpr std::string_view kDefaultRegion = "us-east-1";
constexpr std::string_view kS3 = "s3";

// Where a name or host was first said.
struct Origin {
  std::string gateway;
  std::string file;
  base::Position position;
};

using Origins = absl::flat_hash_map<std::string, Origin>;

std::string PlaceOf(const Origin& origin) {
  return base::StrCat(origin.file, ":", origin.position.line, ":", origin.position.column);
}

bool IsNameCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-';
}

// "*", "*.example.com" and "api.example.com", canonical; nullopt if it is none of them.
std::optional<std::string> CanonicalPattern(std::string_view text) {
  if (text == "*") return std::string(text);
  const bool is_suffix = text.starts_with("*.");
  const auto name = CanonicalHostName(is_suffix ? text.substr(2) : text);
  if (!name.ok()) return std::nullopt;
  return is_suffix ? Concat({"*.", *name}) : *name;
}

bool IsIssuer(std::string_view text) {
  constexpr std::string_view kHttps = "https://";
  return text.size() <= kIssuerBytesMax && text.starts_with(kHttps) &&
         text.size() > kHttps.size() && std::all_of(text.begin(), text.end(), [](char c) {
           return c > ' ' && c < '\x7F' && c != '#' && c != '?' && c != '*';
         });
}

// SPIFFE-ID, section 2.1.
bool IsTrustDomain(std::string_view text) {
  return !text.empty() && text.size() <= kTrustDomainBytesMax &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
                  c == '-';
         });
}

bool Has(absl::Span<const Method> methods, Method method) {
  return std::find(methods.begin(), methods.end(), method) != methods.end();
}

// A kind of identity that stands for a role, and how its list is called.
struct FederationRow {
  Method method;
  std::string_view list;      // In the YAML schema.
  std::string_view provider;  // In a message.
  bool (*is_provider)(std::string_view);
};
constexpr FederationRow kWebIdentityRow = {Method::kWebIdentity, "WebIdentity",
                                           "issuer's `https://` URL", &IsIssuer};
constexpr FederationRow kPeerRow = {Method::kPeerCertificate, "PeerCertificate", "trust domain",
                                    &IsTrustDomain};

bool IdentifiesBy(const GatewayDefinition& definition, const Gateway& gateway, Method method) {
  return std::any_of(gateway.rules.begin(), gateway.rules.end(),
                     [method](const auto& rule) {
                       return !rule->is_public && Has(rule->identification.methods, method);
                     }) ||
         Has(definition.identify, method);
}

std::vector<FederatedRole> BuildRoles(absl::Span<const FederatedRoleDefinition> definitions,
                                      const FederationRow& row, const ProblemList& list) {
  std::vector<FederatedRole> roles;
  for (const FederatedRoleDefinition& definition : definitions) {
    const Located& provider = definition.provider;
    const Located& arn = definition.role_arn;
    if (!row.is_provider(provider.text)) {
      list.Error(provider.position, Concat({Quoted(provider.text), " is no ", row.provider}));
    }
    for (const FederatedRole& other : roles) {
      if (other.provider != provider.text) continue;
      list.Error(provider.position, Concat({row.list, " has ", Quoted(provider.text), " twice"}));
      break;
    }
    const auto parsed = policy::ArnView::Parse(arn.text);
    if (!parsed.has_value() ||
        policy::ClassifyPrincipalArn(*parsed) != policy::PrincipalArnKind::kRole) {
      list.Error(arn.position, Concat({Quoted(arn.text), " is no ARN of a role"}));
    }
    roles.push_back({provider.text, arn.text});
  }
  return roles;
}

void CheckFederation(const GatewayDefinition& definition, const Gateway& gateway,
                     absl::Span<const FederatedRoleDefinition> roles, const FederationRow& row,
                     const ProblemList& list) {
  const bool used = IdentifiesBy(definition, gateway, row.method);
  if (used && roles.empty()) {
    const base::Position position =
        Has(definition.identify, row.method) ? definition.identify_position : definition.position;
    list.Error(position, Concat({"Identify has ", Quoted(row.list),
                                 ", but the gateway does not say for which roles: ", row.list,
                                 " is missing"}));
  }
  if (!used && !roles.empty()) {
    list.Error(roles[0].provider.position,
               Concat({row.list, " has no effect: nothing identifies by it"}));
  }
}

void CheckGateway(const GatewayDefinition& definition, const ProblemList& list) {
  if (!policy::IsAccountId(definition.account.text)) {
    list.Error(definition.account.position,
               Concat({"the account ", Quoted(definition.account.text), " is not of 12 digits"}));
  }
  const auto check = [&list](const Located& text, std::string_view what) {
    if (text.text.empty() || IsServiceOrRegion(text.text)) return;
    list.Error(text.position,
               Concat({"the ", what, " ", Quoted(text.text), " is not of `[a-z0-9-]{1,64}`"}));
  };
  check(definition.region, "region");
  check(definition.signing_service, "service of signatures");
  check(definition.signing_region, "region of signatures");
  CheckIdentify(definition.identify, definition.identify_position, list);
}

void BuildRules(const GatewayDefinition& definition, const ProblemList& list,
                std::vector<std::unique_ptr<const CompiledRule>>* rules) {
  Identification identification = {definition.identify, definition.payload};
  if (identification.methods.empty()) {
    identification.methods = {Method::kSignature, Method::kSessionToken};
  }
  if (!definition.rules.has_value()) {
    RuleDefinition everything;
    everything.position = definition.position;
    rules->push_back(BuildRule(definition, identification, everything, 0, list));
    return;
  }
  if (definition.rules->size() > kRulesMax) {
    list.Error(definition.position, base::StrCat("a gateway has at most ", kRulesMax, " rules"));
    return;
  }
  for (size_t i = 0; i < definition.rules->size(); ++i) {
    rules->push_back(BuildRule(definition, identification, (*definition.rules)[i], i, list));
  }
}

// Names twice, and rules that never get a request.
void CompareRules(const std::vector<std::unique_ptr<const CompiledRule>>& rules,
                  const ProblemList& list) {
  for (size_t i = 1; i < rules.size(); ++i) {
    const auto end = rules.begin() + static_cast<ptrdiff_t>(i);
    const auto same = std::find_if(
        rules.begin(), end, [&](const auto& earlier) { return earlier->name == rules[i]->name; });
    if (same != end) {
      list.Error(rules[i]->position, Concat({"two rules have the name ", Quoted(rules[i]->name)}));
    }
    const auto covering = std::find_if(rules.begin(), end, [&](const auto& earlier) {
      return earlier->matcher.Covers(rules[i]->matcher);
    });
    if (covering != end) {
      list.Warning(rules[i]->position,
                   Concat({"the rule ", Quoted(rules[i]->name), " is never reached: the rule ",
                           Quoted((*covering)->name), " before it takes all of its requests"}));
    }
  }
}

// S3's clients sign otherwise than all others, so one gateway has one kind of signatures.
void BuildSigning(const GatewayDefinition& definition, const ProblemList& list, Gateway* gateway) {
  gateway->s3_signatures =
      std::any_of(gateway->rules.begin(), gateway->rules.end(), [](const auto& rule) {
        return !rule->is_public && !rule->action.has_value() && rule->mapping == Mapping::kS3;
      });
  const Located& service = definition.signing_service;
  gateway->signing_service = service.text;
  if (service.text.empty()) gateway->signing_service = gateway->s3_signatures ? kS3 : "execute-api";
  if (gateway->s3_signatures && gateway->signing_service != kS3) {
    list.Error(service.position,
               Concat({"a gateway with the mapping `S3` takes signatures for `s3`, not for ",
                       Quoted(service.text)}),
               std::string(kS3));
  }
  gateway->signing_region = definition.signing_region.text;
  gateway->presigned = definition.presigned;
}

}  // namespace

struct TableBuilder::State {
  std::unique_ptr<Table> table = std::make_unique<Table>();
  Origins names;
  Origins hosts;
};

TableBuilder::TableBuilder() : state_(std::make_unique<State>()) {}
TableBuilder::~TableBuilder() = default;

namespace {

void ClaimName(const GatewayDefinition& definition, std::string_view file, Origins* names,
               const ProblemList& list) {
  const Located& name = definition.name;
  if (name.text.empty() || name.text.size() > kNameBytesMax ||
      !std::all_of(name.text.begin(), name.text.end(), IsNameCharacter)) {
    list.Error(name.position, Concat({"the name ", Quoted(name.text),
                                      " of a gateway is not of `[A-Za-z0-9_.-]{1,64}`"}));
    return;
  }
  const auto [earlier, first] =
      names->try_emplace(name.text, Origin{name.text, std::string(file), name.position});
  if (first) return;
  list.Error(name.position, Concat({"the gateway ", Quoted(name.text),
                                    " is defined twice, first at ", PlaceOf(earlier->second)}));
}

std::vector<std::string> ClaimHosts(const GatewayDefinition& definition, std::string_view file,
                                    Origins* hosts, const ProblemList& list) {
  std::vector<std::string> canonical;
  if (definition.hosts.empty()) {
    list.Error(definition.position, "a gateway needs Hosts; `*` means any");
  }
  if (definition.hosts.size() > kHostsMax) {
    list.Error(definition.position, base::StrCat("a gateway has at most ", kHostsMax, " hosts"));
    return canonical;
  }
  for (const Located& host : definition.hosts) {
    std::optional<std::string> pattern = CanonicalPattern(host.text);
    if (!pattern.has_value()) {
      list.Error(host.position,
                 Concat({Quoted(host.text),
                         " is no host: expected a name or address without port, `*.` and a name, "
                         "or `*`"}));
      continue;
    }
    const auto [earlier, first] = hosts->try_emplace(
        *pattern, Origin{definition.name.text, std::string(file), host.position});
    if (!first) {
      list.Error(host.position, Concat({"the host ", Quoted(*pattern), " is that of the gateway ",
                                        Quoted(earlier->second.gateway), " already, at ",
                                        PlaceOf(earlier->second)}));
      continue;
    }
    canonical.push_back(*std::move(pattern));
  }
  return canonical;
}

}  // namespace

void TableBuilder::Add(const GatewayDefinition& definition, std::string_view file,
                       std::vector<Problem>* problems) {
  const ProblemList list = {problems};
  const size_t problems_before = problems->size();
  std::unique_ptr<Gateway> gateway(new Gateway());
  ClaimName(definition, file, &state_->names, list);
  CheckGateway(definition, list);
  gateway->name = definition.name.text;
  gateway->file = file;
  gateway->hosts = ClaimHosts(definition, file, &state_->hosts, list);
  gateway->account = definition.account.text;
  gateway->region =
      definition.region.text.empty() ? std::string(kDefaultRegion) : definition.region.text;
  gateway->web_identities = BuildRoles(definition.web_identities, kWebIdentityRow, list);
  gateway->peer_certificates = BuildRoles(definition.peer_certificates, kPeerRow, list);
  gateway->paths = {definition.empty_segments, definition.semicolons, definition.overrides};
  gateway->forward_credentials = definition.forward_credentials;
  BuildRules(definition, list, &gateway->rules);
  BuildSigning(definition, list, gateway.get());
  CheckFederation(definition, *gateway, definition.web_identities, kWebIdentityRow, list);
  CheckFederation(definition, *gateway, definition.peer_certificates, kPeerRow, list);
  const auto has_error = [&] {
    return std::any_of(problems->begin() + static_cast<ptrdiff_t>(problems_before), problems->end(),
                       [](const Problem& problem) { return !problem.warning; });
  };
  // A rule with mistakes takes other requests than its author meant: nothing to compare.
  if (!has_error()) CompareRules(gateway->rules, list);
  if (!has_error()) state_->table->tables_->gateways.push_back(std::move(gateway));
}

std::unique_ptr<const Table> TableBuilder::Build() {
  Table::Tables& tables = *state_->table->tables_;
  std::sort(tables.gateways.begin(), tables.gateways.end(),
            [](const auto& a, const auto& b) { return a->name < b->name; });
  for (const auto& gateway : tables.gateways) {
    for (const std::string& host : gateway->hosts) {
      if (host == "*") {
        tables.any_host = gateway.get();
      } else if (host.starts_with("*.")) {
        tables.suffixes.emplace(std::string_view(host).substr(2), gateway.get());
      } else {
        tables.exact_hosts.emplace(host, gateway.get());
      }
    }
  }
  return std::move(state_->table);
}

}  // namespace portcullis::route
