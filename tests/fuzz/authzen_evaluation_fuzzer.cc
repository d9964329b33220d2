// Bodies of AuthZEN requests: what anybody can send who reaches the endpoint.
//
// Whatever the bytes: no crash; a single request has one question, and what is accepted as a
// question has an action, a resource and a caller, and keys of policies within bounds. A body that
// is fine as a single request is fine as a batch without elements, and asks the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "server/authzen/evaluation.h"
#include "server/base/text.h"
#include "server/engine/query.h"

namespace portcullis::authzen {
namespace {

using Form = EvaluationRequest::Form;

void Require(bool holds) {
  if (!holds) std::abort();
}

void CheckContext(const engine::ContextInput& input) {
  Require(input.key.find(':') != std::string_view::npos);
  Require(input.multivalued || input.values.size() == 1);
  for (const std::string_view value : input.values) Require(base::IsValidUtf8(value));
}

void CheckEvaluation(const Evaluation& evaluation) {
  Require(evaluation.caller.kind == engine::CallerProof::Kind::kSessionToken ||
          evaluation.caller.kind == engine::CallerProof::Kind::kPrincipalArn);
  Require(!evaluation.caller.value.empty());
  Require(!evaluation.action.empty() && !evaluation.resource.empty());
  Require(evaluation.context.size() <= engine::kContextEntriesMax);
  for (const engine::ContextInput& input : evaluation.context) CheckContext(input);
}

void CheckRequest(const EvaluationRequest& request) {
  Require(!request.evaluations().empty() && request.evaluations().size() <= kEvaluationsMax);
  Require(request.form() == Form::kBatch || request.evaluations().size() == 1);
  for (const absl::StatusOr<Evaluation>& evaluation : request.evaluations()) {
    if (evaluation.ok()) {
      CheckEvaluation(*evaluation);
    } else {
      Require(absl::IsInvalidArgument(evaluation.status()));
      Require(!evaluation.status().message().empty());
    }
  }
}

void CheckSame(const Evaluation& a, const Evaluation& b) {
  Require(a.caller.kind == b.caller.kind && a.caller.value == b.caller.value);
  Require(a.action == b.action && a.resource == b.resource);
  Require(a.context.size() == b.context.size());
  for (size_t i = 0; i < a.context.size(); ++i) Require(a.context[i].key == b.context[i].key);
}

void Check(std::string_view body) {
  const auto single = EvaluationRequest::Parse(body, Form::kSingle);
  const auto batch = EvaluationRequest::Parse(body, Form::kBatch);
  if (single.ok()) {
    Require(single->form() == Form::kSingle);
    CheckRequest(*single);
  }
  if (!batch.ok()) return;
  CheckRequest(*batch);
  Require(single.ok());
  if (batch->form() == Form::kBatch) return;
  const auto& left = single->evaluations().front();
  const auto& right = batch->evaluations().front();
  Require(left.ok() == right.ok());
  if (left.ok()) CheckSame(*left, *right);
}

}  // namespace
}  // namespace portcullis::authzen

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  portcullis::authzen::Check({reinterpret_cast<const char*>(data), size});
  return 0;
}
