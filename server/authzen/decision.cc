#include "server/authzen/decision.h"

#include <utility>

#include "absl/strings/ascii.h"

#include "server/base/error_reason.h"
#include "server/policy/decision.h"

namespace portcullis::authzen {
namespace {

std::string_view ReasonOf(policy::Effect effect) {
  switch (effect) {
    case policy::Effect::kImplicitDeny:
      return "implicit_deny";
    case policy::Effect::kExplicitDeny:
      return "explicit_deny";
    case policy::Effect::kAllow:
      return "explicit_allow";
  }
  return "implicit_deny";
}

}  // namespace

absl::StatusOr<Decision> Decide(engine::Authorizer& authorizer, const Evaluation& evaluation,
                                const engine::Peer& peer, const gateway::Asker& asker) {
  const engine::QueryItem item{evaluation.action, evaluation.resource, {}};
  engine::Query query;
  query.caller = evaluation.caller;
  query.context = evaluation.context;
  query.items = absl::MakeConstSpan(&item, 1);
  query.peer = peer;
  query.snapshot = asker.snapshot;
  engine::Answer answer;
  const absl::Status status = authorizer.Authorize(query, &answer);
  Decision decision;
  if (absl::IsUnauthenticated(status)) {
    decision.reason = absl::AsciiStrToLower(base::ReasonOf(status));
    decision.message = std::string(status.message());
    return decision;
  }
  if (!status.ok()) return status;
  const engine::AnswerItem& answered = answer.items.front();
  decision.allowed = answered.decision.effect == policy::Effect::kAllow;
  decision.reason = ReasonOf(answered.decision.effect);
  decision.message = answered.reason;
  decision.decision_id = answered.decision_id;
  decision.policy_revision = answer.policy_revision();
  return decision;
}

void WriteDecision(const Decision& decision, base::JsonWriter* writer) {
  writer->BeginObject();
  writer->Member("decision", decision.allowed);
  writer->Key("context").BeginObject();
  if (decision.error_status != 0) {
    writer->Key("error").BeginObject();
    writer->Member("status", static_cast<int64_t>(decision.error_status));
    writer->Member("message", decision.message);
    writer->EndObject();
  } else {
    const std::pair<std::string_view, const std::string&> members[] = {
        {"decision_id", decision.decision_id},
        {"reason", decision.reason},
        {"message", decision.message},
        {"policy_revision", decision.policy_revision}};
    for (const auto& [name, text] : members) {
      if (!text.empty()) writer->Member(name, text);
    }
  }
  writer->EndObject();
  writer->EndObject();
}

}  // namespace portcullis::authzen
