#include "server/metadata/service_role.h"

#include <optional>
#include <string_view>
#include <utility>

#include "server/base/status_macros.h"
#include "server/policy/arn.h"
#include "server/session/sts_parameters.h"

namespace portcullis::metadata {
namespace {

// An asker that speaks for the service, in this process.
engine::Peer PeerFor(const ServiceRole& role) {
  engine::Peer peer;
  peer.api = engine::Api::kMetadata;
  peer.may_assert_principals = true;
  peer.may_supply_request_facts = true;
  peer.secure_transport = true;
  peer.identity = role.service;
  return peer;
}

absl::StatusOr<session::Credentials> Assume(engine::Sessions& sessions, const ServiceRole& role) {
  engine::CallerProof caller;
  caller.kind = engine::CallerProof::Kind::kPrincipalArn;
  caller.value = role.service;
  session::AssumeRoleParameters parameters;
  parameters.role_arn = role.role_arn;
  parameters.role_session_name = role.session_name;
  std::vector<std::string_view> values;
  values.reserve(role.context.size());
  for (const ContextValue& item : role.context) values.push_back(item.value);
  std::vector<engine::ContextInput> context;
  context.reserve(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    context.push_back({role.context[i].key, absl::MakeConstSpan(&values[i], 1), false});
  }
  ASSIGN_OR_RETURN(engine::AssumedRole assumed,
                   sessions.AssumeRole(caller, parameters, context, PeerFor(role)));
  return std::move(assumed.credentials);
}

}  // namespace

std::string AccountOf(const std::string& role_arn) {
  const std::optional<policy::ArnView> arn = policy::ArnView::Parse(role_arn);
  return arn.has_value() ? std::string(arn->account) : std::string();
}

std::string NameOf(const std::string& role_arn) {
  return role_arn.substr(role_arn.rfind('/') + 1);
}

RoleSource MakeRoleSource(engine::Sessions& sessions, ServiceRole role) {
  RoleSource source;
  source.revision_if_valid = [&sessions,
                              role](std::string_view session_token) -> std::optional<std::string> {
    auto session = sessions.Validate(session_token, PeerFor(role));
    if (!session.ok() || session->status != engine::SessionStatus::kValid) return std::nullopt;
    return std::move(session->policy_revision);
  };
  source.assume = [&sessions, role = std::move(role)] { return Assume(sessions, role); };
  return source;
}

}  // namespace portcullis::metadata
