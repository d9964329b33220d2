// Gateways with their rules, which route::TableBuilder compiles, and the proxies in front of them.
#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"

#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/policy/arn.h"
#include "server/store/build_internal.h"

namespace portcullis::store {
namespace {

using route::FederatedRoleDefinition;
using route::GatewayDefinition;

constexpr size_t kProxyNameLengthMax = 64;
constexpr size_t kIdentityBytesMax = 2048;
constexpr size_t kSecretBytesMin = 32;
constexpr size_t kSecretBytesMax = 1024;
constexpr int64_t kTrustedHopsMax = 10;

void Report(BuildContext& context, const FileDefinitions& file, route::Problem problem) {
  policy::Diagnostic diagnostic;
  diagnostic.severity = problem.warning ? policy::Severity::kWarning : policy::Severity::kError;
  diagnostic.position = problem.position;
  diagnostic.message = std::move(problem.message);
  diagnostic.suggestion = std::move(problem.suggestion);
  context.Report(*file.file, std::move(diagnostic));
}

// The role; nullptr, and an error, if there is none.
const Role* FindFederatedRole(BuildContext& context, const FileDefinitions& file,
                              const Located& arn) {
  if (const Role* role = FindIn(context.tables->roles_by_arn, arn.text)) return role;
  const auto parsed = policy::ArnView::Parse(arn.text);
  if (!parsed.has_value() ||
      policy::ClassifyPrincipalArn(*parsed) != policy::PrincipalArnKind::kRole) {
    return nullptr;  // The builder of the table says so.
  }
  std::vector<std::string_view> arns;
  for (const auto& role : context.tables->roles) arns.push_back(role->arn);
  context.Error(file, arn.position,
                base::StrCat("role ", base::Quoted(arn.text), " does not exist"),
                context.Suggest(arn.text, arns));
  return nullptr;
}

// What a provider is known by, and how it is called.
struct ProviderKind {
  std::string_view noun;
  PairMap<OidcProvider> SnapshotTables::*by_name;
  std::string OidcProvider::*name;
};
constexpr ProviderKind kIssuer = {"OIDC provider", &SnapshotTables::oidc_providers_by_url,
                                  &OidcProvider::url};
constexpr ProviderKind kTrustDomain = {"provider of the trust domain",
                                       &SnapshotTables::oidc_providers_by_trust_domain,
                                       &OidcProvider::trust_domain};

// a role trusts providers of its own account. Returns whether that has this one.
bool CheckProvider(BuildContext& context, const FileDefinitions& file, const ProviderKind& kind,
                   const Located& name, const Account& account) {
  const SnapshotTables& tables = *context.tables;
  if (FindIn(tables.*kind.by_name, account.id, name.text) != nullptr) return true;
  std::vector<std::string_view> names;
  for (const auto& provider : tables.oidc_providers) {
    const std::string& known = (*provider).*kind.name;
    if (provider->account == &account && !known.empty()) names.emplace_back(known);
  }
  context.Error(file, name.position,
                base::StrCat("account ", base::Quoted(account.id), " of the role has no ",
                             kind.noun, " ", base::Quoted(name.text)),
                context.Suggest(name.text, names));
  return false;
}

// Who stands for a role that gateways give to federated callers.
struct FederatedUse {
  std::string_view provider;
  Origin origin;
};
using FederatedUses = absl::flat_hash_map<const Role*, FederatedUse>;

// Sessions are named after the caller at the provider, so that of two providers' callers with one
// name policies and records cannot tell which it was.
void CheckSharedRole(BuildContext& context, const FileDefinitions& file, const Located& provider,
                     const Role& role, FederatedUses* uses) {
  const auto [found, added] =
      uses->try_emplace(&role, FederatedUse{provider.text, OriginOf(file, provider)});
  if (added || found->second.provider == provider.text) return;
  context.Warning(
      file, provider.position,
      base::StrCat("callers of ", base::Quoted(provider.text), " get the same role as those of ",
                   base::Quoted(found->second.provider), " at ", FormatOrigin(found->second.origin),
                   ": where both know somebody by one name, their sessions have one ARN"));
}

void CheckFederatedRoles(BuildContext& context, const FileDefinitions& file,
                         const ProviderKind& kind,
                         const std::vector<FederatedRoleDefinition>& definitions,
                         FederatedUses* uses) {
  for (const FederatedRoleDefinition& definition : definitions) {
    const Role* role = FindFederatedRole(context, file, definition.role_arn);
    if (role == nullptr) continue;
    if (CheckProvider(context, file, kind, definition.provider, *role->account)) {
      CheckSharedRole(context, file, definition.provider, *role, uses);
    }
  }
}

void BuildRoutes(BuildContext& context) {
  route::TableBuilder builder;
  FederatedUses uses;
  for (const auto& file : context.files) {
    for (const GatewayDefinition& definition : file->gateways) {
      OwningAccount(context, *file, definition.account);
      CheckFederatedRoles(context, *file, kIssuer, definition.web_identities, &uses);
      CheckFederatedRoles(context, *file, kTrustDomain, definition.peer_certificates, &uses);
      std::vector<route::Problem> problems;
      builder.Add(definition, *file->file, &problems);
      for (route::Problem& problem : problems) Report(context, *file, std::move(problem));
    }
  }
  context.tables->routes = builder.Build();
}

bool IsProxyName(std::string_view text) {
  return !text.empty() && text.size() <= kProxyNameLengthMax &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isalnum(c) || c == '_' || c == '.' || c == '-';
         });
}

// A name as certificates have it; the only wildcard is a final `/*`, below something.
bool IsProxyIdentity(std::string_view text) {
  if (text.empty() || text.size() > kIdentityBytesMax || !base::IsValidUtf8(text) ||
      std::any_of(text.begin(), text.end(), [](char c) { return absl::ascii_iscntrl(c); })) {
    return false;
  }
  if (text.ends_with("/*")) {
    text.remove_suffix(2);
    if (text.empty() || text.ends_with('/')) return false;  // `spiffe://*` would be everybody.
  }
  return text.find('*') == std::string_view::npos;
}

// Whether some name is meant by both: of two patterns one contains the other, or they share
// nothing.
bool Overlap(const Proxy& proxy, std::string_view identity) {
  Proxy other;
  other.identities.emplace_back(identity);
  return proxy.HasIdentity(identity) ||
         std::any_of(proxy.identities.begin(), proxy.identities.end(),
                     [&](const std::string& known) { return other.HasIdentity(known); });
}

// What the pass knows of the proxies before.
struct ProxyPass {
  BuildContext& context;
  std::vector<std::string_view> gateway_names;
};

void AddIdentities(ProxyPass& pass, const FileDefinitions& file, const ProxyDefinition& definition,
                   Proxy* proxy) {
  BuildContext& context = pass.context;
  for (const Located& identity : definition.identities) {
    if (!IsProxyIdentity(identity.text)) {
      context.Error(file, identity.position,
                    base::StrCat("identity ", base::Quoted(identity.text),
                                 " must be a name in certificates, such as "
                                 "`spiffe://example.org/edge`; its only wildcard is a final `/*`"));
      continue;
    }
    if (Overlap(*proxy, identity.text)) {
      context.Error(file, identity.position,
                    base::StrCat("identity ", base::Quoted(identity.text), " is given twice"));
      continue;
    }
    for (const auto& other : context.tables->proxies) {
      if (!Overlap(*other, identity.text)) continue;
      context.Error(file, identity.position,
                    base::StrCat("identity ", base::Quoted(identity.text), " is also one of proxy ",
                                 base::Quoted(other->name), " at ", FormatOrigin(other->origin)));
      break;
    }
    proxy->identities.push_back(identity.text);
  }
}

// It travels in a header of HTTP.
bool IsProxySecret(std::string_view text) {
  return text.size() >= kSecretBytesMin && text.size() <= kSecretBytesMax &&
         std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isgraph(c); });
}

void AddSecret(ProxyPass& pass, const FileDefinitions& file, const ProxyDefinition& definition,
               Proxy* proxy) {
  if (!definition.secret.has_value()) return;
  BuildContext& context = pass.context;
  const std::string_view secret = *definition.secret;
  if (!IsProxySecret(secret)) {
    context.Error(file, definition.secret_position,
                  base::StrCat("secret of a proxy must be ", kSecretBytesMin, " to ",
                               kSecretBytesMax, " printable ASCII characters without blanks"));
    return;
  }
  for (const auto& other : context.tables->proxies) {
    if (other->secret.view() != secret) continue;
    context.Error(file, definition.secret_position,
                  base::StrCat("secret is that of proxy ", base::Quoted(other->name), " at ",
                               FormatOrigin(other->origin), ", too"));
  }
  proxy->secret = *definition.secret;
}

void AddGateways(ProxyPass& pass, const FileDefinitions& file, const ProxyDefinition& definition,
                 Proxy* proxy) {
  absl::flat_hash_set<std::string_view> seen;
  for (const Located& gateway : definition.gateways) {
    const auto& names = pass.gateway_names;
    if (std::find(names.begin(), names.end(), gateway.text) == names.end()) {
      pass.context.Error(file, gateway.position,
                         base::StrCat("gateway ", base::Quoted(gateway.text), " does not exist"),
                         pass.context.Suggest(gateway.text, names));
    } else if (!seen.insert(gateway.text).second) {
      pass.context.Error(file, gateway.position,
                         base::StrCat("gateway ", base::Quoted(gateway.text), " is given twice"));
    } else {
      proxy->gateways.push_back(gateway.text);
    }
  }
  std::sort(proxy->gateways.begin(), proxy->gateways.end());
}

void AddAssertions(ProxyPass& pass, const FileDefinitions& file, const ProxyDefinition& definition,
                   Proxy* proxy) {
  proxy->asserts_source_address = definition.asserts_source_address;
  proxy->asserts_peer_certificate = definition.asserts_peer_certificate;
  proxy->asserts_extensions = definition.asserts_extensions;
  proxy->asserts_principals = definition.asserts_principals;
  proxy->error_response = definition.error_response;
  if (definition.trusted_hops < 0 || definition.trusted_hops > kTrustedHopsMax) {
    pass.context.Error(file, definition.trusted_hops_position,
                       base::StrCat("trusted hops must be 0 to ", kTrustedHopsMax));
    return;
  }
  proxy->trusted_hops = static_cast<uint32_t>(definition.trusted_hops);
  if (proxy->trusted_hops > 0 && !proxy->asserts_source_address) {
    pass.context.Error(file, definition.trusted_hops_position,
                       "trusted hops are of no use to a proxy that does not assert "
                       "`SourceAddress`");
  }
}

void BuildProxy(ProxyPass& pass, const FileDefinitions& file, const ProxyDefinition& definition) {
  BuildContext& context = pass.context;
  auto proxy = std::make_unique<Proxy>();
  proxy->name = definition.name.text;
  proxy->origin = {file.file, definition.position};
  if (!IsProxyName(proxy->name)) {
    context.Error(file, definition.name.position,
                  base::StrCat("proxy name ", base::Quoted(proxy->name),
                               " must be 1 to 64 letters, digits and `_.-`"));
  }
  const auto& proxies = context.tables->proxies;
  const auto same_name = std::find_if(proxies.begin(), proxies.end(), [&](const auto& other) {
    return other->name == proxy->name;
  });
  if (same_name != proxies.end()) {
    context.Error(file, definition.name.position,
                  base::StrCat("proxy ", base::Quoted(proxy->name), " is already defined at ",
                               FormatOrigin((*same_name)->origin)));
  }
  AddIdentities(pass, file, definition, proxy.get());
  AddSecret(pass, file, definition, proxy.get());
  AddGateways(pass, file, definition, proxy.get());
  AddAssertions(pass, file, definition, proxy.get());
  context.tables->proxies.push_back(std::move(proxy));
}

void BuildProxies(BuildContext& context) {
  ProxyPass pass{context, {}};
  // Also those with mistakes: one mistake is not to be reported as two.
  for (const auto& file : context.files) {
    for (const auto& gateway : file->gateways) pass.gateway_names.push_back(gateway.name.text);
  }
  for (const auto& file : context.files) {
    for (const auto& definition : file->proxies) BuildProxy(pass, *file, definition);
  }
}

}  // namespace

void BuildGateways(BuildContext& context) {
  BuildRoutes(context);
  BuildProxies(context);
}

}  // namespace portcullis::store
