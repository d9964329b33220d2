#include "server/ext_authz/service.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_replace.h"
#include "google/protobuf/text_format.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/server_credentials.h"
#include "gtest/gtest.h"

#include "grpc/health/v1/health.grpc.pb.h"
#include "server/base/str_cat.h"
#include "server/rpc/rpc_server.h"
#include "server/rpc/status.h"
#include "tests/unit/engine/world.h"

namespace portcullis::ext_authz {
namespace {

using engine::Allow;
using engine::Trust;
using envoy::config::core::v3::HeaderValueOption;
using envoy::service::auth::v3::Authorization;
using envoy::service::auth::v3::CheckRequest;
using envoy::service::auth::v3::CheckResponse;
using envoy::service::auth::v3::DeniedHttpResponse;
using envoy::service::auth::v3::OkHttpResponse;

constexpr char kAccount[] = "111122223333";

base::Located At(std::string text) {
  return {std::move(text), {1, 1}};
}

route::RuleDefinition Rule(std::string name, std::string path) {
  route::RuleDefinition rule;
  rule.position = {1, 1};
  rule.name = At(std::move(name));
  rule.match.path = At(std::move(path));
  return rule;
}

// The world that the recorded requests are about: see AddRules().
class ServiceTest : public ::testing::Test {
 protected:
  ServiceTest() {
    world_.Account(kAccount);
    world_.User(kAccount, "ana", {Allow("sts:AssumeRole", "*")});
    world_.Role(kAccount, "Reader", Trust("arn:aws:iam::111122223333:user/ana"),
                {Allow("orders:Get*", "arn:aws:orders:eu-west-1:111122223333:order/*"),
                 Allow("orders:Get", "*")});
    store::OidcProviderDefinition& provider = world_.definitions().oidc_providers.emplace_back();
    provider.account = At(kAccount);
    provider.url = At("https://oidc.example.org");
    provider.client_ids = {At("sts.example.org")};
    provider.discover = true;
    provider.trust_domain = At("example.org");
    world_.Role(kAccount, "Mesh",
                R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Federated":)"
                R"("arn:aws:iam::111122223333:oidc-provider/oidc.example.org"},)"
                R"("Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringLike":)"
                R"({"oidc.example.org:sub":"spiffe://example.org/ns/shop/*"}}}})",
                {Allow("orders:GetOrder", "*"), Allow("db:Connect", "*")});
    AddGateway();
    store::ProxyDefinition& proxy = world_.definitions().proxies.emplace_back();
    proxy.name = At("edge");
    proxy.asserts_peer_certificate = true;
    world_.Publish();
    const auto assumed =
        world_.Assume(engine::World::Arn("arn:aws:iam::111122223333:user/ana"),
                      engine::World::Parameters("arn:aws:iam::111122223333:role/Reader", "ana"));
    EXPECT_TRUE(assumed.ok()) << assumed.status();
    if (assumed.ok()) token_ = assumed->credentials.session_token;
  }

  void AddGateway() {
    route::GatewayDefinition& gateway = world_.definitions().gateways.emplace_back();
    gateway.position = {1, 1};
    gateway.name = At("orders");
    gateway.account = At(kAccount);
    gateway.region = At("eu-west-1");
    gateway.hosts = {At("orders.example.com"), At("db.example.com")};
    gateway.peer_certificates = {{At("example.org"), At("arn:aws:iam::111122223333:role/Mesh")}};
    std::vector<route::RuleDefinition>& rules = gateway.rules.emplace();
    rules.push_back(Rule("health", "/healthz"));
    rules.back().is_public = true;
    rules.push_back(Rule("get", "/orders/{order}"));
    rules.back().match.methods = {At("GET")};
    rules.back().action = At("orders:GetOrder");
    rules.back().resource = At("arn:aws:orders:${region}:${account}:order/${path.order}");
    rules.push_back(Rule("put", "/orders/{order}"));
    rules.back().match.methods = {At("PUT")};
    rules.back().action = At("orders:PutOrder");
    rules.back().resource = At("arn:aws:orders:${region}:${account}:order/${path.order}");
    rules.push_back(Rule("mesh", "/mesh/{order}"));
    rules.back().identify = {route::Method::kPeerCertificate};
    rules.back().action = At("orders:GetOrder");
    rules.back().resource = At("arn:aws:orders:${region}:${account}:order/${path.order}");
    rules.push_back(Rule("grpc", ""));
    rules.back().match.grpc = At("shop.v1.Orders/*");
    rules.back().mapping = route::Mapping::kGrpc;
    rules.back().mapping_position = {1, 1};
    rules.push_back(Rule("database", ""));
    rules.back().match.connection = true;
    rules.back().identify = {route::Method::kPeerCertificate};
    rules.back().action = At("db:Connect");
    rules.back().resource = At("arn:aws:db:${region}:${account}:cluster/orders");
  }

  CheckRequest Parse(const std::string& text) const {
    CheckRequest request;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
        absl::StrReplaceAll(text, {{"${token}", token_}}), &request))
        << text;
    return request;
  }

  // An answer as text, all of it, with the one thing that is never the same made so.
  static std::string Describe(const grpc::Status& status, const CheckResponse& response) {
    if (!status.ok()) {
      return base::StrCat("error ", static_cast<int>(status.error_code()), " ",
                          rpc::ErrorReasonOf(status), "\n");
    }
    EXPECT_TRUE(response.has_status()) << "lets the request pass";
    std::string text =
        base::StrCat("code ", response.status().code(), " ", response.status().message(), "\n");
    text += DescribeChanges(response.ok_response());
    if (response.has_denied_response()) text += DescribeDenial(response.denied_response());
    EXPECT_FALSE(response.has_error_response());
    std::map<std::string, std::string> metadata;
    for (const auto& [name, value] : response.dynamic_metadata().fields()) {
      metadata[name] = value.string_value();
    }
    for (const auto& [name, value] : metadata) text += base::StrCat(name, "=", value, "\n");
    EXPECT_GT(metadata["decision_id"].size(), 15U) << "must be unguessable";
    return absl::StrReplaceAll(text, {{metadata["decision_id"], "ID"}});
  }

  static std::string DescribeHeader(const HeaderValueOption& option) {
    EXPECT_TRUE(option.has_append()) << "versions differ in what its absence means";
    EXPECT_FALSE(option.append().value()) << "Envoy 1.40 drops such headers of denials";
    EXPECT_EQ(option.append_action(), HeaderValueOption::OVERWRITE_IF_EXISTS_OR_ADD);
    EXPECT_TRUE(option.keep_empty_value());
    EXPECT_EQ(option.header().raw_value(), "") << "is not read";
    return base::StrCat("set ", option.header().key(), ": ",
                        option.header().value().empty() ? "(empty)" : option.header().value(),
                        "\n");
  }

  static std::string DescribeChanges(const OkHttpResponse& ok) {
    std::string text;
    for (const HeaderValueOption& option : ok.headers()) text += DescribeHeader(option);
    for (const std::string& name : ok.headers_to_remove()) {
      text += base::StrCat("remove ", name, "\n");
    }
    for (const std::string& name : ok.query_parameters_to_remove()) {
      text += base::StrCat("remove parameter ", name, "\n");
    }
    EXPECT_FALSE(ok.has_dynamic_metadata()) << "would take the place of the other";
    EXPECT_EQ(ok.response_headers_to_add_size() + ok.query_parameters_to_set_size(), 0);
    return text;
  }

  static std::string DescribeDenial(const DeniedHttpResponse& denied) {
    std::string text = base::StrCat("HTTP ", static_cast<int>(denied.status().code()), "\n");
    for (const HeaderValueOption& option : denied.headers()) text += DescribeHeader(option);
    return base::StrCat(text, "body ", denied.body(), denied.body().ends_with('\n') ? "" : "\n");
  }

  std::string Ask(Service* service, const CheckRequest& request) {
    const engine::Peer peer;
    const rpc::CallFacts facts{peer};
    CheckResponse response;
    const grpc::Status status = service->Check(facts, request, &response);
    return Describe(status, response);
  }

  engine::World world_;
  gateway::Gatekeeper gatekeeper_{
      world_.store, world_.clock, {world_.authorizer, world_.sessions, world_.recorder}};
  std::string token_;
};

// tests/unit/ext_authz/recorded: a request, a line `---`, the answer to it.
TEST_F(ServiceTest, AnswersRecordedRequests) {
  Service service(&gatekeeper_, "edge", nullptr);
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator("tests/unit/ext_authz/recorded")) {
    paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  EXPECT_GT(paths.size(), 20U);
  for (const std::filesystem::path& path : paths) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    constexpr std::string_view kSeparator = "---\n";
    const size_t separator = text.str().find(kSeparator);
    ASSERT_NE(separator, std::string::npos) << path;
    const std::string answer = Ask(&service, Parse(text.str().substr(0, separator)));
    EXPECT_EQ(answer, text.str().substr(separator + kSeparator.size())) << path;
  }
}

// Whoever connects is nobody, so nothing is decided (and Envoy does as it does with errors).
TEST_F(ServiceTest, AnswersProxiesOnly) {
  for (const char* proxy : {"", "other", "edg"}) {
    Service service(&gatekeeper_, proxy, nullptr);
    EXPECT_EQ(Ask(&service, Parse(R"(attributes { request { http {
                  method: "GET" path: "/healthz" host: "orders.example.com" } } })")),
              "error 7 UNKNOWN_PROXY\n");
  }
}

TEST_F(ServiceTest, IsAnErrorBeforePoliciesAreLoaded) {
  const store::PolicyStore empty;
  gateway::Gatekeeper gatekeeper(empty, world_.clock,
                                 {world_.authorizer, world_.sessions, world_.recorder});
  Service service(&gatekeeper, "edge", nullptr);
  EXPECT_EQ(Ask(&service, Parse("")), "error 14 NOT_LOADED\n");
}

// What was in the messages of the last call is not in this one's answer.
TEST_F(ServiceTest, KeepsNothingOfTheLastCall) {
  Service service(&gatekeeper_, "edge", nullptr);
  const engine::Peer peer;
  const rpc::CallFacts facts{peer};
  CheckResponse response;
  const CheckRequest allowed = Parse(R"(attributes { request { http {
      method: "GET" path: "/healthz" host: "orders.example.com" } } })");
  ASSERT_TRUE(service.Check(facts, allowed, &response).ok());
  ASSERT_EQ(response.status().code(), 0);
  ASSERT_TRUE(service.Check(facts, CheckRequest(), &response).ok());
  EXPECT_NE(response.status().code(), 0);
  EXPECT_FALSE(response.has_ok_response());
}

TEST_F(ServiceTest, IsServedUnderEnvoysName) {
  rpc::RpcServices services;
  services.push_back(std::make_unique<Service>(&gatekeeper_, "edge", nullptr));
  rpc::RpcServerOptions options;
  options.address = "127.0.0.1:0";
  options.credentials = grpc::InsecureServerCredentials();
  const auto server = rpc::RpcServer::Start(options, std::move(services));
  ASSERT_TRUE(server.ok()) << server.status();
  (*server)->SetReady(true);
  const auto channel =
      grpc::CreateChannel((*server)->address(), grpc::InsecureChannelCredentials());
  const auto deadline = std::chrono::system_clock::now() + std::chrono::seconds(20);

  grpc::ClientContext health_context;
  health_context.set_deadline(deadline);
  grpc::health::v1::HealthCheckRequest health_request;
  health_request.set_service("envoy.service.auth.v3.Authorization");
  grpc::health::v1::HealthCheckResponse health;
  ASSERT_TRUE(grpc::health::v1::Health::NewStub(channel)
                  ->Check(&health_context, health_request, &health)
                  .ok());
  EXPECT_EQ(health.status(), grpc::health::v1::HealthCheckResponse::SERVING);

  grpc::ClientContext context;
  context.set_deadline(deadline);
  CheckResponse response;
  const grpc::Status status =
      Authorization::NewStub(channel)->Check(&context, Parse(R"(attributes { request { http {
          method: "GET" path: "/orders/7" host: "orders.example.com"
          headers { key: "authorization" value: "Bearer ${token}" } } } })"),
                                             &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.status().code(), 0);
  EXPECT_TRUE(response.has_ok_response());
}

}  // namespace
}  // namespace portcullis::ext_authz
