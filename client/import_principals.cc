#include "client/import_principals.h"

#include <string_view>

#include "absl/strings/match.h"

#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/policy/arn.h"

namespace portcullis::client {
namespace {

using base::Node;

// Calls `visit` with the node itself, or with each element of a list: most elements of the policy
// language may be one or several.
template <typename Visit>
void ForEach(const Node* node, const Visit& visit) {
  if (node == nullptr) return;
  if (!node->is_sequence()) return visit(*node);
  for (const Node& item : node->children()) visit(item);
}

class Finder {
 public:
  Finder(const AwsAccount& account, NamedPrincipals* found) : account_(account), found_(found) {}

  void Look(const AwsDocument& document) {
    if (document.root == nullptr) return;
    document_ = &document;
    ForEach(document.root->Find("Statement"), [this](const Node& statement) {
      for (const std::string_view element : {"Principal", "NotPrincipal"}) {
        const Node* principal = statement.Find(element);
        if (principal == nullptr || !principal->is_mapping()) continue;
        ForEach(principal->Find("AWS"), [this](const Node& value) { LookAtAws(value); });
        ForEach(principal->Find("Federated"),
                [&](const Node& value) { LookAtProvider(value, statement); });
      }
    });
  }

 private:
  ImportPlace PlaceOf(const Node& node) const {
    return {document_->place.input, document_->from_text ? document_->place.position : node.begin};
  }

  void AddAccount(std::string_view id, const Node& node) {
    if (id == account_.id.text || !policy::IsAccountId(id)) return;
    found_->external_accounts.emplace(id, PlaceOf(node));
  }

  void LookAtAws(const Node& value) {
    const auto arn = policy::ArnView::Parse(value.text);
    AddAccount(arn.has_value() ? arn->account : value.text, value);
  }

  void LookAtProvider(const Node& value, const Node& statement) {
    const auto arn = policy::ArnView::Parse(value.text);
    if (!arn.has_value()) return;
    const size_t slash = arn->resource.find('/');
    if (slash == std::string_view::npos) return;
    const std::string name(arn->resource.substr(slash + 1));
    if (arn->account != account_.id.text) return AddAccount(arn->account, value);
    switch (policy::ClassifyPrincipalArn(*arn)) {
      case policy::PrincipalArnKind::kOidcProvider: {
        NamedOidcProvider& provider =
            found_->oidc_providers.emplace(name, NamedOidcProvider{PlaceOf(value), {}})
                .first->second;
        return AddAudiences(base::StrCat(name, ":aud"), statement, &provider);
      }
      case policy::PrincipalArnKind::kSamlProvider:
        found_->saml_providers.emplace(name, PlaceOf(value));
        return;
      case policy::PrincipalArnKind::kNotAPrincipal:
      case policy::PrincipalArnKind::kRoot:
      case policy::PrincipalArnKind::kUser:
      case policy::PrincipalArnKind::kRole:
      case policy::PrincipalArnKind::kRoleSession:
      case policy::PrincipalArnKind::kFederatedUser:
        return;  // The loader says what is wrong with it.
    }
  }

  // The values of the condition key `key`, without those that are patterns.
  static void AddAudiences(std::string_view key, const Node& statement,
                           NamedOidcProvider* provider) {
    const Node* condition = statement.Find("Condition");
    if (condition == nullptr) return;
    for (const Node& block : condition->children()) {
      for (const Node& values : block.children()) {
        if (!absl::EqualsIgnoreCase(base::AbslView(values.key), base::AbslView(key))) continue;
        ForEach(&values, [provider](const Node& value) {
          const bool pattern = value.text.find_first_of("*?$") != std::string_view::npos;
          if (!pattern && !value.text.empty()) provider->aud.emplace(value.text);
        });
      }
    }
  }

  const AwsAccount& account_;
  NamedPrincipals* found_;
  const AwsDocument* document_ = nullptr;
};

}  // namespace

NamedPrincipals FindNamedPrincipals(const AwsAccount& account) {
  NamedPrincipals found;
  Finder finder(account, &found);
  for (const AwsRole& role : account.roles) finder.Look(role.trust_policy);
  for (const AwsResource& resource : account.resources) finder.Look(resource.policy);
  return found;
}

}  // namespace portcullis::client
