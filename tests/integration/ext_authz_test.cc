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
using HttpRequest = envoy::service::auth::v3::AttributeContext::HttpRequest;

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

void AddRaw(HttpRequest* http, const std::string& name, const std::string& value) {
  auto* header = http->mutable_header_map()->add_headers();
  header->set_key(name);
  header->set_raw_value(value);
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

// Ways to say something else, or too much, about a request that everybody may send.
struct Trick {
  const char* name;
  void (*play)(HttpRequest* http);
  const char* code;
};
constexpr Trick kTricks[] = {
    {"none", [](HttpRequest*) {}, "0"},
    {"nothing", [](HttpRequest* http) { http->Clear(); }, "3"},
    {"no method", [](HttpRequest* http) { http->clear_method(); }, "3"},
    {"no path", [](HttpRequest* http) { http->clear_path(); }, "3"},
    {"no host", [](HttpRequest* http) { http->clear_host(); }, "3"},
    {"small letters", [](HttpRequest* http) { http->set_method("get"); }, "3"},
    {"query", [](HttpRequest* http) { http->set_query("a=b"); }, "3"},
    {"fragment", [](HttpRequest* http) { http->set_fragment("a"); }, "3"},
    {"absolute", [](HttpRequest* http) { http->set_path("http://a/healthz"); }, "3"},
    {"asterisk", [](HttpRequest* http) { http->set_path("*"); }, "3"},
    {"another path", [](HttpRequest* http) { (*http->mutable_headers())[":path"] = "/reports"; },
     "3"},
    {"another method", [](HttpRequest* http) { (*http->mutable_headers())[":method"] = "PUT"; },
     "3"},
    {"another authority",
     [](HttpRequest* http) { (*http->mutable_headers())[":authority"] = "a.b"; }, "3"},
    {"another host", [](HttpRequest* http) { (*http->mutable_headers())["host"] = "a.b"; }, "3"},
    {"another raw path", [](HttpRequest* http) { AddRaw(http, ":path", "/reports"); }, "3"},
    {"another raw method", [](HttpRequest* http) { AddRaw(http, ":method", "PUT"); }, "3"},
    {"raw bytes in the path",
     [](HttpRequest* http) {
       http->clear_path();
       AddRaw(http, ":path", "/healthz\xc0\xae");
     },
     "3"},
    {"raw bytes in a header", [](HttpRequest* http) { AddRaw(http, "x-a", "\xff\r\n\xc0\xae"); },
     "0"},
    {"a large header", [](HttpRequest* http) { AddRaw(http, "x-a", std::string(65536, 'a')); },
     "0"},
    {"a larger one", [](HttpRequest* http) { AddRaw(http, "x-a", std::string(200000, 'a')); }, "3"},
    {"two hosts",
     [](HttpRequest* http) {
       AddRaw(http, "host", http->host());
       AddRaw(http, "Host", http->host());
     },
     "3"},
    {"an unknown host", [](HttpRequest* http) { http->set_host("a.b"); }, "7"},
    {"user information", [](HttpRequest* http) { http->set_host("a@" + http->host()); }, "3"},
};

TEST(ExtAuthz, LetsNothingPassThatSaysTwoThings) {
  RunningServer server({"tcp://127.0.0.1:0?proxy=edge"});
  server.Start();
  const Client client = server.Connect(0);
  for (const Trick& trick : kTricks) {
    CheckRequest request = Get("/healthz");
    trick.play(request.mutable_attributes()->mutable_request()->mutable_http());
    EXPECT_EQ(Check(client, request), trick.code) << trick.name;
  }
  for (const bool attributes : {false, true}) {
    CheckRequest request;
    if (attributes) request.mutable_attributes();
    EXPECT_EQ(Check(client, request), "3");
  }
  // Without a request it is a bare connection, which no rule is about.
  CheckRequest connection;
  connection.mutable_attributes()->mutable_source()->set_principal("spiffe://shop.example.org/a");
  EXPECT_NE(Check(client, connection), "0");
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
