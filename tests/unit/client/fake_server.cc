#include "tests/unit/client/fake_server.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_builder.h"

#include "portcullis/rpc/error_details.pb.h"

namespace portcullis::client {
namespace {

using google::protobuf::Message;

// One method of a fake service: it passes on what it is asked.
#define PORTCULLIS_FAKE_CALL(method, response_type)                             \
  grpc::Status method(grpc::ServerContext*, const v1::method##Request* request, \
                      v1::response_type* response) override {                   \
    return answer_(*request, response);                                         \
  }

struct Authorization final : v1::AuthorizationService::Service {
  explicit Authorization(const FakeServer::Answer& answer) : answer_(answer) {}
  PORTCULLIS_FAKE_CALL(Authorize, AuthorizeResponse)
  PORTCULLIS_FAKE_CALL(BatchAuthorize, BatchAuthorizeResponse)
  // Passes on each request. An error ends the stream, and so does OK without a result.
  grpc::Status StreamAuthorize(
      grpc::ServerContext*,
      grpc::ServerReaderWriter<v1::StreamAuthorizeResponse, v1::StreamAuthorizeRequest>* stream)
      override {
    v1::StreamAuthorizeRequest request;
    while (stream->Read(&request)) {
      v1::StreamAuthorizeResponse response;
      const grpc::Status status = answer_(request, &response);
      if (!status.ok() || response.results_size() == 0) return status;
      stream->Write(response);
    }
    return grpc::Status::OK;
  }
  const FakeServer::Answer& answer_;
};

struct SecurityToken final : v1::SecurityTokenService::Service {
  explicit SecurityToken(const FakeServer::Answer& answer) : answer_(answer) {}
  PORTCULLIS_FAKE_CALL(AssumeRole, AssumeRoleResponse)
  PORTCULLIS_FAKE_CALL(AssumeRoleWithWebIdentity, AssumeRoleWithWebIdentityResponse)
  PORTCULLIS_FAKE_CALL(AssumeRoleWithSAML, AssumeRoleWithSAMLResponse)
  PORTCULLIS_FAKE_CALL(AssumeRoleWithWorkloadIdentity, AssumeRoleWithWorkloadIdentityResponse)
  PORTCULLIS_FAKE_CALL(GetSessionToken, GetSessionTokenResponse)
  PORTCULLIS_FAKE_CALL(GetFederationToken, GetFederationTokenResponse)
  PORTCULLIS_FAKE_CALL(GetAccessKeyInfo, GetAccessKeyInfoResponse)
  PORTCULLIS_FAKE_CALL(DecodeAuthorizationMessage, DecodeAuthorizationMessageResponse)
  PORTCULLIS_FAKE_CALL(ValidateSession, ValidateSessionResponse)
  PORTCULLIS_FAKE_CALL(GetCallerIdentity, GetCallerIdentityResponse)
  const FakeServer::Answer& answer_;
};

struct Account final : v1::AccountService::Service {
  explicit Account(const FakeServer::Answer& answer) : answer_(answer) {}
  PORTCULLIS_FAKE_CALL(RevokeSessions, RevokeSessionsResponse)
  PORTCULLIS_FAKE_CALL(ListRevocations, ListRevocationsResponse)
  PORTCULLIS_FAKE_CALL(GetAccountPasswordPolicy, GetAccountPasswordPolicyResponse)
  PORTCULLIS_FAKE_CALL(GenerateCredentialReport, GenerateCredentialReportResponse)
  PORTCULLIS_FAKE_CALL(GetCredentialReport, GetCredentialReportResponse)
  PORTCULLIS_FAKE_CALL(GetAccessKeyLastUsed, GetAccessKeyLastUsedResponse)
  PORTCULLIS_FAKE_CALL(GenerateServiceLastAccessedDetails,
                       GenerateServiceLastAccessedDetailsResponse)
  PORTCULLIS_FAKE_CALL(GetServiceLastAccessedDetails, GetServiceLastAccessedDetailsResponse)
  PORTCULLIS_FAKE_CALL(GetServiceLastAccessedDetailsWithEntities,
                       GetServiceLastAccessedDetailsWithEntitiesResponse)
  PORTCULLIS_FAKE_CALL(ListPoliciesGrantingServiceAccess, ListPoliciesGrantingServiceAccessResponse)
  const FakeServer::Answer& answer_;
};

struct PolicyAdmin final : v1::PolicyAdminService::Service {
  explicit PolicyAdmin(const FakeServer::Answer& answer) : answer_(answer) {}
  PORTCULLIS_FAKE_CALL(GetStatus, GetStatusResponse)
  PORTCULLIS_FAKE_CALL(ReloadPolicies, ReloadPoliciesResponse)
  PORTCULLIS_FAKE_CALL(SimulateCustomPolicy, SimulatePolicyResponse)
  PORTCULLIS_FAKE_CALL(SimulatePrincipalPolicy, SimulatePolicyResponse)
  const FakeServer::Answer& answer_;
};

#undef PORTCULLIS_FAKE_CALL

struct HealthCheck final : grpc::health::v1::Health::Service {
  explicit HealthCheck(const FakeServer::Answer& answer) : answer_(answer) {}
  grpc::Status Check(grpc::ServerContext*, const grpc::health::v1::HealthCheckRequest* request,
                     grpc::health::v1::HealthCheckResponse* response) override {
    return answer_(*request, response);
  }
  const FakeServer::Answer& answer_;
};

}  // namespace

grpc::Status ErrorWithDetails(grpc::StatusCode code, const std::string& reason,
                              const std::string& message) {
  rpc::ErrorInfo info;
  info.set_domain("portcullis");
  info.set_reason(reason);
  rpc::Status details;
  details.set_code(code);
  details.set_message(message);
  google::protobuf::Any* detail = details.add_details();
  detail->set_type_url("type.googleapis.com/google.rpc.ErrorInfo");
  detail->set_value(info.SerializeAsString());
  return grpc::Status(code, message, details.SerializeAsString());
}

struct FakeServer::Services {
  // One call after another, as gRPC's threads see each other's writes but no sanitizer does.
  explicit Services(Answer given)
      : answer([this, given = std::move(given)](const Message& request, Message* response) {
          const absl::MutexLock lock(&mutex);
          return given(request, response);
        }) {}
  absl::Mutex mutex;
  const Answer answer;
  Authorization authorization{answer};
  SecurityToken security_token{answer};
  Account account{answer};
  PolicyAdmin policy_admin{answer};
  HealthCheck health{answer};
};

FakeServer::FakeServer(Answer answer) : services_(std::make_unique<Services>(std::move(answer))) {
  grpc::ServerBuilder builder;
  builder.RegisterService(&services_->authorization);
  builder.RegisterService(&services_->security_token);
  builder.RegisterService(&services_->account);
  builder.RegisterService(&services_->policy_admin);
  builder.RegisterService(&services_->health);
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
  server_ = builder.BuildAndStart();
}

FakeServer::~FakeServer() {
  server_->Shutdown(absl::ToChronoTime(absl::Now()));
}

std::unique_ptr<Connection> FakeServer::Connect(absl::Duration timeout, int attempts_max) {
  const std::string address = absl::StrCat("127.0.0.1:", port_);
  return std::make_unique<Connection>(
      grpc::CreateChannel(address, grpc::InsecureChannelCredentials()), timeout,
      RetryPolicy{.attempts_max = attempts_max});
}

}  // namespace portcullis::client
