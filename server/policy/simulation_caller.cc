#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/types/span.h"

#include "server/base/text.h"
#include "server/policy/arn.h"
#include "server/policy/request.h"
#include "server/policy/request_context.h"
#include "server/policy/simulation_internal.h"

namespace portcullis::policy::simulation {
namespace {

// "Role" and "session" of "assumed-role/Role/session"; empty views for other principals.
struct SessionNames {
  std::string_view role;
  std::string_view session;
};

SessionNames SessionNamesOf(const ArnView& arn) {
  const std::string_view rest =
      arn.resource.substr(std::min(arn.resource.find('/'), arn.resource.size() - 1) + 1);
  const size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return {};
  return {rest.substr(0, slash), rest.substr(slash + 1)};
}

// The keys that follow from who calls. Whoever simulates may state them otherwise:
// entries of the request are in the context before.
class CallerKeys {
 public:
  explicit CallerKeys(RequestContext* context) : context_(*context) {}

  void Fill(const Principal& principal) {
    switch (principal.kind) {
      case PrincipalKind::kRoot:
        Add("aws:userid", principal.account);
        FillAccountKeys(principal, "Account", principal.arn);
        return;
      case PrincipalKind::kUser:
        FillUser(principal);
        return;
      case PrincipalKind::kRoleSession:
        FillSession(principal);
        return;
      case PrincipalKind::kFederatedUser:
        FillFederatedUser(principal);
        return;
      case PrincipalKind::kService:
        Add("aws:PrincipalType", "AWSService");
        Add("aws:PrincipalIsAWSService", "true");
        Add("aws:PrincipalServiceName", principal.arn);
        return;
      case PrincipalKind::kAnonymous:
      case PrincipalKind::kWebIdentity:
      case PrincipalKind::kSaml:
        return;
    }
  }

 private:
  void Add(std::string_view name, std::string_view value) {
    if (!value.empty()) context_.AddOwned(name, absl::MakeConstSpan(&value, 1), false);
  }

  void FillAccountKeys(const Principal& principal, std::string_view type, std::string_view arn) {
    Add("aws:PrincipalArn", arn);
    Add("aws:PrincipalAccount", principal.account);
    Add("aws:PrincipalType", type);
    Add("aws:PrincipalIsAWSService", "false");
  }

  void FillUser(const Principal& principal) {
    const std::optional<ArnView> arn = ArnView::Parse(principal.arn);
    if (!arn.has_value()) return;  // Nobody in particular calls.
    Add("aws:userid", principal.unique_id);
    Add("aws:username", ArnResourceName(*arn));
    FillAccountKeys(principal, "User", principal.arn);
  }

  void FillSession(const Principal& principal) {
    const std::optional<ArnView> arn = ArnView::Parse(principal.arn);
    if (!arn.has_value()) return;
    const SessionNames names = SessionNamesOf(*arn);
    if (!principal.unique_id.empty()) {
      Add("aws:userid", base::Concat({principal.unique_id, ":", names.session}));
    }
    // A session's ARN has no path, so that without the role itself only the commonest path
    // can be assumed.
    FillAccountKeys(
        principal, "AssumedRole",
        principal.issuer_arn.empty()
            ? base::Concat({"arn:", arn->partition, ":iam::", arn->account, ":role/", names.role})
            : std::string(principal.issuer_arn));
  }

  void FillFederatedUser(const Principal& principal) {
    const std::optional<ArnView> arn = ArnView::Parse(principal.arn);
    if (!arn.has_value()) return;
    Add("aws:userid", base::Concat({principal.account, ":", ArnResourceName(*arn)}));
    FillAccountKeys(principal, "FederatedUser", principal.arn);
  }

  RequestContext& context_;
};

}  // namespace

Principal PrincipalOf(std::string_view caller_arn) {
  Principal principal;
  if (IsServicePrincipalName(caller_arn)) {
    principal.kind = PrincipalKind::kService;
    principal.arn = caller_arn;
    return principal;
  }
  const std::optional<ArnView> arn = ArnView::Parse(caller_arn);
  if (!arn.has_value()) return principal;
  switch (ClassifyPrincipalArn(*arn)) {
    case PrincipalArnKind::kRoot:
      principal.kind = PrincipalKind::kRoot;
      break;
    case PrincipalArnKind::kUser:
      principal.kind = PrincipalKind::kUser;
      break;
    case PrincipalArnKind::kRoleSession:
      principal.kind = PrincipalKind::kRoleSession;
      break;
    case PrincipalArnKind::kFederatedUser:
      principal.kind = PrincipalKind::kFederatedUser;
      break;
    case PrincipalArnKind::kNotAPrincipal:
    case PrincipalArnKind::kRole:
    case PrincipalArnKind::kOidcProvider:
    case PrincipalArnKind::kSamlProvider:
      return principal;
  }
  principal.arn = caller_arn;
  principal.account = arn->account;
  return principal;
}

void FillCallerKeys(const Principal& principal, RequestContext* context) {
  CallerKeys(context).Fill(principal);
}

}  // namespace portcullis::policy::simulation
