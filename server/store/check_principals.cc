// Whoever a trust policy or resource-based policy names must exist: a misspelt principal
// in a Deny would deny nobody, and one in an Allow would admit whoever takes the name later.
#include <algorithm>
#include <array>

#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/policy/arn.h"
#include "server/store/build_internal.h"

namespace portcullis::store {
namespace {

using Kind = policy::CompiledPrincipal::Kind;

//
constexpr std::array<std::string_view, 4> kBuiltInProviders = {
    "accounts.google.com", "www.amazon.com", "graph.facebook.com",
    "cognito-identity.amazonaws.com"};

// "assumed-role/Name/Session" -> "Name".
std::string_view SessionRoleName(const policy::ArnView& arn) {
  std::string_view rest = arn.resource.substr(arn.resource.find('/') + 1);
  return rest.substr(0, rest.find('/'));
}

class PrincipalChecker {
 public:
  explicit PrincipalChecker(BuildContext& context) : context_(context) {}

  void Check(const PolicyDefinition& definition, const FileDefinitions& file) {
    if (definition.policy == nullptr) return;
    file_ = definition.file != nullptr ? *definition.file : *file.file;
    for (const policy::CompiledStatement& statement : definition.policy->statements()) {
      for (const policy::CompiledPrincipal& principal : statement.principals) CheckOne(principal);
    }
  }

 private:
  void CheckOne(const policy::CompiledPrincipal& principal) {
    switch (principal.kind) {
      case Kind::kEveryone:
      case Kind::kService:  // Its form was checked by the parser; there is no list of services.
        return;
      case Kind::kAccount:
        return CheckAccount(principal);
      case Kind::kUser:
      case Kind::kRole:
      case Kind::kRoleSession:
      case Kind::kFederatedUser:
        return CheckArn(principal);
      case Kind::kFederated:
        return CheckProvider(principal);
      case Kind::kUniqueId:
        return CheckUniqueId(principal);
      case Kind::kCanonicalUser:
        return Invalid(principal, "CanonicalUser",
                       "canonical user ids are not known here: name the account");
    }
  }

  void CheckAccount(const policy::CompiledPrincipal& principal) {
    if (!principal.partition.empty() && principal.partition != context_.partition) {
      return Invalid(principal, "AWS", OtherPartition(principal));
    }
    if (FindIn(context_.tables->accounts_by_id, principal.value) != nullptr) return;
    std::vector<std::string_view> ids;
    for (const auto& account : context_.tables->accounts) ids.push_back(account->id);
    Invalid(principal, "AWS",
            base::StrCat("principal names account ", base::Quoted(principal.value),
                         ", which is not declared; declare it under `Accounts`, with `External: "
                         "true` if it is kept elsewhere"),
            context_.Suggest(principal.value, ids));
  }

  // The declared account of an ARN; nullptr, and an error, if there is none.
  const Account* AccountOf(const policy::CompiledPrincipal& principal, const policy::ArnView& arn,
                           std::string_view type) {
    if (arn.partition != context_.partition) {
      Invalid(principal, type, OtherPartition(principal));
      return nullptr;
    }
    const Account* account = FindIn(context_.tables->accounts_by_id, arn.account);
    if (account == nullptr) {
      Invalid(principal, type,
              base::StrCat("principal ", base::Quoted(principal.value), " is in account ",
                           base::Quoted(arn.account),
                           ", which is not declared; declare it under `Accounts`, with `External: "
                           "true` if it is kept elsewhere"));
    }
    return account;
  }

  void CheckArn(const policy::CompiledPrincipal& principal) {
    const auto arn = policy::ArnView::Parse(principal.value);
    if (!arn.has_value()) return Missing(principal, "AWS", {});
    const Account* account = AccountOf(principal, *arn, "AWS");
    if (account == nullptr || account->external) return;
    if (principal.kind == Kind::kUser) {
      if (FindIn(context_.tables->users_by_arn, principal.value) == nullptr) {
        Missing(principal, "AWS", ArnsOf(context_.tables->users));
      }
    } else if (principal.kind == Kind::kRole) {
      if (FindIn(context_.tables->roles_by_arn, principal.value) == nullptr) {
        Missing(principal, "AWS", ArnsOf(context_.tables->roles));
      }
    } else if (principal.kind == Kind::kRoleSession) {
      if (context_.roles.Find(account->id, SessionRoleName(*arn)) == nullptr) {
        Missing(principal, "AWS", {});
      }
    }
    // A federated user's name is chosen when it is made: only its account can be checked.
  }

  void CheckProvider(const policy::CompiledPrincipal& principal) {
    if (std::find(kBuiltInProviders.begin(), kBuiltInProviders.end(), principal.value) !=
        kBuiltInProviders.end()) {
      return;
    }
    const auto arn = policy::ArnView::Parse(principal.value);
    if (!arn.has_value()) return Missing(principal, "Federated", ProviderArns());
    const Account* account = AccountOf(principal, *arn, "Federated");
    if (account == nullptr || account->external) return;
    if (FindIn(context_.tables->oidc_providers_by_arn, principal.value) == nullptr &&
        FindIn(context_.tables->saml_providers_by_arn, principal.value) == nullptr) {
      Missing(principal, "Federated", ProviderArns());
    }
  }

  // An orphan matches nobody. It may also belong to an external account.
  void CheckUniqueId(const policy::CompiledPrincipal& principal) {
    if (FindIn(context_.tables->users_by_id, principal.value) != nullptr ||
        FindIn(context_.tables->roles_by_id, principal.value) != nullptr) {
      return;
    }
    policy::Diagnostic diagnostic;
    diagnostic.severity = policy::Severity::kWarning;
    diagnostic.position = principal.position;
    diagnostic.message = base::StrCat("principal ", base::Quoted(principal.value),
                                      " is the id of no user and no role: it matches nobody");
    context_.Report(file_, std::move(diagnostic));
  }

  std::string OtherPartition(const policy::CompiledPrincipal& principal) const {
    return base::StrCat("principal ", base::Quoted(principal.value),
                        " is of another partition than `", context_.partition, "`");
  }

  template <typename T>
  static std::vector<std::string_view> ArnsOf(const std::vector<std::unique_ptr<T>>& entities) {
    std::vector<std::string_view> arns;
    arns.reserve(entities.size());
    for (const auto& entity : entities) arns.push_back(entity->arn);
    return arns;
  }

  std::vector<std::string_view> ProviderArns() const {
    std::vector<std::string_view> arns = ArnsOf(context_.tables->oidc_providers);
    const std::vector<std::string_view> saml = ArnsOf(context_.tables->saml_providers);
    arns.insert(arns.end(), saml.begin(), saml.end());
    return arns;
  }

  void Missing(const policy::CompiledPrincipal& principal, std::string_view type,
               absl::Span<const std::string_view> candidates) {
    Invalid(principal, type,
            base::StrCat("principal ", base::Quoted(principal.value), " does not exist"),
            context_.Suggest(principal.value, candidates));
  }

  void Invalid(const policy::CompiledPrincipal& principal, std::string_view type,
               std::string message, std::string suggestion = {}) {
    policy::Diagnostic diagnostic;
    diagnostic.position = principal.position;
    diagnostic.message = std::move(message);
    diagnostic.suggestion = std::move(suggestion);
    diagnostic.row = policy::MalformedRow::kPrincipal;
    diagnostic.iam_message = base::StrCat("Invalid principal in policy: \"", type, "\":\"",
                                          principal.value.view(), "\"");
    context_.Report(file_, std::move(diagnostic));
  }

  BuildContext& context_;
  std::string file_;  // That of the policy being checked.
};

}  // namespace

void CheckPrincipals(BuildContext& context) {
  PrincipalChecker checker(context);
  for (const auto& file : context.files) {
    for (const RoleDefinition& role : file->roles) {
      if (role.trust_policy.has_value()) checker.Check(*role.trust_policy, *file);
    }
    for (const ResourceDefinition& resource : file->resources) {
      if (resource.policy.has_value()) checker.Check(*resource.policy, *file);
    }
  }
}

}  // namespace portcullis::store
