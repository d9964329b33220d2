// Requests of the Access Evaluation and Access Evaluations APIs, read from JSON.
#ifndef PORTCULLIS_SERVER_AUTHZEN_EVALUATION_H_
#define PORTCULLIS_SERVER_AUTHZEN_EVALUATION_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "server/base/node.h"
#include "server/engine/query.h"

namespace portcullis::authzen {

inline constexpr size_t kBodyBytesMax = size_t{1} << 20;
inline constexpr size_t kEvaluationsMax = 1000;

// What becomes of the rest when one is decided: options.evaluations_semantic.
enum class Semantic : uint8_t { kExecuteAll, kDenyOnFirstDeny, kPermitOnFirstPermit };

// One question. Views refer to the EvaluationRequest that it is of.
//
//   subject.type     "session_token": its id is one, and proves itself. "principal", "user",
//                    "role", "assumed-role", "federated-user", "root": its id is the ARN, of that
//                    kind, of a principal that is named without proof.
//   action.name      an action of policies: "orders:GetOrder"
//   resource.id      an ARN or "*"; resource.type is for people
//   context, and properties of the three: condition keys. A name with a colon is the key itself
//                    ("aws:SourceIp"), any other is in the namespace of its place: "subject:role",
//                    "action:soft", "resource:status", "context:time". Strings, booleans and
//                    numbers are values, lists of them are several; null is no key. Numbers are
//                    taken as spelled, without exponents. Objects have no form as a key.
struct Evaluation {
  engine::CallerProof caller;
  std::string_view action;
  std::string_view resource;
  std::vector<engine::ContextInput> context;
};

// Immutable; movable, which keeps views valid. Thread-safe.
class EvaluationRequest {
 public:
  enum class Form : uint8_t { kSingle, kBatch };

  // Reads a body. `form` is what the endpoint takes: for kSingle `evaluations` is a member like any
  // other that is not known. Members that are not known are ignored, as the API wants it (10.1.1);
  // a name that is there twice is not.
  // INVALID_ARGUMENT, with a sentence for the client, if it is no JSON, no object, or its
  // `evaluations` or `options` are not as they should be. What is wrong with one question is its
  // own status.
  static absl::StatusOr<EvaluationRequest> Parse(std::string_view body, Form form);

  // kSingle also for a batch without elements: such a request is a single one (7.1).
  Form form() const { return form_; }
  Semantic semantic() const { return semantic_; }
  // In their order; exactly one for kSingle. INVALID_ARGUMENT: what is wrong with it.
  const std::vector<absl::StatusOr<Evaluation>>& evaluations() const { return evaluations_; }

 private:
  friend class EvaluationReader;

  Form form_ = Form::kSingle;
  Semantic semantic_ = Semantic::kExecuteAll;
  base::NodeTree tree_;
  std::deque<std::string> keys_;                      // Of context entries, where they were made,
  std::deque<std::vector<std::string_view>> values_;  // and what stands there.
  std::vector<absl::StatusOr<Evaluation>> evaluations_;
};

}  // namespace portcullis::authzen

#endif  // PORTCULLIS_SERVER_AUTHZEN_EVALUATION_H_
