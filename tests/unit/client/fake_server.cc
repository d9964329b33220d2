#include "tests/unit/client/fake_server.h"

#include <utility>

#include "absl/time/clock.h"
#include "grpcpp/server_builder.h"

#include "portcullis/rpc/error_details.pb.h"

namespace portcullis::client {
namespace {

using google::protobuf::Message;

struct Authorization final : v1::AuthorizationService::Service {
  explicit Authorization(const FakeServer::Answer& answer) : answer_(answer) {}
  grpc::Status Authorize(grpc::ServerContext*, const v1::AuthorizeRequest* request,
                         v1::AuthorizeResponse* response) override {
    return answer_(*request, response);
  }
  grpc::Status BatchAuthorize(grpc::ServerContext*, const v1::BatchAuthorizeRequest* request,
                              v1::BatchAuthorizeResponse* response) override {
    return answer_(*request, response);
  }
  const FakeServer::Answer& answer_;
};

struct SecurityToken final : v1::SecurityTokenService::Service {
  explicit SecurityToken(const FakeServer::Answer& answer) : answer_(answer) {}
  grpc::Status AssumeRole(grpc::ServerContext*, const v1::AssumeRoleRequest* request,
                          v1::AssumeRoleResponse* response) override {
    return answer_(*request, response);
  }
  grpc::Status ValidateSession(grpc::ServerContext*, const v1::ValidateSessionRequest* request,
                               v1::ValidateSessionResponse* response) override {
    return answer_(*request, response);
  }
  grpc::Status GetCallerIdentity(grpc::ServerContext*, const v1::GetCallerIdentityRequest* request,
                                 v1::GetCallerIdentityResponse* response) override {
    return answer_(*request, response);
  }
  const FakeServer::Answer& answer_;
};

struct PolicyAdmin final : v1::PolicyAdminService::Service {
  explicit PolicyAdmin(const FakeServer::Answer& answer) : answer_(answer) {}
  grpc::Status GetStatus(grpc::ServerContext*, const v1::GetStatusRequest* request,
                         v1::GetStatusResponse* response) override {
    return answer_(*request, response);
  }
  grpc::Status ReloadPolicies(grpc::ServerContext*, const v1::ReloadPoliciesRequest* request,
                              v1::ReloadPoliciesResponse* response) override {
    return answer_(*request, response);
  }
  grpc::Status SimulateCustomPolicy(grpc::ServerContext*,
                                    const v1::SimulateCustomPolicyRequest* request,
                                    v1::SimulatePolicyResponse* response) override {
    return answer_(*request, response);
  }
  grpc::Status SimulatePrincipalPolicy(grpc::ServerContext*,
                                       const v1::SimulatePrincipalPolicyRequest* request,
                                       v1::SimulatePolicyResponse* response) override {
    return answer_(*request, response);
  }
  const FakeServer::Answer& answer_;
};

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
  explicit Services(Answer given) : answer(std::move(given)) {}
  const Answer answer;
  Authorization authorization{answer};
  SecurityToken security_token{answer};
  PolicyAdmin policy_admin{answer};
  HealthCheck health{answer};
};

FakeServer::FakeServer(Answer answer) : services_(std::make_unique<Services>(std::move(answer))) {
  grpc::ServerBuilder builder;
  builder.RegisterService(&services_->authorization);
  builder.RegisterService(&services_->security_token);
  builder.RegisterService(&services_->policy_admin);
  builder.RegisterService(&services_->health);
  server_ = builder.BuildAndStart();
}

FakeServer::~FakeServer() {
  server_->Shutdown(absl::ToChronoTime(absl::Now()));
}

std::unique_ptr<Connection> FakeServer::Connect(absl::Duration timeout) {
  return std::make_unique<Connection>(server_->InProcessChannel({}), timeout);
}

}  // namespace portcullis::client
