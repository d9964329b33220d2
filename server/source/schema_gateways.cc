// Gateways with their rules, and the proxies in front of them.
#include <algorithm>

#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/source/schema_internal.h"

namespace portcullis::source {
namespace {

using base::Node;
using enum Presence;
using route::FederatedRoleDefinition;
using route::GatewayDefinition;
using route::MatchDefinition;
using route::PairDefinition;
using route::RuleDefinition;
using store::ProxyDefinition;

// To leave a field out means something of its own, so nothing may be written that would mean the
// same by accident: `Path: ""` is not a path that every request has.
bool ReadFilledInto(ParseContext& context, const Node& node, store::Located* out) {
  store::Located text;
  ReadTextInto(context, node, &text);
  if (text.position.line == 0) return false;
  if (text.text.empty()) {
    context.Error(node.begin, "text must not be empty");
    return false;
  }
  *out = std::move(text);
  return true;
}
template <auto kMember, typename T>
void Filled(ParseContext& context, const Node& node, T* out) {
  ReadFilledInto(context, node, &(out->*kMember));
}

// A list that, if it is written, says something.
template <auto kMember, typename T>
void FilledList(ParseContext& context, const Node& node, T* out) {
  if (!CheckList(context, node)) return;
  if (node.child_count == 0) context.Error(node.begin, "list must not be empty");
  for (const Node& item : node.children()) {
    store::Located text;
    if (ReadFilledInto(context, item, &text)) (out->*kMember).push_back(std::move(text));
  }
}

// The place of the text in `words`; nullopt, and an error, if it is none of them.
std::optional<size_t> ReadWord(ParseContext& context, const Node& node,
                               absl::Span<const std::string_view> words, std::string_view noun) {
  store::Located text;
  ReadTextInto(context, node, &text);
  if (text.position.line == 0) return std::nullopt;
  const auto found = std::find(words.begin(), words.end(), text.text);
  if (found != words.end()) return static_cast<size_t>(found - words.begin());
  std::string all;
  for (const std::string_view word : words) {
    if (!all.empty()) all += word == words.back() ? " or " : ", ";
    all += base::Quoted(word);
  }
  context.Error(node.begin, base::StrCat(noun, " ", base::Quoted(text.text), " must be ", all),
                std::string(base::ClosestName(text.text, words).value_or("")));
  return std::nullopt;
}

// A list of words, none of them twice. `add` gets each word's place in `words`.
template <typename Add>
void ReadWords(ParseContext& context, const Node& node, absl::Span<const std::string_view> words,
               std::string_view noun, Add add) {
  if (!CheckList(context, node)) return;
  std::vector<bool> seen(words.size());
  for (const Node& item : node.children()) {
    const auto word = ReadWord(context, item, words, noun);
    if (!word.has_value()) continue;
    if (seen[*word]) {
      context.Error(item.begin,
                    base::StrCat(noun, " ", base::Quoted(words[*word]), " is given twice"));
    } else {
      add(*word);
    }
    seen[*word] = true;
  }
}

void ReadMethods(ParseContext& context, const Node& node, std::vector<route::Method>* out) {
  if (node.is_sequence() && node.child_count == 0) {
    context.Error(node.begin, "list must not be empty");
  }
  ReadWords(context, node, route::MethodNames(), "method",
            [&](size_t word) { out->push_back(static_cast<route::Method>(word)); });
}

std::optional<route::Payload> ReadPayload(ParseContext& context, const Node& node) {
  const auto word = ReadWord(context, node, route::PayloadNames(), "payload");
  if (!word.has_value()) return std::nullopt;
  return static_cast<route::Payload>(*word);
}

template <auto kMember, typename T>
void Pairs(ParseContext& context, const Node& node, T* out) {
  if (!node.is_mapping()) {
    context.Error(node.begin, base::StrCat("expected a mapping of names to texts, got a ",
                                           base::NodeKindName(node.kind)));
    return;
  }
  for (const Node& child : node.children()) {
    PairDefinition pair;
    pair.name = {std::string(child.key), child.key_begin};
    ReadTextInto(context, child, &pair.value);
    if (pair.value.position.line != 0) (out->*kMember).push_back(std::move(pair));
  }
}

void ReadConnection(ParseContext& context, const Node& node, MatchDefinition* out) {
  bool connection = false;
  ReadBoolInto(context, node, &connection);
  out->connection = connection;
}
constexpr Field<MatchDefinition> kMatchFields[] = {
    {"Methods", kOptional, &FilledList<&MatchDefinition::methods>},
    {"Path", kOptional, &Filled<&MatchDefinition::path>},
    {"Grpc", kOptional, &Filled<&MatchDefinition::grpc>},
    {"Headers", kOptional, &Pairs<&MatchDefinition::headers>},
    {"Connection", kOptional, &ReadConnection},
};

void ReadMatch(ParseContext& context, const Node& node, RuleDefinition* out) {
  ReadObject(context, node, "GatewayMatch", kMatchFields, &out->match);
}
void ReadMapping(ParseContext& context, const Node& node, RuleDefinition* out) {
  out->mapping_position = node.begin;
  const auto word = ReadWord(context, node, route::MappingNames(), "mapping");
  if (word.has_value()) out->mapping = static_cast<route::Mapping>(*word);
}
void ReadRulePayload(ParseContext& context, const Node& node, RuleDefinition* out) {
  out->payload = ReadPayload(context, node);
}
void ReadRuleIdentify(ParseContext& context, const Node& node, RuleDefinition* out) {
  ReadMethods(context, node, &out->identify);
}
constexpr Field<RuleDefinition> kRuleFields[] = {
    {"Name", kOptional, &Filled<&RuleDefinition::name>},
    {"Match", kOptional, &ReadMatch},
    {"Public", kOptional, &Bool<&RuleDefinition::is_public>},
    {"Action", kOptional, &Filled<&RuleDefinition::action>},
    {"Resource", kOptional, &Filled<&RuleDefinition::resource>},
    {"Mapping", kOptional, &ReadMapping},
    {"Service", kOptional, &Filled<&RuleDefinition::service>},
    {"Api", kOptional, &Filled<&RuleDefinition::api>},
    {"Stage", kOptional, &Filled<&RuleDefinition::stage>},
    {"Context", kOptional, &Pairs<&RuleDefinition::context>},
    {"Identify", kOptional, &ReadRuleIdentify},
    {"Payload", kOptional, &ReadRulePayload},
};

constexpr Field<FederatedRoleDefinition> kWebIdentityFields[] = {
    {"Issuer", kRequired, &Filled<&FederatedRoleDefinition::provider>},
    {"RoleArn", kRequired, &Filled<&FederatedRoleDefinition::role_arn>},
};
constexpr Field<FederatedRoleDefinition> kPeerCertificateFields[] = {
    {"TrustDomain", kRequired, &Filled<&FederatedRoleDefinition::provider>},
    {"RoleArn", kRequired, &Filled<&FederatedRoleDefinition::role_arn>},
};
void ReadWebIdentities(ParseContext& context, const Node& node, GatewayDefinition* out) {
  ReadObjects(context, node, "WebIdentity", kWebIdentityFields, &out->web_identities);
}
void ReadPeerCertificates(ParseContext& context, const Node& node, GatewayDefinition* out) {
  ReadObjects(context, node, "PeerCertificate", kPeerCertificateFields, &out->peer_certificates);
}

void ReadGatewayPayload(ParseContext& context, const Node& node, GatewayDefinition* out) {
  out->payload = ReadPayload(context, node).value_or(out->payload);
}
constexpr Field<GatewayDefinition> kSignatureFields[] = {
    {"Service", kOptional, &Filled<&GatewayDefinition::signing_service>},
    {"Region", kOptional, &Filled<&GatewayDefinition::signing_region>},
    {"Payload", kOptional, &ReadGatewayPayload},
    {"Presigned", kOptional, &Bool<&GatewayDefinition::presigned>},
};
void ReadSignature(ParseContext& context, const Node& node, GatewayDefinition* out) {
  ReadObject(context, node, "GatewaySignature", kSignatureFields, out);
}

constexpr Field<GatewayDefinition> kPathFields[] = {
    {"EmptySegments", kOptional, &Bool<&GatewayDefinition::empty_segments>},
    {"Semicolons", kOptional, &Bool<&GatewayDefinition::semicolons>},
    {"Overrides", kOptional, &Bool<&GatewayDefinition::overrides>},
};
void ReadPaths(ParseContext& context, const Node& node, GatewayDefinition* out) {
  ReadObject(context, node, "GatewayPaths", kPathFields, out);
}

void ReadIdentify(ParseContext& context, const Node& node, GatewayDefinition* out) {
  out->identify_position = node.begin;
  ReadMethods(context, node, &out->identify);
}
void ReadRules(ParseContext& context, const Node& node, GatewayDefinition* out) {
  // Also if it is no list, so that a mistake never stands for the rule about everything.
  auto& rules = out->rules.emplace();
  if (!CheckList(context, node)) return;
  for (const Node& item : node.children()) {
    RuleDefinition& rule = rules.emplace_back();
    rule.position = item.begin;
    ReadObject(context, item, "GatewayRule", kRuleFields, &rule);
  }
}
constexpr Field<GatewayDefinition> kGatewayFields[] = {
    {"Name", kRequired, &Filled<&GatewayDefinition::name>},
    {"Account", kOptional, &Filled<&GatewayDefinition::account>},
    {"Region", kOptional, &Filled<&GatewayDefinition::region>},
    {"Hosts", kRequired, &FilledList<&GatewayDefinition::hosts>},
    {"Identify", kOptional, &ReadIdentify},
    {"Signature", kOptional, &ReadSignature},
    {"WebIdentity", kOptional, &ReadWebIdentities},
    {"PeerCertificate", kOptional, &ReadPeerCertificates},
    {"Paths", kOptional, &ReadPaths},
    {"ForwardCredentials", kOptional, &Bool<&GatewayDefinition::forward_credentials>},
    {"Rules", kOptional, &ReadRules},
};

// What a proxy may assert, and where that is kept.
constexpr std::string_view kAssertionNames[] = {"SourceAddress", "PeerCertificate", "Extensions",
                                                "Principals"};
constexpr bool ProxyDefinition::*kAssertions[] = {
    &ProxyDefinition::asserts_source_address, &ProxyDefinition::asserts_peer_certificate,
    &ProxyDefinition::asserts_extensions, &ProxyDefinition::asserts_principals};
void ReadAsserts(ParseContext& context, const Node& node, ProxyDefinition* out) {
  for (bool ProxyDefinition::*assertion : kAssertions) out->*assertion = false;
  ReadWords(context, node, kAssertionNames, "assertion",
            [&](size_t word) { out->*kAssertions[word] = true; });
}

void ReadProxySecret(ParseContext& context, const Node& node, ProxyDefinition* out) {
  out->secret_position = node.begin;
  ReadSecretInto(context, node, &out->secret.emplace());
}
void ReadTrustedHops(ParseContext& context, const Node& node, ProxyDefinition* out) {
  out->trusted_hops_position = node.begin;
  ReadIntegerInto(context, node, &out->trusted_hops);
}
constexpr Field<ProxyDefinition> kProxyFields[] = {
    {"Name", kRequired, &Filled<&ProxyDefinition::name>},
    {"Identities", kOptional, &FilledList<&ProxyDefinition::identities>},
    {"Secret", kOptional, &ReadProxySecret},
    {"Gateways", kOptional, &FilledList<&ProxyDefinition::gateways>},
    {"Asserts", kOptional, &ReadAsserts},
    {"TrustedHops", kOptional, &ReadTrustedHops},
    {"ErrorResponse", kOptional, &Bool<&ProxyDefinition::error_response>},
};

}  // namespace

void ReadGateways(ParseContext& context, const Node& node) {
  if (!CheckList(context, node)) return;
  for (const Node& item : node.children()) {
    GatewayDefinition& gateway = context.definitions.gateways.emplace_back();
    gateway.position = item.begin;
    gateway.account = context.account;
    ReadObject(context, item, "Gateway", kGatewayFields, &gateway);
    if (context.account.position.line == 0 && item.is_mapping() &&
        item.Find("Account") == nullptr) {
      context.Error(item.begin, "a gateway needs `Account`, or one at the top of the file");
    }
  }
}

void ReadProxies(ParseContext& context, const Node& node) {
  if (!CheckList(context, node)) return;
  for (const Node& item : node.children()) {
    ProxyDefinition& proxy = context.definitions.proxies.emplace_back();
    proxy.position = item.begin;
    ReadObject(context, item, "Proxy", kProxyFields, &proxy);
  }
}

void DescribeGateways(std::vector<SchemaObject>* objects) {
  objects->push_back(Describe("Gateway", kGatewayFields));
  objects->push_back(Describe("GatewaySignature", kSignatureFields));
  objects->push_back(Describe("GatewayPaths", kPathFields));
  objects->push_back(Describe("WebIdentity", kWebIdentityFields));
  objects->push_back(Describe("PeerCertificate", kPeerCertificateFields));
  objects->push_back(Describe("GatewayRule", kRuleFields));
  objects->push_back(Describe("GatewayMatch", kMatchFields));
  objects->push_back(Describe("Proxy", kProxyFields));
}

}  // namespace portcullis::source
