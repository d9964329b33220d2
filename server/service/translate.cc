#include "server/service/translate.h"

#include "absl/strings/str_cat.h"

#include "server/base/error_reason.h"

namespace portcullis::service {
namespace {

absl::Status Malformed(std::string_view field, std::string_view problem) {
  std::string message(field);
  message.append(": ").append(problem);
  return base::ErrorWithReason(absl::StatusCode::kInvalidArgument, "MALFORMED_REQUEST", message);
}

absl::Status CheckItemCount(std::string_view field, int count) {
  if (count > 0 && static_cast<size_t>(count) <= engine::kItemsMax) return absl::OkStatus();
  return Malformed(field, absl::StrCat("must be 1 to ", engine::kItemsMax, ", are ", count));
}

template <typename Entry>
size_t CountValues(const google::protobuf::RepeatedPtrField<Entry>& entries) {
  size_t count = 0;
  for (const Entry& entry : entries) count += static_cast<size_t>(entry.values_size());
  return count;
}

bool IsMultivalued(const v1::ContextEntry& entry) {
  return entry.multivalued();
}
bool IsMultivalued(const v1::StsContextEntry&) {
  return false;
}

template <typename Request>
absl::Status SetCaller(const Request& request, engine::Query* query) {
  switch (request.caller_case()) {
    case Request::kSessionToken:
      query->caller = {engine::CallerProof::Kind::kSessionToken, request.session_token(), {}};
      return absl::OkStatus();
    case Request::kPrincipalArn:
      query->caller = {engine::CallerProof::Kind::kPrincipalArn, request.principal_arn(), {}};
      return absl::OkStatus();
    case Request::CALLER_NOT_SET:
      break;
  }
  return Malformed("caller", "set session_token or principal_arn");
}

v1::PolicyKind KindToProto(policy::PolicyKind kind) {
  switch (kind) {
    case policy::PolicyKind::kNone:
      return v1::POLICY_KIND_UNSPECIFIED;
    case policy::PolicyKind::kResourceControl:
      return v1::POLICY_KIND_RESOURCE_CONTROL;
    case policy::PolicyKind::kServiceControl:
      return v1::POLICY_KIND_SERVICE_CONTROL;
    case policy::PolicyKind::kResource:
      return v1::POLICY_KIND_RESOURCE;
    case policy::PolicyKind::kIdentity:
      return v1::POLICY_KIND_IDENTITY;
    case policy::PolicyKind::kBoundary:
      return v1::POLICY_KIND_BOUNDARY;
    case policy::PolicyKind::kSession:
      return v1::POLICY_KIND_SESSION;
  }
  return v1::POLICY_KIND_UNSPECIFIED;
}

void StatementToProto(const policy::StatementRef& reference, v1::DeterminingStatement* statement) {
  statement->set_policy_kind(KindToProto(reference.kind));
  if (reference.policy != nullptr) {
    const std::string_view id = reference.policy->id();
    statement->set_policy_id(id.data(), id.size());
    if (const std::string_view file = reference.policy->source_file(); !file.empty()) {
      statement->set_source_file(file.data(), file.size());
      if (reference.statement != nullptr) {
        statement->set_source_line(reference.statement->begin.line);
      }
    }
  }
  if (reference.statement != nullptr) {
    statement->set_statement_index(reference.statement->index);
    const std::string_view sid = reference.statement->sid;
    statement->set_sid(sid.data(), sid.size());
  }
}

void ItemToProto(const engine::AnswerItem& item, bool explain, v1::AuthorizeResponse* response) {
  response->set_decision(ToProto(item.decision.effect));
  response->set_reason(item.reason);
  response->set_decision_id(item.decision_id);
  response->set_encoded_authorization_message(item.encoded_message);
  if (!explain) return;
  for (const policy::StatementRef& reference : item.decision.determining) {
    StatementToProto(reference, response->add_determining_statements());
  }
}

}  // namespace

void QueryScratch::Reset(size_t entries, size_t values, size_t items) {
  values_.clear();
  context_.clear();
  items_.clear();
  values_.reserve(values);
  context_.reserve(entries);
  items_.reserve(items);
}

template <typename Entry>
absl::Span<const engine::ContextInput> QueryScratch::AddContext(
    const google::protobuf::RepeatedPtrField<Entry>& entries) {
  const size_t first_entry = context_.size();
  for (const Entry& entry : entries) {
    const size_t first_value = values_.size();
    for (const std::string& value : entry.values()) values_.push_back(value);
    context_.push_back(
        {entry.key(), absl::MakeConstSpan(values_).subspan(first_value), IsMultivalued(entry)});
  }
  return absl::MakeConstSpan(context_).subspan(first_entry);
}

absl::Status ToQuery(const v1::AuthorizeRequest& request, const engine::Peer& peer,
                     QueryScratch* scratch, engine::Query* query) {
  if (absl::Status status = SetCaller(request, query); !status.ok()) return status;
  if (request.action().empty()) return Malformed("action", "must not be empty");
  scratch->Reset(static_cast<size_t>(request.context_size()), CountValues(request.context()), 1);
  query->context = scratch->AddContext(request.context());
  scratch->AddItem({request.action(), request.resource(), {}});
  query->items = scratch->items();
  query->explain = request.explain();
  query->encode_denials = request.encode_denial();
  query->peer = peer;
  return absl::OkStatus();
}

absl::Status CheckQuestions(const v1::StreamAuthorizeRequest& request) {
  return CheckItemCount("questions", request.questions_size());
}

absl::Status ToQuery(const v1::BatchAuthorizeRequest& request, const engine::Peer& peer,
                     QueryScratch* scratch, engine::Query* query) {
  if (absl::Status status = SetCaller(request, query); !status.ok()) return status;
  if (absl::Status status = CheckItemCount("items", request.items_size()); !status.ok()) {
    return status;
  }
  size_t entries = static_cast<size_t>(request.context_size());
  size_t values = CountValues(request.context());
  for (int i = 0; i < request.items_size(); ++i) {
    const v1::BatchAuthorizeItem& item = request.items(i);
    if (item.action().empty()) {
      return Malformed(absl::StrCat("items[", i, "].action"), "must not be empty");
    }
    entries += static_cast<size_t>(item.context_size());
    values += CountValues(item.context());
  }
  scratch->Reset(entries, values, static_cast<size_t>(request.items_size()));
  query->context = scratch->AddContext(request.context());
  for (const v1::BatchAuthorizeItem& item : request.items()) {
    scratch->AddItem({item.action(), item.resource(), scratch->AddContext(item.context())});
  }
  query->items = scratch->items();
  query->explain = request.explain();
  query->peer = peer;
  return absl::OkStatus();
}

absl::Span<const engine::ContextInput> ToContext(
    const google::protobuf::RepeatedPtrField<v1::StsContextEntry>& entries, QueryScratch* scratch) {
  scratch->Reset(static_cast<size_t>(entries.size()), CountValues(entries), 0);
  return scratch->AddContext(entries);
}

void ToProto(const rpc::ErrorWords& words, v1::StreamAuthorizeError* error) {
  error->set_code(words.code);
  error->set_message(words.message);
  error->set_reason(words.reason);
}

v1::Decision ToProto(policy::Effect effect) {
  switch (effect) {
    case policy::Effect::kAllow:
      return v1::DECISION_ALLOW;
    case policy::Effect::kImplicitDeny:
      return v1::DECISION_IMPLICIT_DENY;
    case policy::Effect::kExplicitDeny:
      return v1::DECISION_EXPLICIT_DENY;
  }
  return v1::DECISION_IMPLICIT_DENY;
}

void ToProto(const engine::Answer& answer, bool explain, v1::AuthorizeResponse* response) {
  response->Clear();
  ItemToProto(answer.items.front(), explain, response);
  response->set_principal_arn(answer.principal_arn);
  const std::string_view revision = answer.policy_revision();
  response->set_policy_revision(revision.data(), revision.size());
}

void ToProto(const engine::Answer& answer, bool explain, v1::BatchAuthorizeResponse* response) {
  response->Clear();
  response->mutable_results()->Reserve(static_cast<int>(answer.items.size()));
  for (const engine::AnswerItem& item : answer.items) {
    ItemToProto(item, explain, response->add_results());
  }
  response->set_principal_arn(answer.principal_arn);
  const std::string_view revision = answer.policy_revision();
  response->set_policy_revision(revision.data(), revision.size());
}

}  // namespace portcullis::service
