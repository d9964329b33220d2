#include "server/engine/authorizer.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/engine/authorization_message.h"
#include "server/engine/caller.h"
#include "server/engine/context_builder.h"
#include "server/engine/credential_rules.h"
#include "server/engine/decision_id.h"
#include "server/engine/select.h"
#include "server/policy/denial.h"
#include "server/policy/evaluate.h"
#include "server/policy/request.h"

namespace portcullis::engine {
namespace {

// Memory that one thread keeps between queries, so that a decision allocates nothing.
struct Workspace {
  store::PolicyStore::Pin pin;
  ContextScratch scratch;
  policy::RequestContext context;
  policy::AuthorizationRequest request;
  policy::EffectivePolicies policies;
};

Workspace& ThreadWorkspace() {
  thread_local Workspace workspace;
  return workspace;
}

absl::Status InvalidItem(size_t index, size_t count, std::string_view field, std::string_view value,
                         std::string_view rule) {
  const std::string where = count == 1
                                ? std::string(field)
                                : base::Concat({"items[", std::to_string(index), "].", field});
  return base::ErrorWithReason(absl::StatusCode::kInvalidArgument,
                               field == "action" ? "INVALID_ACTION" : "INVALID_RESOURCE",
                               base::Concat({where, ": ", base::Quoted(value), " ", rule}));
}

// Also reads the resource's fields, which `*` has none of.
absl::Status CheckItem(const QueryItem& item, size_t index, size_t count,
                       std::optional<policy::ArnView>* arn) {
  if (!policy::IsActionName(item.action)) {
    return InvalidItem(index, count, "action", item.action,
                       "is not one action of the form service:Action");
  }
  if (!item.resource.empty() && !policy::ReadResourceName(item.resource, arn)) {
    return InvalidItem(index, count, "resource", item.resource, "is neither an ARN nor *");
  }
  return absl::OkStatus();
}

absl::Status CheckQuery(const Query& query) {
  if (query.items.empty() || query.items.size() > kItemsMax) {
    return base::ErrorWithReason(absl::StatusCode::kInvalidArgument, "INVALID_BATCH_SIZE",
                                 "items: give 1 to 1000");
  }
  return absl::OkStatus();
}

// Steps 5 to 7 of the path of a request for one item.
absl::Status DecideItem(const Query& query, size_t index, const Caller& caller,
                        const store::Snapshot& snapshot, absl::Time now, Workspace* work,
                        AnswerItem* answer) {
  const QueryItem& item = query.items[index];
  std::optional<policy::ArnView> arn;
  RETURN_IF_ERROR(CheckItem(item, index, query.items.size(), &arn));
  const std::string_view resource_name = item.resource.empty() ? "*" : item.resource;
  policy::PrepareAction(item.action, &work->request);
  const std::string_view action_folded = work->request.action_folded;
  RETURN_IF_ERROR(CheckMayAsk(caller, action_folded));
  const SelectedResource resource =
      SelectResource(resource_name, arn, action_folded, caller, snapshot);

  policy::PrepareResource(caller.principal, resource_name, arn, resource.facts.account_id,
                          &work->context, &work->request);
  SelectPolicies(caller, resource, snapshot, &work->policies);
  // What follows takes about as long as reading them from memory.
  for (const policy::CompiledPolicySet* set : work->policies.identity) {
    set->PrefetchCandidates(work->request);
  }

  ContextFacts facts;
  facts.caller = &caller;
  facts.peer = &query.peer;
  facts.resource = &resource.facts;
  facts.now = now;
  work->context.Clear();
  RETURN_IF_ERROR(BuildContext(facts, query.context, &work->scratch, &work->context));
  RETURN_IF_ERROR(AddSupplied(item.context, query.peer.may_supply_request_facts, &work->context));

  answer->decision = policy::Evaluate(work->policies, work->request);
  NewDecisionId(now, &answer->decision_id);

  answer->reason.clear();
  if (answer->decision.effect != policy::Effect::kAllow) {
    policy::DenialStyle style;
    style.resource_policy_is_trust_policy = resource.is_role_trust;
    policy::WriteDenialMessage(answer->decision, work->request, style, &answer->reason);
  } else if (query.explain) {
    answer->reason = policy::AllowMessage(answer->decision, work->request);
  }
  answer->encoded_message.clear();
  if (query.encode_denials && answer->decision.effect != policy::Effect::kAllow) {
    ASSIGN_OR_RETURN(answer->encoded_message,
                     SealDecision(caller, answer->decision, work->request, *snapshot.key_ring()));
  }
  return absl::OkStatus();
}

absl::Status WithoutText(const absl::Status& status) {
  const std::string reason = base::ReasonOf(status);
  return base::ErrorWithReason(status.code(), reason, "");
}

}  // namespace

Authorizer::Authorizer(const store::PolicyStore& store, const base::Clock& clock,
                       Recorder& recorder, const state::RevocationLog* revocations)
    : store_(store), clock_(clock), recorder_(recorder), revocations_(revocations) {}

absl::Status Authorizer::Authorize(const Query& query, Answer* answer) {
  const RecorderTimer timer;
  answer->session_policies.reset();
  const absl::Time now = clock_.Now();
  absl::Status status = Decide(query, now, timer, answer);
  if (!status.ok()) {
    // Whatever was decided before the failure is withdrawn: no partial answers.
    answer->items.clear();
    recorder_.RecordRefusal(query, status, now);
  }
  return status;
}

absl::Status Authorizer::RequirePermission(const CallerProof& caller, const Peer& peer,
                                           std::string_view action, std::string_view resource) {
  const QueryItem item{action, resource, {}};
  Query query;
  query.caller = caller;
  query.items = absl::MakeConstSpan(&item, 1);
  query.peer = peer;
  Answer answer;
  RETURN_IF_ERROR(Authorize(query, &answer));
  const AnswerItem& decided = answer.items.front();
  if (decided.decision.effect == policy::Effect::kAllow) return absl::OkStatus();
  return base::ErrorWithReason(absl::StatusCode::kPermissionDenied, "AccessDenied", decided.reason);
}

absl::Status NotLoaded() {
  return base::ErrorWithReason(absl::StatusCode::kUnavailable, "NOT_LOADED",
                               "no policies are loaded yet");
}

absl::Status Authorizer::Refuse(const CallerProof& caller, const Peer& peer,
                                std::string_view action, const absl::Status& problem) {
  const absl::Time now = clock_.Now();
  const std::shared_ptr<const store::Snapshot> snapshot = store_.Current();
  const absl::StatusOr<Caller> identified =
      snapshot != nullptr ? IdentifyCaller(caller, peer, *snapshot, revocations_, now)
                          : NotLoaded();
  const absl::Status proven =
      identified.ok() ? CheckMayAsk(*identified, base::FoldCase(action)) : identified.status();
  RecordRefusal(peer, action, proven.ok() ? WithoutText(problem) : proven, now,
                identified.ok() ? &*identified : nullptr);
  return proven.ok() ? problem : proven;
}

absl::Status Authorizer::RefuseUnsigned(const Peer& peer, std::string_view action,
                                        const absl::Status& problem) {
  RecordRefusal(peer, action, WithoutText(problem), clock_.Now(), nullptr);
  return problem;
}

void Authorizer::RecordRefusal(const Peer& peer, std::string_view action,
                               const absl::Status& status, absl::Time now, const Caller* caller) {
  const QueryItem item{action, {}, {}};
  Query query;
  query.items = absl::MakeConstSpan(&item, 1);
  query.peer = peer;
  recorder_.RecordRefusal(query, status, now, caller);
}

absl::Status Authorizer::Decide(const Query& query, absl::Time now, const RecorderTimer& timer,
                                Answer* answer) {
  Workspace& work = ThreadWorkspace();
  answer->snapshot = query.snapshot != nullptr ? query.snapshot : work.pin.Get(store_);
  if (answer->snapshot == nullptr) return NotLoaded();
  const store::Snapshot& snapshot = *answer->snapshot;
  const absl::StatusOr<Caller> identified =
      IdentifyCaller(query.caller, query.peer, snapshot, revocations_, now);
  RETURN_IF_ERROR(identified.status());
  const Caller& caller = *identified;
  RETURN_IF_ERROR(CheckQuery(query));
  answer->session_policies = caller.session;
  answer->principal_arn.assign(caller.principal.arn);
  answer->account.assign(caller.principal.account);
  answer->user_id.assign(caller.user_id);
  // Items of an earlier answer stay for their memory: DecideItem replaces all of each.
  answer->items.resize(query.items.size());
  for (size_t i = 0; i < query.items.size(); ++i) {
    RETURN_IF_ERROR(DecideItem(query, i, caller, snapshot, now, &work, &answer->items[i]));
  }
  return recorder_.RecordDecisions(query, caller, *answer, now, timer);
}

}  // namespace portcullis::engine
