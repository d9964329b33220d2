#include "server/authzen/evaluation.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/status/status.h"

#include "server/base/json_reader.h"
#include "server/base/status_macros.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/policy/arn.h"

namespace portcullis::authzen {
namespace {

using base::Node;
using base::NodeKind;

// An object within an object within a list within the body, and as deep again for what is ignored.
constexpr uint32_t kDepthMax = 16;

struct SubjectRow {
  std::string_view type;
  engine::CallerProof::Kind kind;
  // Of the ARN; kNotAPrincipal: of any principal, or it is no ARN.
  policy::PrincipalArnKind arn = policy::PrincipalArnKind::kNotAPrincipal;
};
constexpr SubjectRow kSubjects[] = {
    {"session_token", engine::CallerProof::Kind::kSessionToken},
    {"principal", engine::CallerProof::Kind::kPrincipalArn},
    {"user", engine::CallerProof::Kind::kPrincipalArn, policy::PrincipalArnKind::kUser},
    {"role", engine::CallerProof::Kind::kPrincipalArn, policy::PrincipalArnKind::kRole},
    {"assumed-role", engine::CallerProof::Kind::kPrincipalArn,
     policy::PrincipalArnKind::kRoleSession},
    {"federated-user", engine::CallerProof::Kind::kPrincipalArn,
     policy::PrincipalArnKind::kFederatedUser},
    {"root", engine::CallerProof::Kind::kPrincipalArn, policy::PrincipalArnKind::kRoot},
};

struct SemanticRow {
  std::string_view name;
  Semantic semantic;
};
constexpr SemanticRow kSemantics[] = {
    {"execute_all", Semantic::kExecuteAll},
    {"deny_on_first_deny", Semantic::kDenyOnFirstDeny},
    {"permit_on_first_permit", Semantic::kPermitOnFirstPermit},
};

template <typename... Parts>
absl::Status Wrong(const Parts&... parts) {
  return absl::InvalidArgumentError(base::StrCat(parts...));
}

const Node* FindMember(const Node* object, std::string_view name) {
  return object == nullptr ? nullptr : object->Find(name);
}

// An entity of one evaluation: its own, or else the one that holds for all of them (7.1.1). Nothing
// is put together of both: half a subject of one and half of the other would be a third.
struct Entity {
  std::string_view name;  // "subject": for messages and keys.
  const Node* node = nullptr;
};

absl::StatusOr<std::string_view> RequiredText(const Entity& entity, std::string_view member) {
  const Node* const node = entity.node->Find(member);
  if (node == nullptr) return Wrong(entity.name, ".", member, " is missing");
  if (node->kind != NodeKind::kString) return Wrong(entity.name, ".", member, " must be a string");
  if (node->text.empty()) return Wrong(entity.name, ".", member, " is empty");
  return node->text;
}

absl::StatusOr<engine::CallerProof> ReadSubject(const Entity& subject) {
  ASSIGN_OR_RETURN(const std::string_view type, RequiredText(subject, "type"));
  ASSIGN_OR_RETURN(const std::string_view id, RequiredText(subject, "id"));
  const auto* const row = std::find_if(std::begin(kSubjects), std::end(kSubjects),
                                       [type](const SubjectRow& r) { return r.type == type; });
  if (row == std::end(kSubjects)) {
    std::string known;
    for (const SubjectRow& r : kSubjects) known.append(known.empty() ? "" : ", ").append(r.type);
    return Wrong("subject.type ", base::Quoted(type), " is none of: ", known);
  }
  if (row->kind == engine::CallerProof::Kind::kPrincipalArn) {
    const std::optional<policy::ArnView> arn = policy::ArnView::Parse(id);
    const auto kind =
        arn ? policy::ClassifyPrincipalArn(*arn) : policy::PrincipalArnKind::kNotAPrincipal;
    const bool any = row->arn == policy::PrincipalArnKind::kNotAPrincipal;
    // The engine knows best which ARNs are principals; here they only have to be what they say.
    if (!arn || (!any && kind != row->arn)) {
      return Wrong("subject.id is not the ARN of a subject of type ", base::Quoted(type));
    }
  }
  engine::CallerProof caller;
  caller.kind = row->kind;
  caller.value = id;
  return caller;
}

absl::Status CheckScalar(const Node& node, std::string_view key) {
  if (node.kind == NodeKind::kString || node.kind == NodeKind::kBoolean) return absl::OkStatus();
  if (node.kind != NodeKind::kNumber) {
    return Wrong("the value of ", base::Quoted(key), " must be a string, number or boolean, or a ",
                 "list of these");
  }
  if (node.text.find_first_of("eE") != std::string_view::npos) {
    return Wrong("the value of ", base::Quoted(key), " must be written without an exponent");
  }
  return absl::OkStatus();
}

}  // namespace

// Reads one body into one request.
class EvaluationReader {
 public:
  explicit EvaluationReader(EvaluationRequest* request)
      : request_(*request), root_(&request_.tree_.root()) {}

  absl::Status Read(EvaluationRequest::Form form) {
    const Node* const list =
        form == EvaluationRequest::Form::kBatch ? root_->Find("evaluations") : nullptr;
    if (list != nullptr && !list->is_sequence()) return Wrong("evaluations must be a list");
    if (form == EvaluationRequest::Form::kBatch) RETURN_IF_ERROR(ReadOptions());
    if (list == nullptr || list->child_count == 0) {
      request_.evaluations_.push_back(ReadEvaluation(root_, nullptr));
      return absl::OkStatus();
    }
    if (list->child_count > kEvaluationsMax) {
      return Wrong("evaluations has more than ", kEvaluationsMax, " elements");
    }
    request_.form_ = EvaluationRequest::Form::kBatch;
    for (const Node& node : list->children()) {
      request_.evaluations_.push_back(ReadEvaluation(&node, root_));
    }
    return absl::OkStatus();
  }

 private:
  absl::Status ReadOptions() {
    const Node* const options = root_->Find("options");
    if (options == nullptr) return absl::OkStatus();
    if (!options->is_mapping()) return Wrong("options must be an object");
    const Node* const semantic = options->Find("evaluations_semantic");
    if (semantic == nullptr) return absl::OkStatus();
    if (semantic->kind == NodeKind::kString) {
      for (const SemanticRow& row : kSemantics) {
        if (row.name != semantic->text) continue;
        request_.semantic_ = row.semantic;
        return absl::OkStatus();
      }
    }
    return Wrong(
        "options.evaluations_semantic must be execute_all, deny_on_first_deny or "
        "permit_on_first_permit");
  }

  absl::StatusOr<Entity> FindEntity(std::string_view name, const Node& own, const Node* common) {
    const Node* const found = own.Find(name);
    const Entity entity{name, found != nullptr ? found : FindMember(common, name)};
    if (entity.node == nullptr) return Wrong(name, " is missing");
    if (!entity.node->is_mapping()) return Wrong(name, " must be an object");
    return entity;
  }

  // `common`: what holds where the evaluation itself says nothing; nullptr: nothing does.
  absl::StatusOr<Evaluation> ReadEvaluation(const Node* own, const Node* common) {
    if (!own->is_mapping()) return Wrong("an evaluation must be an object");
    ASSIGN_OR_RETURN(const Entity subject, FindEntity("subject", *own, common));
    ASSIGN_OR_RETURN(const Entity action, FindEntity("action", *own, common));
    ASSIGN_OR_RETURN(const Entity resource, FindEntity("resource", *own, common));
    Evaluation evaluation;
    ASSIGN_OR_RETURN(evaluation.caller, ReadSubject(subject));
    ASSIGN_OR_RETURN(evaluation.action, RequiredText(action, "name"));
    RETURN_IF_ERROR(RequiredText(resource, "type").status());
    ASSIGN_OR_RETURN(evaluation.resource, RequiredText(resource, "id"));
    for (const Entity& entity : {subject, action, resource}) {
      RETURN_IF_ERROR(
          ReadKeys(entity.name, ".properties", entity.node->Find("properties"), &evaluation));
    }
    const Node* const context = own->Find("context");
    RETURN_IF_ERROR(ReadKeys(
        "context", "", context != nullptr ? context : FindMember(common, "context"), &evaluation));
    return evaluation;
  }

  absl::Status ReadKeys(std::string_view space, std::string_view place, const Node* object,
                        Evaluation* evaluation) {
    if (object == nullptr) return absl::OkStatus();
    if (!object->is_mapping()) return Wrong(space, place, " must be an object");
    for (const Node& node : object->children()) {
      if (node.kind == NodeKind::kNull) continue;
      if (evaluation->context.size() == engine::kContextEntriesMax) {
        return Wrong("there are more than ", engine::kContextEntriesMax, " context values");
      }
      engine::ContextInput input;
      input.key = node.key;
      if (node.key.find(':') == std::string_view::npos) {
        input.key = request_.keys_.emplace_back(base::StrCat(space, ":", node.key));
      }
      std::vector<std::string_view>& values = request_.values_.emplace_back();
      input.multivalued = node.is_sequence();
      if (node.is_sequence()) {
        for (const Node& element : node.children()) {
          RETURN_IF_ERROR(CheckScalar(element, input.key));
          values.push_back(element.text);
        }
      } else {
        RETURN_IF_ERROR(CheckScalar(node, input.key));
        values.push_back(node.text);
      }
      input.values = values;
      evaluation->context.push_back(input);
    }
    return absl::OkStatus();
  }

  EvaluationRequest& request_;
  const Node* const root_;
};

absl::StatusOr<EvaluationRequest> EvaluationRequest::Parse(std::string_view body, Form form) {
  EvaluationRequest request;
  base::JsonReaderOptions options;
  options.bytes_max = kBodyBytesMax;
  options.depth_max = kDepthMax;
  std::vector<base::TextError> errors;
  if (!base::ReadJson(body, options, &request.tree_, &errors)) {
    return Wrong("the body is not the JSON text of an object: ", errors.front().message);
  }
  if (!request.tree_.root().is_mapping()) return Wrong("the body must be an object");
  RETURN_IF_ERROR(EvaluationReader(&request).Read(form));
  return request;
}

}  // namespace portcullis::authzen
