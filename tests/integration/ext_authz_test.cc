// Envoy's Check at the real server: which proxies are answered, by what they are known, and that a
// request passes only if policies allow it. What is allowed is in config/policies/gateways.yaml.

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "envoy/service/auth/v3/external_auth.grpc.pb.h"
#include "server/rpc/status.h"
#include "tests/integration/running_server.h"
#include "tests/integration/test_certificates.h"

namespace portcullis {
namespace {

using envoy::service::auth::v3::Authorization;
using envoy::service::auth::v3::CheckRequest;
using envoy::service::auth::v3::CheckResponse;

constexpr char kSecretHeader[] = "x-portcullis-proxy-secret";
constexpr char kSecret[] = "0123456789abcdef0123456789abcdef";

CheckRequest Get(const std::string& path, const std::string& token = "") {
  CheckRequest request;
  auto* http = request.mutable_attributes()->mutable_request()->mutable_http();
  http->set_method("GET");
  http->set_path(path);
  http->set_host("productionapp.example.com");
  http->set_scheme("https");
  http->set_protocol("HTTP/2");
  if (!token.empty()) {
    auto* header = http->mutable_header_map()->add_headers();
    header->set_key("authorization");
    header->set_raw_value("Bearer " + token);
  }
  return request;
}

// The code of the answer, or the reason why the call failed.
std::string Check(const Client& client, const CheckRequest& request, const std::string& secret = "",
                  CheckResponse* answer = nullptr) {
  grpc::ClientContext context;
  SetDeadline(&context);
  if (!secret.empty()) context.AddMetadata(kSecretHeader, secret);
  CheckResponse response;
  const grpc::Status status =
      Authorization::NewStub(client.channel)->Check(&context, request, &response);
  if (answer != nullptr) *answer = response;
  return status.ok() ? std::to_string(response.status().code()) : rpc::ErrorReasonOf(status);
}

TEST(ExtAuthz, DecidesForTheProxyThatAListenerIsFor) {
  RunningServer server({"tcp://127.0.0.1:0?trusted=true", "tcp://127.0.0.1:0?proxy=edge"});
  server.Start();
  const Client client = server.Connect(1);
  const std::string token = server.Connect(0).UpdateAppToken();
  EXPECT_EQ(Check(client, Get("/healthz")), "0");
  EXPECT_EQ(Check(client, Get("/healthz/")), "7");
  EXPECT_EQ(Check(client, Get("/nowhere")), "7");
  EXPECT_EQ(Check(client, Get("/reports/1/latest")), "16");
  EXPECT_EQ(Check(client, Get("/reports/1/latest", "nonsense")), "16");
  EXPECT_EQ(Check(client, CheckRequest()), "3");

  CheckResponse response;
  ASSERT_EQ(Check(client, Get("/reports/1/latest", token), "", &response), "0");
  ASSERT_GT(response.ok_response().headers_size(), 0);
  EXPECT_EQ(response.ok_response().headers(0).header().key(), "x-portcullis-principal");
  EXPECT_EQ(response.ok_response().headers(0).header().value(),
            "arn:aws:sts::123456789012:assumed-role/UpdateApp/ana-at-work");
  EXPECT_EQ(Check(client, Get("/productionapp/x", token)), "0");
  EXPECT_EQ(Check(client, Get("/productionapp/x?policy", token)), "7");
}

// A client may assert principals and still be no proxy.
TEST(ExtAuthz, AnswersNobodyElse) {
  RunningServer server({"tcp://127.0.0.1:0?trusted=true", "tcp://127.0.0.1:0?proxy=nobody"});
  server.Start();
  EXPECT_EQ(Check(server.Connect(0), Get("/healthz")), "UNKNOWN_PROXY");
  EXPECT_EQ(Check(server.Connect(1), Get("/healthz")), "UNKNOWN_PROXY");
}

TEST(ExtAuthz, KnowsProxiesByTheirCertificates) {
  const TestAuthority authority("authority");
  RunningServer server(std::vector<std::string>{});
  const TestCertificate own = authority.Issue("DNS:localhost,IP:127.0.0.1");
  server.directory.Write("server.pem", own.certificate);
  server.directory.Write("server.key", own.key);
  server.directory.Write("ca.pem", authority.certificate());
  server.options.listen.push_back(*app::ParseListener(
      "tls://127.0.0.1:0?cert=" + server.directory.Path("server.pem") + "&key=" +
      server.directory.Path("server.key") + "&client-ca=" + server.directory.Path("ca.pem")));
  server.Start();
  const auto ask = [&](const std::string& names) {
    const TestCertificate certificate = authority.Issue(names);
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = authority.certificate();
    options.pem_cert_chain = certificate.certificate;
    options.pem_private_key = certificate.key;
    grpc::ChannelArguments arguments;
    arguments.SetString("test.connection", names);  // No channel is shared.
    return Check(Client(server.address(), grpc::SslCredentials(options), arguments),
                 Get("/healthz"));
  };
  const std::string envoy = "URI:spiffe://shop.example.org/ns/edge/sa/envoy";
  EXPECT_EQ(ask(envoy), "0");
  EXPECT_EQ(ask("DNS:edge.example.org," + envoy), "0");
  EXPECT_EQ(ask("URI:spiffe://shop.example.org/ns/edge/sa/other"), "UNKNOWN_PROXY");
  // Two URIs are no SPIFFE ID.
  EXPECT_EQ(ask(envoy + ",URI:spiffe://shop.example.org/other"), "UNKNOWN_PROXY");
}

// A secret that anybody may have read along is none.
TEST(ExtAuthz, KnowsProxiesByTheirSecretsWherePrivate) {
  RunningServer server({"tcp://127.0.0.1:0"});
  server.options.listen.push_back(
      *app::ParseListener("unix://" + server.directory.Path("door.sock")));
  const std::filesystem::path secrets = server.directory.Path("secrets");
  std::filesystem::copy("config/secrets", secrets);
  server.directory.Write("secrets/sidecar", kSecret);
  std::filesystem::permissions(secrets / "sidecar", std::filesystem::perms::owner_read);
  server.options.secrets = secrets.string();
  server.WritePolicy("sidecar.yaml", "Proxies:\n  - Name: sidecar\n    Secret: {File: sidecar}\n");
  server.Start();
  EXPECT_EQ(Check(server.Connect(1), Get("/healthz"), kSecret), "0");
  EXPECT_EQ(Check(server.Connect(1), Get("/healthz"), std::string(kSecret) + "0"), "UNKNOWN_PROXY");
  EXPECT_EQ(Check(server.Connect(1), Get("/healthz")), "UNKNOWN_PROXY");
  EXPECT_EQ(Check(server.Connect(0), Get("/healthz"), kSecret), "UNKNOWN_PROXY");
}

}  // namespace
}  // namespace portcullis
