#include "server/route/rule_builder_internal.h"

#include <algorithm>
#include <array>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "server/base/text.h"
#include "server/policy/condition_keys.h"
#include "server/policy/request.h"
#include "server/route/token_internal.h"

namespace portcullis::route {
namespace {

using base::Concat;
using base::Quoted;

constexpr size_t kNameBytesMax = 64;
constexpr size_t kKeyBytesMax = 256;

// What the gateway itself says of a request, from better sources than the request.
constexpr std::array<std::string_view, 2> kGatewayKeys = {"aws:SourceIp", "aws:SecureTransport"};

bool IsNameCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-';
}

bool IsIdCharacter(char c) {
  return IsNameCharacter(c) || c == '$';
}

bool IsId(std::string_view text) {
  return !text.empty() && text.size() <= kNameBytesMax &&
         std::all_of(text.begin(), text.end(), IsIdCharacter);
}

// What actions begin with (R-9.4).
bool IsActionService(std::string_view text) {
  return policy::IsActionName(Concat({text, ":X"}));
}

bool IsKeyCharacter(char c) {
  return IsNameCharacter(c) || c == '/' || c == '+' || c == '=' || c == '@';
}

bool IsContextKey(std::string_view text) {
  const size_t colon = text.find(':');
  if (text.size() > kKeyBytesMax || colon == std::string_view::npos || colon == 0) return false;
  const std::string_view name = text.substr(colon + 1);
  return !name.empty() && std::all_of(text.begin(), text.begin() + colon, IsNameCharacter) &&
         std::all_of(name.begin(), name.end(), IsKeyCharacter);
}

bool HasPrefixFolded(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && base::EqualFolded(text.substr(0, prefix.size()), prefix);
}

// One use: holds what every step needs.
class RuleBuilder {
 public:
  RuleBuilder(const GatewayDefinition& gateway, const RuleDefinition& definition,
              const ProblemList& list)
      : gateway_(gateway), definition_(definition), list_(list) {}

  std::unique_ptr<const CompiledRule> Build(const Identification& identification, size_t index) {
    BuildName(index);
    BuildMatcher();
    rule_->identification = identification;
    if (definition_.is_public) {
      CheckPublic();
    } else {
      BuildIdentification();
      BuildQuestion();
      BuildContext();
    }
    return std::move(rule_);
  }

 private:
  void BuildName(size_t index) {
    rule_->position = definition_.position;
    const Located& name = definition_.name;
    rule_->name = name.text.empty() ? absl::StrCat("#", index + 1) : name.text;
    if (name.text.empty()) return;
    if (name.text.size() > kNameBytesMax ||
        !std::all_of(name.text.begin(), name.text.end(), IsNameCharacter)) {
      list_.Error(name.position, Concat({"the name ", Quoted(name.text),
                                         " of a rule is not of `[A-Za-z0-9_.-]{1,64}`"}));
    }
  }

  void BuildMatcher() {
    const MatchDefinition& match = definition_.match;
    rule_->matcher.connection = match.connection.value_or(false);
    if (rule_->matcher.connection) {
      CheckConnection();
      return;
    }
    for (const Located& method : match.methods) AddMethod(method);
    if (!match.path.text.empty()) {
      rule_->matcher.path = PathTemplate::Parse(match.path, list_.problems);
    }
    if (!match.grpc.text.empty()) BuildGrpc(match.grpc);
    for (const PairDefinition& header : match.headers) AddHeader(header);
  }

  void CheckConnection() {
    const MatchDefinition& match = definition_.match;
    if (!match.methods.empty() || !match.path.text.empty() || !match.grpc.text.empty() ||
        !match.headers.empty()) {
      list_.Error(definition_.position,
                  "a rule about bare connections matches no method, path, gRPC call or header");
    }
    if (!definition_.is_public && definition_.action.text.empty()) {
      list_.Error(definition_.position, "a rule about bare connections needs Action and Resource");
    }
  }

  void AddMethod(const Located& method) {
    std::vector<std::string>& methods = rule_->matcher.methods;
    if (!IsToken(method.text)) {
      list_.Error(method.position, Concat({Quoted(method.text), " is no method"}));
      return;
    }
    if (IsMethodInOtherCase(method.text)) {
      list_.Error(method.position,
                  Concat({Quoted(method.text), " is no method: methods are case-sensitive"}),
                  absl::AsciiStrToUpper(method.text));
      return;
    }
    if (std::find(methods.begin(), methods.end(), method.text) != methods.end()) {
      list_.Error(method.position, Concat({"the method ", Quoted(method.text), " occurs twice"}));
      return;
    }
    methods.push_back(method.text);
  }

  void BuildGrpc(const Located& grpc) {
    const std::string_view text = grpc.text;
    const size_t slash = text.find('/');
    const auto is_name = [](std::string_view part, bool dots) {
      return part == "*" || (!part.empty() && std::all_of(part.begin(), part.end(), [dots](char c) {
               return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' ||
                      (dots && c == '.');
             }));
    };
    const std::string_view service = text.substr(0, slash);
    const std::string_view method =
        slash == std::string_view::npos ? std::string_view() : text.substr(slash + 1);
    if (!is_name(service, true) || !is_name(method, false) || (service == "*" && method != "*")) {
      list_.Error(grpc.position, Concat({Quoted(text),
                                         " is no gRPC method: expected `package.Service/Method`, "
                                         "`package.Service/*` or `*/*`"}));
      return;
    }
    GrpcPattern pattern;
    if (service != "*") {
      pattern.service = service;
      // A service that is in no path that is let through needs none.
      std::vector<Problem> unused;
      pattern.path = PathTemplate::Parse(
          {Concat({"/", service, "/", method == "*" ? "**" : method}), grpc.position}, &unused);
    }
    if (method != "*") pattern.method = method;
    rule_->matcher.grpc = std::move(pattern);
  }

  void AddHeader(const PairDefinition& header) {
    const std::string name = absl::AsciiStrToLower(header.name.text);
    if (!IsToken(name)) {
      list_.Error(header.name.position,
                  Concat({Quoted(header.name.text), " is no name of a header"}));
      return;
    }
    if (header.value.text.empty()) {
      list_.Error(header.value.position,
                  Concat({"the header ", Quoted(name), " needs a value; `*` means any"}));
    }
    for (const HeaderCondition& other : rule_->matcher.headers) {
      if (other.name != name) continue;
      list_.Error(header.name.position, Concat({"the header ", Quoted(name), " occurs twice"}));
      return;
    }
    rule_->matcher.headers.push_back({name, header.value.text});
  }

  void CheckPublic() {
    rule_->is_public = true;
    const auto exclude = [this](bool given, base::Position position, std::string_view what) {
      if (!given) return;
      list_.Error(position,
                  Concat({"a rule that is public asks nobody and nothing, so it has no ", what}));
    };
    const RuleDefinition& d = definition_;
    exclude(!d.action.text.empty(), d.action.position, "Action");
    exclude(!d.resource.text.empty(), d.resource.position, "Resource");
    exclude(d.mapping.has_value(), d.mapping_position, "Mapping");
    exclude(!d.service.text.empty(), d.service.position, "Service");
    exclude(!d.api.text.empty(), d.api.position, "Api");
    exclude(!d.stage.text.empty(), d.stage.position, "Stage");
    exclude(!d.context.empty(), d.context.empty() ? d.position : d.context[0].name.position,
            "Context");
    exclude(!d.identify.empty(), d.position, "Identify");
    exclude(d.payload.has_value(), d.position, "Payload");
  }

  void BuildIdentification() {
    CheckIdentify(definition_.identify, definition_.position, list_);
    if (!definition_.identify.empty()) rule_->identification.methods = definition_.identify;
    if (definition_.payload.has_value()) rule_->identification.payload = *definition_.payload;
    CheckConnectionCallers();
  }

  // Nothing but the handshake tells of a bare connection, and so nothing else can prove who it is.
  void CheckConnectionCallers() {
    if (!rule_->matcher.connection) return;
    const std::vector<Method>& methods = rule_->identification.methods;
    if (std::find(methods.begin(), methods.end(), Method::kPeerCertificate) != methods.end())
      return;
    list_.Warning(definition_.position,
                  "nobody can pass this rule about bare connections, whose only proof is "
                  "`PeerCertificate`: name it under `Identify`, or make the rule `Public`");
  }

  TextScope Scope() const {
    TextScope scope;
    if (rule_->matcher.path.has_value()) scope.path_variables = rule_->matcher.path->variables();
    scope.connection = rule_->matcher.connection;
    return scope;
  }

  // The rule's path has mistakes, so its variables are not known: no more about them.
  bool PathIsBroken() const {
    return !definition_.match.path.text.empty() && !rule_->matcher.path.has_value() &&
           !rule_->matcher.connection;
  }

  void BuildQuestion() {
    const Located& action = definition_.action;
    const Located& resource = definition_.resource;
    if (action.text.empty() && resource.text.empty()) {
      BuildMapping();
      return;
    }
    if (resource.text.empty()) list_.Error(action.position, "a rule with Action needs Resource");
    if (action.text.empty()) list_.Error(resource.position, "a rule with Resource needs Action");
    if (definition_.mapping.has_value()) {
      list_.Error(definition_.mapping_position,
                  "a rule with Action and Resource has no Mapping: it asks its own question");
    }
    for (const auto& [text, name] :
         {std::pair(&definition_.service, "Service"), std::pair(&definition_.api, "Api"),
          std::pair(&definition_.stage, "Stage")}) {
      if (text->text.empty()) continue;
      list_.Error(text->position,
                  Concat({name, " is for mappings, and the rule has Action and Resource"}));
    }
    if (PathIsBroken()) return;
    const TextScope scope = Scope();
    if (!action.text.empty()) {
      rule_->action = TextTemplate::Parse(action, TextUse::kAction, scope, list_.problems);
    }
    if (!resource.text.empty()) {
      rule_->resource = TextTemplate::Parse(resource, TextUse::kResource, scope, list_.problems);
    }
  }

  void BuildMapping() {
    rule_->mapping = definition_.mapping.value_or(Mapping::kExecuteApi);
    const MappingRow& row = RowOf(rule_->mapping);
    const std::string_view mapping = MappingNames()[static_cast<size_t>(rule_->mapping)];
    const auto take = [&](const Located& given, bool takes, std::string_view name,
                          const std::string& absent, std::string* target) {
      if (!given.text.empty() && !takes) {
        list_.Error(given.position,
                    Concat({name, " means nothing to the mapping ", Quoted(mapping)}));
      }
      *target = given.text.empty() ? absent : given.text;
      return given.text.empty() ? definition_.position : given.position;
    };
    MappingTarget& target = rule_->target;
    const base::Position service = take(definition_.service, row.takes_service, "Service",
                                        gateway_.name.text, &target.service);
    take(definition_.api, row.takes_api, "Api", gateway_.name.text, &target.api);
    take(definition_.stage, row.takes_api, "Stage", "$default", &target.stage);
    if (row.takes_service && !IsActionService(target.service)) {
      const std::string_view hint = definition_.service.text.empty() ? ": say Service" : "";
      list_.Error(service, Concat({Quoted(target.service), " is no service of an action", hint}));
    }
    if (!row.takes_api) return;
    for (const auto& [text, name] :
         {std::pair(&definition_.api, "Api"), std::pair(&definition_.stage, "Stage")}) {
      if (text->text.empty() || IsId(text->text)) continue;
      list_.Error(text->position,
                  Concat({name, " ", Quoted(text->text), " is not of `[A-Za-z0-9_.$-]{1,64}`"}));
    }
  }

  void BuildContext() {
    for (const PairDefinition& entry : definition_.context) {
      if (!CheckKey(entry.name) || PathIsBroken()) continue;
      auto value = TextTemplate::Parse(entry.value, TextUse::kContext, Scope(), list_.problems);
      if (value.has_value()) rule_->context.push_back({entry.name.text, *std::move(value)});
    }
  }

  bool CheckKey(const Located& key) {
    const auto fail = [&](std::string_view clause) {
      list_.Error(key.position, Concat({"the condition key ", Quoted(key.text), " ", clause}));
      return false;
    };
    if (!IsContextKey(key.text)) return fail("is none: expected `service:Name`");
    if (!policy::MaySupply(key.text, true)) return fail("is supplied by Portcullis alone");
    for (const std::string_view known : kGatewayKeys) {
      if (base::EqualFolded(known, key.text)) return fail("is supplied by the gateway");
    }
    const std::string_view space =
        definition_.action.text.empty() ? RowOf(rule_->mapping).context_service : "";
    if (!space.empty() && HasPrefixFolded(key.text, Concat({space, ":"}))) {
      return fail("is supplied by the mapping");
    }
    const auto& context = rule_->context;
    const bool again = std::any_of(context.begin(), context.end(), [&](const auto& other) {
      return base::EqualFolded(other.key, key.text);
    });
    return again ? fail("occurs twice") : true;
  }

  const GatewayDefinition& gateway_;
  const RuleDefinition& definition_;
  const ProblemList& list_;
  std::unique_ptr<CompiledRule> rule_ = std::make_unique<CompiledRule>();
};

}  // namespace

bool IsServiceOrRegion(std::string_view text) {
  return !text.empty() && text.size() <= kNameBytesMax &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

void CheckIdentify(absl::Span<const Method> methods, base::Position position,
                   const ProblemList& list) {
  for (size_t i = 0; i < methods.size(); ++i) {
    if (std::find(methods.begin(), methods.begin() + i, methods[i]) == methods.begin() + i) {
      continue;
    }
    const std::string_view name = MethodNames()[static_cast<size_t>(methods[i])];
    list.Error(position, Concat({"Identify has ", Quoted(name), " twice"}));
  }
}

std::unique_ptr<const CompiledRule> BuildRule(const GatewayDefinition& gateway,
                                              const Identification& identification,
                                              const RuleDefinition& definition, size_t index,
                                              const ProblemList& list) {
  return RuleBuilder(gateway, definition, list).Build(identification, index);
}

}  // namespace portcullis::route
