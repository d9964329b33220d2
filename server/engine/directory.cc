#include "server/engine/directory.h"

#include <string>

#include "absl/types/span.h"

#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/engine/call_internal.h"
#include "server/engine/credential_rules.h"

namespace portcullis::engine {
namespace {

inventory::Scope ScopeOf(const Call& call, const DirectoryParts& parts) {
  const Caller& caller = call.caller();
  inventory::Scope scope{call.snapshot(), call.account()};
  // A role session has no user, though somebody assumed the role.
  if (caller.role == nullptr) scope.user = caller.user;
  scope.is_root = caller.principal.kind == policy::PrincipalKind::kRoot;
  scope.activity = &parts.activity;
  if (parts.providers != nullptr) {
    scope.saml_valid_until = [providers = parts.providers](const store::SamlProvider& provider) {
      return providers->MetadataValidUntil(provider);
    };
  }
  return scope;
}

// What comes before authorization.
absl::Status Admit(const CallerProof& proof, std::string_view action,
                   const inventory::Parameters& parameters,
                   absl::Span<const inventory::ParameterRule> rules, Call* call) {
  RETURN_IF_ERROR(call->IdentifyWithAccount(proof));
  RETURN_IF_ERROR(CheckMayAsk(call->caller(), base::FoldCase(action)));
  return inventory::Validate(parameters, rules);
}

}  // namespace

Directory::Directory(const store::PolicyStore& store, const base::Clock& clock,
                     const DirectoryParts& parts)
    : store_(store), clock_(clock), parts_(parts) {}

absl::StatusOr<base::Shape> Directory::Read(const CallerProof& caller, const Peer& peer,
                                            const inventory::Operation& operation,
                                            const inventory::Parameters& parameters) {
  Call call({store_, clock_, parts_.authorizer, parts_.recorder, parts_.revocations},
            Operation::Kind::kReadInventory, peer);
  RETURN_IF_ERROR(call.CheckLoaded());
  call.operation().name = operation.name;
  const auto read = [&]() -> absl::StatusOr<base::Shape> {
    const std::string action = base::Concat({"iam:", operation.name});
    RETURN_IF_ERROR(Admit(caller, action, parameters, operation.parameters, &call));
    const inventory::Scope scope = ScopeOf(call, parts_);
    ASSIGN_OR_RETURN(const std::string resource, operation.resource(scope, parameters));
    RETURN_IF_ERROR(call.Require(caller, action, resource));
    return operation.read(scope, parameters);
  };
  absl::StatusOr<base::Shape> result = read();
  RETURN_IF_ERROR(call.Record(WithoutState(result.status())));
  return result;
}

absl::Status Directory::RefuseWrite(const CallerProof& caller, const Peer& peer,
                                    const inventory::WriteOperation& operation,
                                    const inventory::Parameters& parameters) {
  Call call({store_, clock_, parts_.authorizer, parts_.recorder, parts_.revocations},
            Operation::Kind::kRefuseWrite, peer);
  RETURN_IF_ERROR(call.CheckLoaded());
  call.operation().name = operation.name;
  const auto refusal = [&]() -> absl::Status {
    const std::string action = base::Concat({"iam:", operation.name});
    RETURN_IF_ERROR(Admit(caller, action, parameters, operation.rules(), &call));
    const inventory::Scope scope = ScopeOf(call, parts_);
    ASSIGN_OR_RETURN(const std::string resource, ResourceOf(operation, scope, parameters));
    RETURN_IF_ERROR(call.Require(caller, action, resource));
    return inventory::RefuseWrite(operation, scope, parameters);
  };
  return call.Record(refusal());
}

}  // namespace portcullis::engine
