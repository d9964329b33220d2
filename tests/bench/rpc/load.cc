#include "tests/bench/rpc/load.h"

#include "portcullis/v1/authorization_service.grpc.pb.h"
#include "tests/bench/world.h"

namespace portcullis::bench {
namespace {

constexpr int kConnections = 8;
constexpr size_t kUser = 5;

v1::AuthorizeRequest UserRequest() {
  v1::AuthorizeRequest request;
  request.set_principal_arn(UserArn(kUser));
  request.set_action("s3:GetObject");
  request.set_resource(ObjectArn(kUser));
  for (const auto& [key, value] : {std::pair{"app:department", "blue"},
                                   {"app:project", "portcullis"},
                                   {"s3:prefix", "reports/2026"},
                                   {"aws:SourceIp", "10.1.2.3"}}) {
    v1::ContextEntry* const entry = request.add_context();
    entry->set_key(key);
    entry->add_values(value);
  }
  return request;
}

}  // namespace

std::vector<std::shared_ptr<grpc::Channel>> Connect(const std::string& address) {
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  for (int i = 0; i < kConnections; ++i) {
    // Channels of equal arguments would share a connection.
    grpc::ChannelArguments arguments;
    arguments.SetInt("portcullis.bench.connection", i);
    channels.push_back(
        grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
  }
  return channels;
}

std::unique_ptr<Load> UserLoad(const std::string& address) {
  using AuthorizeLoad =
      LoadOf<v1::AuthorizationService, v1::AuthorizeRequest, v1::AuthorizeResponse>;
  return std::make_unique<AuthorizeLoad>(
      address, &v1::AuthorizationService::Stub::AsyncAuthorize,
      AuthorizeLoad::Questions{
          [](int) { return std::vector<v1::AuthorizeRequest>{UserRequest()}; },
          [](const v1::AuthorizeRequest& request, const v1::AuthorizeResponse& response) {
            return response.decision() == v1::DECISION_ALLOW &&
                   response.principal_arn() == request.principal_arn() &&
                   response.policy_revision().size() == 64;
          }});
}

}  // namespace portcullis::bench
