// Between the messages of AccountService and the engine's accounts.
#ifndef PORTCULLIS_SERVER_SERVICE_TRANSLATE_ACCOUNT_H_
#define PORTCULLIS_SERVER_SERVICE_TRANSLATE_ACCOUNT_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "portcullis/v1/account_service.pb.h"
#include "server/engine/accounts.h"

namespace portcullis::service {

// The part of a report that one answer shows.
struct ReportPage {
  size_t begin = 0;
  size_t items_max = 100;
};

// The page that the request asks for. INVALID_ARGUMENT "InvalidInput" for a max_items outside 1 to
// 1,000 (0: 100), or a marker that no answer has carried.
absl::StatusOr<ReportPage> ToPage(const v1::GetServiceLastAccessedDetailsRequest& request);
absl::StatusOr<ReportPage> ToPage(
    const v1::GetServiceLastAccessedDetailsWithEntitiesRequest& request);

// The parameters as sent; checking them is the engine's part.
engine::RevokeSessionsParameters ToParameters(const v1::RevokeSessionsRequest& request);
// Unspecified: by service. INVALID_ARGUMENT "InvalidInput" for a value that has no name.
absl::StatusOr<engine::Granularity> ToGranularity(v1::AccessGranularity granularity);

// Translate an answer. Overwrite the message.
void ToProto(const engine::RevokedSessions& revoked, v1::RevokeSessionsResponse* response);
void ToProto(const std::vector<engine::RevocationDescription>& revocations,
             v1::ListRevocationsResponse* response);
void ToProto(const engine::PasswordPolicy& policy, v1::GetAccountPasswordPolicyResponse* response);
void ToProto(const engine::CredentialReportState& state,
             v1::GenerateCredentialReportResponse* response);
void ToProto(const engine::CredentialReport& report, v1::GetCredentialReportResponse* response);
void ToProto(const engine::AccessKeyLastUsed& used, v1::GetAccessKeyLastUsedResponse* response);
void ToProto(const std::vector<engine::ServiceGrants>& grants,
             v1::ListPoliciesGrantingServiceAccessResponse* response);

// Write one page. INVALID_ARGUMENT "InvalidInput" if it begins past the end.
absl::Status ToProto(const engine::LastAccessedDetails& details, const ReportPage& page,
                     v1::GetServiceLastAccessedDetailsResponse* response);
absl::Status ToProto(const engine::EntityAccessDetails& details, const ReportPage& page,
                     v1::GetServiceLastAccessedDetailsWithEntitiesResponse* response);

}  // namespace portcullis::service

#endif  // PORTCULLIS_SERVER_SERVICE_TRANSLATE_ACCOUNT_H_
