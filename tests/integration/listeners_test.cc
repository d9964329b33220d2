// Ways to reach the real server: sockets, TLS, mutual TLS, and what each lets a client claim.

#include <sys/stat.h>

#include <chrono>
#include <thread>

#include "gtest/gtest.h"

#include "server/rpc/status.h"
#include "tests/integration/running_server.h"
#include "tests/integration/test_certificates.h"

namespace portcullis {
namespace {

constexpr char kGateway[] = "spiffe://example.org/ns/shop/sa/gateway";

// Added by each test, because they name files of the server's directory.
const std::vector<std::string> kNoListeners;

v1::AuthorizeRequest Question() {
  v1::AuthorizeRequest request;
  request.set_principal_arn(kAna);
  request.set_action("s3:GetObject");
  request.set_resource("arn:aws:s3:::developmentapp/x");
  return request;
}

TEST(Listeners, ServesOnASocketWithItsMode) {
  RunningServer server(kNoListeners);
  const std::string path = server.directory.Path("authz.sock");
  server.options.listen.push_back(
      *app::ParseListener("unix://" + path + "?mode=0660&trusted=true"));
  server.Start();
  struct stat info = {};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0660u);
  v1::AuthorizeResponse response;
  const grpc::Status status = server.Connect().Authorize(Question(), &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.decision(), v1::DECISION_ALLOW);
  ASSERT_TRUE(server.server().Drain().ok());
  EXPECT_NE(stat(path.c_str(), &info), 0) << "the socket must not stay behind";
}

TEST(Listeners, DoesNotTakeASocketFromALivingServer) {
  RunningServer first(kNoListeners);
  const std::string path = first.directory.Path("authz.sock");
  first.options.listen.push_back(*app::ParseListener("unix://" + path + "?trusted=true"));
  first.Start();
  RunningServer second(kNoListeners);
  second.options.listen = first.options.listen;
  EXPECT_EQ(second.TryStart().code(), absl::StatusCode::kFailedPrecondition);
  v1::AuthorizeResponse response;
  EXPECT_TRUE(first.Connect().Authorize(Question(), &response).ok());
}

class TlsTest : public ::testing::Test {
 protected:
  TlsTest() : authority_("authority"), server_(kNoListeners) {
    WriteServerCertificate(authority_);
    server_.directory.Write("ca.pem", authority_.certificate());
    server_.options.certificate_interval = absl::Milliseconds(100);
  }

  void WriteServerCertificate(const TestAuthority& authority) {
    const TestCertificate certificate = authority.Issue("DNS:localhost,IP:127.0.0.1");
    server_.directory.Write("server.pem", certificate.certificate);
    server_.directory.Write("server.key", certificate.key);
  }

  void Start(const std::string& more) {
    const auto listener =
        app::ParseListener("tls://127.0.0.1:0?cert=" + server_.directory.Path("server.pem") +
                           "&key=" + server_.directory.Path("server.key") + more);
    ASSERT_TRUE(listener.ok()) << listener.status();
    server_.options.listen.push_back(*listener);
    server_.Start();
  }

  std::string ClientCa() const { return "&client-ca=" + server_.directory.Path("ca.pem"); }

  Client Connect(const std::string& roots, const TestCertificate& certificate = {}) {
    static int connections = 0;
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = roots;
    options.pem_cert_chain = certificate.certificate;
    options.pem_private_key = certificate.key;
    grpc::ChannelArguments arguments;
    arguments.SetInt("test.connection", ++connections);  // No channel is shared.
    return Client(server_.address(), grpc::SslCredentials(options), arguments);
  }

  TestAuthority authority_;
  RunningServer server_;
};

TEST_F(TlsTest, EncryptsAndTrustsNobodyByItself) {
  Start("");
  v1::AuthorizeResponse response;
  const grpc::Status status = Connect(authority_.certificate()).Authorize(Question(), &response);
  EXPECT_EQ(rpc::ErrorReasonOf(status), "ASSERTION_NOT_ALLOWED") << status.error_message();
  EXPECT_EQ(Client(server_.address()).Authorize(Question(), &response).error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TlsTest, LetsNamedClientsAssert) {
  Start(ClientCa() + "&assert=" + kGateway + "&assert=pep.example.org");
  const auto ask = [this](const std::string& names) {
    v1::AuthorizeResponse response;
    return Connect(authority_.certificate(), authority_.Issue(names))
        .Authorize(Question(), &response);
  };
  EXPECT_TRUE(ask(std::string("URI:") + kGateway).ok());
  EXPECT_TRUE(ask("DNS:pep.example.org").ok());
  for (const char* names :
       {"URI:spiffe://example.org/ns/shop/sa/other", "DNS:other.example.org",
        // Two URIs are no SPIFFE ID.
        "URI:spiffe://example.org/ns/shop/sa/gateway,URI:spiffe://example.org/other"}) {
    EXPECT_EQ(rpc::ErrorReasonOf(ask(names)), "ASSERTION_NOT_ALLOWED") << names;
  }
}

// The role ServeShop of config/ admits one workload by its SPIFFE ID.
TEST_F(TlsTest, GivesWorkloadsTheirRoles) {
  Start(ClientCa());
  v1::AssumeRoleWithWorkloadIdentityResponse issued;
  const auto ask = [&](const std::string& names, const std::string& asserted = "") {
    v1::AssumeRoleWithWorkloadIdentityRequest request;
    request.set_role_arn("arn:aws:iam::123456789012:role/ServeShop");
    request.set_spiffe_id(asserted);
    Client client = Connect(authority_.certificate(), authority_.Issue(names));
    grpc::ClientContext context;
    SetDeadline(&context);
    return rpc::ErrorReasonOf(
        client.security_token->AssumeRoleWithWorkloadIdentity(&context, request, &issued));
  };
  const std::string web = "spiffe://shop.example.org/ns/shop/sa/web";
  EXPECT_EQ(ask("URI:" + web), "");
  EXPECT_EQ(issued.spiffe_id(), web);
  EXPECT_EQ(issued.assumed_role_user().arn(),
            "arn:aws:sts::123456789012:assumed-role/ServeShop/web");
  Client anybody = Connect(authority_.certificate(), authority_.Issue("DNS:anybody.example.org"));
  EXPECT_EQ(anybody.Decide(issued.credentials().session_token(), "s3:GetObject",
                           "arn:aws:s3:::productionapp/x"),
            v1::DECISION_ALLOW);

  EXPECT_EQ(ask("URI:spiffe://shop.example.org/ns/shop/sa/db"), "AccessDenied");
  EXPECT_EQ(ask("URI:spiffe://other.example.org/ns/shop/sa/web"), "InvalidIdentityToken");
  EXPECT_EQ(ask("URI:spiffe://shop.example.org"), "MissingAuthenticationToken") << "no workload";
  EXPECT_EQ(ask("DNS:shop.example.org"), "MissingAuthenticationToken");
  EXPECT_EQ(ask("URI:" + web + ",URI:spiffe://shop.example.org/other"),
            "MissingAuthenticationToken")
      << "two URIs are no SPIFFE ID";
  EXPECT_EQ(ask("URI:spiffe://shop.example.org/ns/shop/sa/db", web), "ASSERTION_NOT_ALLOWED");
}

TEST_F(TlsTest, TurnsAwayClientsOfOtherAuthorities) {
  Start(ClientCa() + "&assert=" + kGateway);
  const TestAuthority stranger("stranger");
  v1::AuthorizeResponse response;
  EXPECT_EQ(Connect(authority_.certificate(), stranger.Issue(std::string("URI:") + kGateway))
                .Authorize(Question(), &response)
                .error_code(),
            grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(Connect(authority_.certificate()).Authorize(Question(), &response).error_code(),
            grpc::StatusCode::UNAVAILABLE)
      << "a certificate is required";
}

TEST_F(TlsTest, ServesARenewedCertificateAndNoHalfWrittenPair) {
  Start("");
  const auto reason = [](Client client) {
    v1::AuthorizeResponse response;
    return rpc::ErrorReasonOf(client.Authorize(Question(), &response));
  };
  const TestAuthority renewed("renewed");
  const TestCertificate certificate = renewed.Issue("DNS:localhost,IP:127.0.0.1");
  server_.directory.Write("server.pem", certificate.certificate);
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  EXPECT_EQ(reason(Connect(authority_.certificate())), "ASSERTION_NOT_ALLOWED")
      << "a certificate without its key must not be served";
  server_.directory.Write("server.key", certificate.key);
  for (int i = 0; i < 100; ++i) {
    if (reason(Connect(renewed.certificate())) == "ASSERTION_NOT_ALLOWED") break;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_EQ(reason(Connect(renewed.certificate())), "ASSERTION_NOT_ALLOWED");
  EXPECT_EQ(reason(Connect(authority_.certificate())), "");
}

}  // namespace
}  // namespace portcullis
