#include "server/engine/assume_role.h"

#include "server/base/status_macros.h"
#include "server/engine/sts_question.h"
#include "server/policy/request.h"

namespace portcullis::engine {
namespace {

constexpr std::string_view kTagSession = "sts:TagSession";
constexpr std::string_view kSetSourceIdentity = "sts:SetSourceIdentity";

StsQuestion QuestionOf(const AssumeRoleQuestion& asked) {
  const session::AssumeRoleParameters& parameters = *asked.parameters;
  StsQuestion question;
  question.caller = asked.caller;
  question.peer = asked.peer;
  question.resource = parameters.role_arn;
  question.resource_is_role = true;
  question.role = asked.role;
  question.tags = parameters.tags;
  question.transitive_tag_keys = parameters.transitive_tag_keys;
  if (parameters.source_identity.has_value())
    question.source_identity = *parameters.source_identity;
  if (parameters.external_id.has_value()) question.external_id = *parameters.external_id;
  question.role_session_name = parameters.role_session_name;
  question.federated_keys = asked.federated_keys;
  question.context = asked.context;
  question.mfa_verified = asked.mfa_verified;
  question.now = asked.now;
  return question;
}

}  // namespace

absl::Status AuthorizeAssumeRole(const AssumeRoleQuestion& asked, const store::Snapshot& snapshot) {
  const StsQuestion question = QuestionOf(asked);
  StsAsker asker(question, snapshot);
  RETURN_IF_ERROR(asker.BuildContext());
  RETURN_IF_ERROR(asker.Ask(asked.action));
  // Chaining needs the caller's own permission for these even where the trust policy names the
  // calling role directly.
  const bool chaining = asked.caller->principal.kind == policy::PrincipalKind::kRoleSession;
  if (asker.has_tags()) {
    RETURN_IF_ERROR(asker.Ask(kTagSession));
    if (chaining) RETURN_IF_ERROR(asker.AskCallersSide(kTagSession));
  }
  if (asker.has_source_identity()) {
    RETURN_IF_ERROR(asker.Ask(kSetSourceIdentity));
    if (chaining) RETURN_IF_ERROR(asker.AskCallersSide(kSetSourceIdentity));
  }
  return absl::OkStatus();
}

}  // namespace portcullis::engine
