// The methods of AccountService.
#ifndef PORTCULLIS_SERVER_SERVICE_ACCOUNT_SERVICE_H_
#define PORTCULLIS_SERVER_SERVICE_ACCOUNT_SERVICE_H_

#include "grpcpp/support/status.h"

#include "portcullis/v1/account_service.pb.h"
#include "server/engine/accounts.h"
#include "server/rpc/unary_call.h"

namespace portcullis::service {

// Translates in, asks the engine, translates out. Thread-safe. Slow: for a pool's threads.
class AccountService {
 public:
  // The accounts outlive the object.
  explicit AccountService(engine::Accounts& accounts) : accounts_(accounts) {}

  grpc::Status RevokeSessions(const rpc::CallFacts& facts, const v1::RevokeSessionsRequest& request,
                              v1::RevokeSessionsResponse* response);
  grpc::Status ListRevocations(const rpc::CallFacts& facts,
                               const v1::ListRevocationsRequest& request,
                               v1::ListRevocationsResponse* response);
  grpc::Status GetAccountPasswordPolicy(const rpc::CallFacts& facts,
                                        const v1::GetAccountPasswordPolicyRequest& request,
                                        v1::GetAccountPasswordPolicyResponse* response);
  grpc::Status GenerateCredentialReport(const rpc::CallFacts& facts,
                                        const v1::GenerateCredentialReportRequest& request,
                                        v1::GenerateCredentialReportResponse* response);
  grpc::Status GetCredentialReport(const rpc::CallFacts& facts,
                                   const v1::GetCredentialReportRequest& request,
                                   v1::GetCredentialReportResponse* response);
  grpc::Status GetAccessKeyLastUsed(const rpc::CallFacts& facts,
                                    const v1::GetAccessKeyLastUsedRequest& request,
                                    v1::GetAccessKeyLastUsedResponse* response);
  grpc::Status GenerateServiceLastAccessedDetails(
      const rpc::CallFacts& facts, const v1::GenerateServiceLastAccessedDetailsRequest& request,
      v1::GenerateServiceLastAccessedDetailsResponse* response);
  grpc::Status GetServiceLastAccessedDetails(
      const rpc::CallFacts& facts, const v1::GetServiceLastAccessedDetailsRequest& request,
      v1::GetServiceLastAccessedDetailsResponse* response);
  grpc::Status GetServiceLastAccessedDetailsWithEntities(
      const rpc::CallFacts& facts,
      const v1::GetServiceLastAccessedDetailsWithEntitiesRequest& request,
      v1::GetServiceLastAccessedDetailsWithEntitiesResponse* response);
  grpc::Status ListPoliciesGrantingServiceAccess(
      const rpc::CallFacts& facts, const v1::ListPoliciesGrantingServiceAccessRequest& request,
      v1::ListPoliciesGrantingServiceAccessResponse* response);

 private:
  engine::Accounts& accounts_;
};

}  // namespace portcullis::service

#endif  // PORTCULLIS_SERVER_SERVICE_ACCOUNT_SERVICE_H_
