#include "server/engine/administration.h"

#include <memory>
#include <optional>

#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/engine/select.h"
#include "server/policy/arn.h"

namespace portcullis::engine {
namespace {

absl::Status SimulationStatus(const policy::SimulationError& error) {
  if (error.code.empty()) return absl::OkStatus();
  absl::StatusCode code = absl::StatusCode::kInvalidArgument;
  if (error.code == "NoSuchEntity") code = absl::StatusCode::kNotFound;
  if (error.code == "PolicyEvaluation") code = absl::StatusCode::kInternal;
  return base::ErrorWithReason(code, error.code, error.message);
}

// The entity whose policies are simulated, as the caller it would be.
struct SourceEntity {
  Caller caller;
  policy::EffectivePolicies policies;
  bool is_user = false;
};

absl::StatusOr<SourceEntity> FindSourceEntity(std::string_view arn,
                                              const store::Snapshot& snapshot) {
  SourceEntity entity;
  if (const store::User* user = snapshot.FindUser(arn)) {
    entity.is_user = true;
    entity.caller.user = user;
    entity.caller.account = user->account;
    entity.caller.principal.kind = policy::PrincipalKind::kUser;
    entity.caller.principal.arn = user->arn;
    entity.caller.principal.account = user->account->id;
    entity.caller.principal.unique_id = user->id;
  } else if (const store::Role* role = snapshot.FindRole(arn)) {
    entity.caller.role = role;
    entity.caller.account = role->account;
    entity.caller.principal.kind = policy::PrincipalKind::kRoleSession;
    entity.caller.principal.account = role->account->id;
    entity.caller.principal.issuer_arn = role->arn;
    entity.caller.principal.unique_id = role->id;
  } else if (const store::Group* group = snapshot.FindGroup(arn)) {
    entity.caller.account = group->account;
    entity.caller.principal.kind = policy::PrincipalKind::kUser;
    entity.caller.principal.account = group->account->id;
    entity.policies.identity.push_back(group->policies.get());
    return entity;
  } else {
    return base::ErrorWithReason(
        absl::StatusCode::kNotFound, "NoSuchEntity",
        base::Concat({"The user, group or role ", base::Quoted(arn), " cannot be found."}));
  }
  const SelectedResource resource = SelectResource("*", "", entity.caller, snapshot);
  SelectPolicies(entity.caller, resource, snapshot, &entity.policies);
  return entity;
}

}  // namespace

Administration::Administration(const store::PolicyStore& store, const base::Clock& clock,
                               Authorizer& authorizer, store::ReloadControl& reload,
                               Recorder& recorder)
    : store_(store), clock_(clock), authorizer_(authorizer), reload_(reload), recorder_(recorder) {}

AdministrationStatus Administration::DescribeStatus(store::ReloadStatus reload) const {
  AdministrationStatus status;
  status.reload = std::move(reload);
  const std::shared_ptr<const store::Snapshot> snapshot = store_.Current();
  if (snapshot == nullptr) return status;
  status.object_counts = {
      {"accounts", snapshot->accounts().size()},
      {"users", snapshot->users().size()},
      {"groups", snapshot->groups().size()},
      {"roles", snapshot->roles().size()},
      {"managed_policies", snapshot->managed_policies().size()},
      {"resources", snapshot->resources().size()},
      {"statements", snapshot->statement_count()},
      {"gateways", snapshot->routes().gateways().size()},
      {"proxies", snapshot->proxies().size()},
  };
  return status;
}

absl::StatusOr<AdministrationStatus> Administration::GetStatus(const CallerProof& caller,
                                                               const Peer& peer) {
  const bool nothing_loaded = store_.Current() == nullptr;
  if (!(nothing_loaded && peer.may_assert_principals)) {
    RETURN_IF_ERROR(authorizer_.RequirePermission(caller, peer, "portcullis:GetStatus", "*"));
  }
  return DescribeStatus(reload_.Status());
}

absl::StatusOr<AdministrationStatus> Administration::Reload(const CallerProof& caller,
                                                            const Peer& peer, absl::Time deadline) {
  const RecorderTimer timer;
  const bool nothing_loaded = store_.Current() == nullptr;
  if (!(nothing_loaded && peer.may_assert_principals)) {
    RETURN_IF_ERROR(authorizer_.RequirePermission(caller, peer, "portcullis:ReloadPolicies", "*"));
  }
  absl::StatusOr<store::ReloadStatus> reloaded = reload_.ReloadNow(deadline);
  Operation operation;
  operation.kind = Operation::Kind::kReloadPolicies;
  operation.peer = &peer;
  if (reloaded.ok()) operation.policy_revision = reloaded->serving_digest;
  RETURN_IF_ERROR(recorder_.RecordOperation(operation, reloaded.status(), clock_.Now(), timer));
  return DescribeStatus(*std::move(reloaded));
}

absl::StatusOr<std::vector<policy::SimulationResult>> Administration::SimulateCustomPolicy(
    const CallerProof& caller, const Peer& peer, const policy::SimulationRequest& request) {
  RETURN_IF_ERROR(authorizer_.RequirePermission(caller, peer, "iam:SimulateCustomPolicy", "*"));
  std::vector<policy::SimulationResult> results;
  RETURN_IF_ERROR(SimulationStatus(policy::Simulate(request, {}, &results)));
  return results;
}

absl::StatusOr<std::vector<policy::SimulationResult>> Administration::SimulatePrincipalPolicy(
    const CallerProof& caller, const Peer& peer, std::string_view policy_source_arn,
    const policy::SimulationRequest& request) {
  if (!policy::IsResourceName(policy_source_arn) || policy_source_arn == "*") {
    return base::ErrorWithReason(
        absl::StatusCode::kInvalidArgument, "InvalidInput",
        base::Concat({"policy_source_arn: ", base::Quoted(policy_source_arn), " is not an ARN"}));
  }
  RETURN_IF_ERROR(authorizer_.RequirePermission(caller, peer, "iam:SimulatePrincipalPolicy",
                                                policy_source_arn));
  const std::shared_ptr<const store::Snapshot> snapshot = store_.Current();
  ASSIGN_OR_RETURN(const SourceEntity source, FindSourceEntity(policy_source_arn, *snapshot));
  policy::SimulatedEntity entity;
  entity.policies = &source.policies;
  // the caller defaults to the source if that is a user; otherwise caller_arn says who.
  if (source.is_user && request.caller_arn.empty()) entity.principal = &source.caller.principal;
  std::vector<policy::SimulationResult> results;
  RETURN_IF_ERROR(SimulationStatus(policy::Simulate(request, entity, &results)));
  return results;
}

}  // namespace portcullis::engine
