#include "server/service/translate_account.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "absl/strings/str_cat.h"

#include "server/base/error_reason.h"
#include "server/base/numbers.h"
#include "server/service/translate.h"

namespace portcullis::service {
namespace {

constexpr int32_t kItemsDefault = 100;
constexpr int32_t kPageItemsMax = 1000;
constexpr char kCompleted[] = "COMPLETED";

absl::Status InvalidInput(std::string_view message) {
  return base::ErrorWithReason(absl::StatusCode::kInvalidArgument, "InvalidInput", message);
}

absl::StatusOr<ReportPage> PageOf(int32_t items_max_sent, std::string_view marker) {
  ReportPage page;
  const int32_t items_max = items_max_sent == 0 ? kItemsDefault : items_max_sent;
  if (items_max < 1 || items_max > kPageItemsMax) {
    return InvalidInput(absl::StrCat("max_items: must be 1 to ", kPageItemsMax));
  }
  page.items_max = static_cast<size_t>(items_max);
  if (!marker.empty()) {
    const std::optional<uint64_t> begin =
        base::ParseUnsigned(marker, std::numeric_limits<uint32_t>::max());
    if (!begin || *begin == 0) return InvalidInput("marker: is not of an earlier answer");
    page.begin = static_cast<size_t>(*begin);
  }
  return page;
}

// Calls `add` with each item of the page, and says in `response` where the next one begins.
template <typename Item, typename Response, typename Add>
absl::Status WritePage(const std::vector<Item>& items, const ReportPage& page, Response* response,
                       Add add) {
  if (page.begin > 0 && page.begin >= items.size()) {
    return InvalidInput("marker: is not of an earlier answer");
  }
  const size_t end = std::min(items.size(), page.begin + page.items_max);
  for (size_t i = page.begin; i < end; ++i) add(items[i]);
  response->set_is_truncated(end < items.size());
  if (response->is_truncated()) response->set_marker(absl::StrCat(end));
  return absl::OkStatus();
}

// What both answers about a job begin with: jobs are finished when their id is handed out.
template <typename Details, typename Response>
void WriteJob(const Details& details, Response* response) {
  response->Clear();
  response->set_job_status(kCompleted);
  SetTimestamp(details.created, [&] { return response->mutable_job_creation_date(); });
  SetTimestamp(details.completed, [&] { return response->mutable_job_completion_date(); });
}

void RevocationToProto(const engine::RevocationDescription& revocation, v1::Revocation* message) {
  message->set_subject(revocation.subject);
  if (revocation.issued_before.has_value()) {
    SetTimestamp(*revocation.issued_before, [&] { return message->mutable_issued_before(); });
  }
  message->set_reason(revocation.reason);
  message->set_source(revocation.source);
  message->set_created_by(revocation.created_by);
}

void ServiceToProto(const engine::ServiceAccess& service, const engine::LastAccessedReport& report,
                    v1::ServiceLastAccessed* message) {
  message->set_service_name(std::string(engine::ServiceDisplayName(service.service)));
  message->set_service_namespace(service.service);
  message->set_total_authenticated_entities(static_cast<int32_t>(service.members.size()));
  if (!service.members.empty()) {
    const engine::MemberAccess& latest = service.members.front();
    SetTimestamp(latest.last, [&] { return message->mutable_last_authenticated(); });
    message->set_last_authenticated_entity(report.members[latest.member].arn);
    message->set_last_authenticated_region(latest.region);
  }
  for (const engine::ActionAccess& action : service.actions) {
    v1::ActionLastAccessed* tracked = message->add_tracked_actions_last_accessed();
    tracked->set_action_name(action.action);
    tracked->set_last_accessed_entity(report.members[action.access.member].arn);
    SetTimestamp(action.access.last, [&] { return tracked->mutable_last_accessed_time(); });
    tracked->set_last_accessed_region(action.access.region);
  }
}

void EntityToProto(const engine::EntityAccess& access, v1::EntityDetails* message) {
  message->set_arn(access.entity.arn);
  message->set_name(access.entity.name);
  message->set_type(access.entity.type);
  message->set_id(access.entity.id);
  message->set_path(access.entity.path);
  if (access.last.has_value()) {
    SetTimestamp(*access.last, [&] { return message->mutable_last_authenticated(); });
  }
}

void PolicyToProto(const engine::PolicyReference& policy, v1::GrantingPolicy* message) {
  message->set_policy_name(policy.name);
  message->set_policy_type(policy.managed() ? "MANAGED" : "INLINE");
  message->set_policy_arn(policy.arn);
  message->set_entity_type(policy.entity_type);
  message->set_entity_name(policy.entity_name);
}

absl::Time ToTime(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

}  // namespace

absl::StatusOr<ReportPage> ToPage(const v1::GetServiceLastAccessedDetailsRequest& request) {
  return PageOf(request.max_items(), request.marker());
}

absl::StatusOr<ReportPage> ToPage(
    const v1::GetServiceLastAccessedDetailsWithEntitiesRequest& request) {
  return PageOf(request.max_items(), request.marker());
}

engine::RevokeSessionsParameters ToParameters(const v1::RevokeSessionsRequest& request) {
  using engine::RevocationKind;
  engine::RevokeSessionsParameters parameters;
  const auto set = [&parameters](RevocationKind kind, const std::string& subject) {
    parameters.kind = kind;
    parameters.subject = subject;
  };
  switch (request.sessions_case()) {
    case v1::RevokeSessionsRequest::kRoleArn:
      set(RevocationKind::kRole, request.role_arn());
      break;
    case v1::RevokeSessionsRequest::kUserArn:
      set(RevocationKind::kUser, request.user_arn());
      break;
    case v1::RevokeSessionsRequest::kAccessKeyId:
      set(RevocationKind::kAccessKey, request.access_key_id());
      break;
    case v1::RevokeSessionsRequest::kSessionAccessKeyId:
      set(RevocationKind::kSession, request.session_access_key_id());
      break;
    case v1::RevokeSessionsRequest::SESSIONS_NOT_SET:
      break;
  }
  if (request.has_issued_before()) parameters.issued_before = ToTime(request.issued_before());
  parameters.reason = request.reason();
  return parameters;
}

absl::StatusOr<engine::Granularity> ToGranularity(v1::AccessGranularity granularity) {
  if (granularity == v1::ACCESS_GRANULARITY_ACTION_LEVEL) return engine::Granularity::kActionLevel;
  if (granularity == v1::ACCESS_GRANULARITY_SERVICE_LEVEL ||
      granularity == v1::ACCESS_GRANULARITY_UNSPECIFIED) {
    return engine::Granularity::kServiceLevel;
  }
  return InvalidInput(absl::StrCat("granularity: there is no ", static_cast<int>(granularity)));
}

void ToProto(const engine::RevokedSessions& revoked, v1::RevokeSessionsResponse* response) {
  response->Clear();
  RevocationToProto(revoked.revocation, response->mutable_revocation());
  response->set_policy_entry(revoked.policy_entry);
  response->set_durable(revoked.durable);
}

void ToProto(const std::vector<engine::RevocationDescription>& revocations,
             v1::ListRevocationsResponse* response) {
  response->Clear();
  for (const engine::RevocationDescription& revocation : revocations) {
    RevocationToProto(revocation, response->add_revocations());
  }
}

void ToProto(const engine::PasswordPolicy& policy, v1::GetAccountPasswordPolicyResponse* response) {
  response->Clear();
  v1::PasswordPolicy* message = response->mutable_password_policy();
  message->set_minimum_password_length(static_cast<int32_t>(policy.minimum_password_length));
  message->set_require_symbols(policy.require_symbols);
  message->set_require_numbers(policy.require_numbers);
  message->set_require_uppercase_characters(policy.require_uppercase_characters);
  message->set_require_lowercase_characters(policy.require_lowercase_characters);
  message->set_allow_users_to_change_password(policy.allow_users_to_change_password);
  message->set_expire_passwords(policy.expire_passwords());
  message->set_max_password_age(static_cast<int32_t>(policy.max_password_age_days));
  message->set_password_reuse_prevention(static_cast<int32_t>(policy.password_reuse_prevention));
  message->set_hard_expiry(policy.hard_expiry);
}

void ToProto(const engine::CredentialReportState& state,
             v1::GenerateCredentialReportResponse* response) {
  response->Clear();
  response->set_state(state.started ? "STARTED" : "COMPLETE");
  response->set_description(state.description);
}

void ToProto(const engine::CredentialReport& report, v1::GetCredentialReportResponse* response) {
  response->Clear();
  response->set_content(report.content);
  response->set_report_format("text/csv");
  SetTimestamp(report.generated, [&] { return response->mutable_generated_time(); });
}

void ToProto(const engine::AccessKeyLastUsed& used, v1::GetAccessKeyLastUsedResponse* response) {
  response->Clear();
  response->set_user_name(used.user_name);
  if (used.last.has_value()) {
    SetTimestamp(*used.last, [&] { return response->mutable_last_used_date(); });
  }
  response->set_region(used.region);
  response->set_service_name(used.service);
}

void ToProto(const std::vector<engine::ServiceGrants>& grants,
             v1::ListPoliciesGrantingServiceAccessResponse* response) {
  response->Clear();
  for (const engine::ServiceGrants& service : grants) {
    v1::PoliciesGrantingServiceAccess* message = response->add_policies_granting_service_access();
    message->set_service_namespace(service.service);
    for (const engine::PolicyReference& policy : service.policies) {
      PolicyToProto(policy, message->add_policies());
    }
  }
}

absl::Status ToProto(const engine::LastAccessedDetails& details, const ReportPage& page,
                     v1::GetServiceLastAccessedDetailsResponse* response) {
  WriteJob(details, response);
  response->set_job_type(details.granularity == engine::Granularity::kActionLevel
                             ? v1::ACCESS_GRANULARITY_ACTION_LEVEL
                             : v1::ACCESS_GRANULARITY_SERVICE_LEVEL);
  return WritePage(
      details.report.services, page, response, [&](const engine::ServiceAccess& service) {
        ServiceToProto(service, details.report, response->add_services_last_accessed());
      });
}

absl::Status ToProto(const engine::EntityAccessDetails& details, const ReportPage& page,
                     v1::GetServiceLastAccessedDetailsWithEntitiesResponse* response) {
  WriteJob(details, response);
  return WritePage(details.entities, page, response, [&](const engine::EntityAccess& entity) {
    EntityToProto(entity, response->add_entity_details());
  });
}

}  // namespace portcullis::service
