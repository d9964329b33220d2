// The client library against the real server.
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "client/authorize.h"
#include "client/batch.h"
#include "client/connection.h"
#include "client/role_credentials.h"
#include "server/base/error_reason.h"
#include "tests/integration/running_server.h"
#include "tests/integration/test_certificates.h"

namespace portcullis {
namespace {

constexpr char kGateway[] = "spiffe://example.org/ns/shop/sa/gateway";

std::unique_ptr<client::Connection> Open(const std::string& address,
                                         std::optional<client::TlsOptions> tls = std::nullopt) {
  client::ConnectionOptions options;
  options.target = address;
  options.tls = std::move(tls);
  options.call_timeout = absl::Seconds(20);
  auto connection = client::Connection::Open(options);
  EXPECT_TRUE(connection.ok()) << connection.status();
  return *std::move(connection);
}

v1::AuthorizeRequest Question() {
  v1::AuthorizeRequest request;
  request.set_principal_arn(kAna);
  request.set_action("s3:GetObject");
  request.set_resource("arn:aws:s3:::developmentapp/x");
  return request;
}

TEST(Client, AssumesARoleAndAsksWithTheSession) {
  RunningServer server;
  server.Start();
  const auto connection = Open(server.address());
  v1::CallerCredentials ana;
  ana.set_principal_arn(kAna);
  v1::AssumeRoleRequest role;
  role.set_role_arn(kUpdateApp);
  role.set_role_session_name("client");
  client::RoleCredentials credentials(
      client::ByAssumingRole(*connection, role, std::make_shared<client::FixedCredentials>(ana)));

  const auto caller = credentials.Get();
  ASSERT_TRUE(caller.ok()) << caller.status();
  const absl::Status allowed = client::CheckAllowed(
      *connection, *caller, {"s3:PutObject", "arn:aws:s3:::productionapp/x", {}});
  EXPECT_TRUE(allowed.ok()) << allowed;
  const absl::Status denied = client::CheckAllowed(
      *connection, *caller, {"s3:PutObject", "arn:aws:s3:::otherbucket/x", {}});
  EXPECT_EQ(denied.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(base::ReasonOf(denied), "AccessDenied");
}

TEST(Client, KeepsASessionInTheBackground) {
  RunningServer server;
  server.Start();
  const auto connection = Open(server.address());
  v1::CallerCredentials ana;
  ana.set_principal_arn(kAna);
  v1::AssumeRoleRequest role;
  role.set_role_arn(kUpdateApp);
  role.set_role_session_name("client");
  client::RoleCredentials credentials(
      client::ByAssumingRole(*connection, role, std::make_shared<client::FixedCredentials>(ana)),
      {.in_background = true});
  const auto first = credentials.GetCredentials();
  ASSERT_TRUE(first.ok()) << first.status();
  credentials.Discard();
  const auto second = credentials.GetCredentials();
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_NE(first->session_token(), second->session_token());
  EXPECT_TRUE(credentials.status().good);
}

TEST(Client, CarriesTheServersReasons) {
  RunningServer server;
  server.Start();
  const auto connection = Open(server.address());
  v1::AssumeRoleRequest role;
  role.mutable_caller()->set_principal_arn(kTess);
  role.set_role_arn(kUpdateApp);
  role.set_role_session_name("client");
  const absl::Status refused = connection->AssumeRole(role).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(base::ReasonOf(refused), "AccessDenied");

  v1::AuthorizeRequest question = Question();
  question.set_session_token("nonsense");
  EXPECT_EQ(connection->Authorize(question).status().code(), absl::StatusCode::kUnauthenticated);
}

TEST(Client, AnswersMoreQuestionsThanFitIntoOneCall) {
  RunningServer server;
  server.Start();
  v1::BatchAuthorizeRequest batch;
  batch.set_principal_arn(kAna);
  for (int i = 0; i < 2 * client::kBatchItemsMax + 1; ++i) {
    v1::BatchAuthorizeItem* item = batch.add_items();
    item->set_action(i % 2 == 0 ? "s3:GetObject" : "s3:DeleteObject");
    item->set_resource("arn:aws:s3:::developmentapp/" + std::to_string(i));
  }
  const auto answer = client::AuthorizeAll(*Open(server.address()), batch);
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_EQ(answer->results_size(), batch.items_size());
  for (int i = 0; i < answer->results_size(); ++i) {
    EXPECT_EQ(client::IsAllowed(answer->results(i)), i % 2 == 0) << i;
  }
  EXPECT_EQ(answer->principal_arn(), kAna);
}

TEST(Client, ReachesASocketAndTellsHealth) {
  RunningServer server{std::vector<std::string>()};
  const std::string path = server.directory.Path("authz.sock");
  server.options.listen.push_back(*app::ParseListener("unix://" + path + "?trusted=true"));
  server.Start();
  const auto connection = Open("unix:" + path);
  const auto health = connection->CheckHealth("readiness");
  ASSERT_TRUE(health.ok()) << health.status();
  EXPECT_EQ(*health, client::Health::kServing);
  EXPECT_EQ(connection->CheckHealth("nonsense").status().code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(connection->Authorize(Question()).ok());
}

// A server that knows its clients by their certificates.
class MutualTlsTest : public ::testing::Test {
 protected:
  MutualTlsTest() {
    WriteFiles();
    const auto listener = app::ParseListener(
        "tls://127.0.0.1:0?cert=" + Path("server.pem") + "&key=" + Path("server.key") +
        "&client-ca=" + Path("ca.pem") + "&assert=" + kGateway);
    EXPECT_TRUE(listener.ok()) << listener.status();
    server_.options.listen.push_back(*listener);
    server_.Start();
  }

  void WriteFiles() {
    const TestCertificate server = authority_.Issue("DNS:pdp.example,IP:127.0.0.1");
    const TestCertificate gateway = authority_.Issue(std::string("URI:") + kGateway);
    const TemporaryDirectory& directory = server_.directory;
    directory.Write("ca.pem", authority_.certificate());
    directory.Write("server.pem", server.certificate);
    directory.Write("server.key", server.key);
    directory.Write("gateway.pem", gateway.certificate);
    directory.Write("gateway.key", gateway.key);
    directory.Write("other-ca.pem", TestAuthority("other").certificate());
  }

  std::string Path(const std::string& name) const { return server_.directory.Path(name); }

  client::TlsOptions Gateway() const {
    client::TlsOptions tls;
    tls.ca_file = Path("ca.pem");
    tls.certificate_file = Path("gateway.pem");
    tls.key_file = Path("gateway.key");
    return tls;
  }

  absl::Status Ask(const client::TlsOptions& tls) {
    return Open(server_.address(), tls)->Authorize(Question()).status();
  }

  TestAuthority authority_{"authority"};
  RunningServer server_{std::vector<std::string>()};
};

TEST_F(MutualTlsTest, ShowsWhoItIs) {
  EXPECT_TRUE(Ask(Gateway()).ok()) << Ask(Gateway());
}

TEST_F(MutualTlsTest, TrustsOnlyTheGivenAuthority) {
  client::TlsOptions tls = Gateway();
  tls.ca_file = Path("other-ca.pem");
  EXPECT_EQ(Ask(tls).code(), absl::StatusCode::kUnavailable);
}

TEST_F(MutualTlsTest, ExpectsTheNameItWasGiven) {
  client::TlsOptions tls = Gateway();
  tls.server_name = "pdp.example";
  EXPECT_TRUE(Ask(tls).ok()) << Ask(tls);
  tls.server_name = "another.example";
  EXPECT_EQ(Ask(tls).code(), absl::StatusCode::kUnavailable);
}

TEST_F(MutualTlsTest, IsNobodyWithoutACertificate) {
  client::TlsOptions tls = Gateway();
  tls.certificate_file.clear();
  tls.key_file.clear();
  EXPECT_FALSE(Ask(tls).ok());
}

}  // namespace
}  // namespace portcullis
