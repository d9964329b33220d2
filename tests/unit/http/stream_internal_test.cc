// Streams as servers use them; what is special about TLS.
#include "server/http/stream_internal.h"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "gtest/gtest.h"

#include "tests/integration/test_certificates.h"
#include "tests/unit/http/test_server.h"
#include "tests/unit/http/wire.h"

namespace portcullis::http {
namespace {

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using ClientContext = std::unique_ptr<SSL_CTX, FreeContext>;

ClientContext MakeClient() {
  return ClientContext(SSL_CTX_new(TLS_client_method()));
}

// Gives the client a certificate to show.
void Identify(SSL_CTX* context, const TestCertificate& identity) {
  BIO* const certificate_bio = BIO_new_mem_buf(identity.certificate.data(), -1);
  X509* const certificate = PEM_read_bio_X509(certificate_bio, nullptr, nullptr, nullptr);
  BIO* const key_bio = BIO_new_mem_buf(identity.key.data(), -1);
  EVP_PKEY* const key = PEM_read_bio_PrivateKey(key_bio, nullptr, nullptr, nullptr);
  EXPECT_EQ(SSL_CTX_use_certificate(context, certificate), 1);
  EXPECT_EQ(SSL_CTX_use_PrivateKey(context, key), 1);
  X509_free(certificate);
  EVP_PKEY_free(key);
  BIO_free(certificate_bio);
  BIO_free(key_bio);
}

class TlsTest : public ::testing::Test {
 protected:
  ServerOptions Options(bool client_certificates) {
    ServerOptions options;
    options.tls = TlsMaterial{leaf_.key, leaf_.certificate,
                              client_certificates ? authority_.certificate() : ""};
    options.handshake_timeout = absl::Milliseconds(300);
    return options;
  }

  TestAuthority authority_{"authority"};
  TestCertificate leaf_ = authority_.Issue("DNS:localhost");
};

TEST_F(TlsTest, CarriesRequestsOfAnySize) {
  const auto server = Serve(Options(false), [](const Request& request) {
    return TextResponse(std::string(request.secure ? "secure " : "plain ") +
                        std::string(request.body));
  });
  const ClientContext client = MakeClient();
  Wire wire(server->port(), client.get());
  ASSERT_TRUE(wire.handshake_ok());
  for (const size_t size : {size_t{0}, size_t{1}, size_t{16384}, size_t{2} << 20}) {
    const std::string body(size, 'b');
    EXPECT_TRUE(wire.Exchange(Post("/", body)).body == "secure " + body) << size;
  }
}

TEST_F(TlsTest, RefusesOldVersions) {
  const auto server = Serve(Options(false));
  const ClientContext client = MakeClient();
  SSL_CTX_set_security_level(client.get(), 0);
  SSL_CTX_set_max_proto_version(client.get(), TLS1_1_VERSION);
  EXPECT_FALSE(Wire(server->port(), client.get()).handshake_ok());
  SSL_CTX_set_max_proto_version(client.get(), TLS1_2_VERSION);
  EXPECT_TRUE(Wire(server->port(), client.get()).handshake_ok());
}

TEST_F(TlsTest, AsksForClientCertificatesOfItsAuthorityOnly) {
  const auto server = Serve(Options(true));
  const TestAuthority stranger("stranger");
  const auto status = [&server](const TestCertificate* identity) {
    const ClientContext client = MakeClient();
    if (identity != nullptr) Identify(client.get(), *identity);
    // With TLS 1.3 the client learns of it only when it reads.
    return Wire(server->port(), client.get()).Exchange(Get("/")).status;
  };
  const TestCertificate good = authority_.Issue("DNS:client");
  const TestCertificate bad = stranger.Issue("DNS:client");
  const TestCertificate expired = authority_.Issue("DNS:client", /*lifetime_seconds=*/-10);
  EXPECT_EQ(status(&good), 200);
  EXPECT_EQ(status(nullptr), 0);
  EXPECT_EQ(status(&bad), 0);
  EXPECT_EQ(status(&expired), 0);
}

TEST_F(TlsTest, TellsWhomTheClientsCertificateNames) {
  const auto names = [](const Request& request) {
    std::string text;
    for (const std::string_view name : request.client_names) text.append(name).append(";");
    return TextResponse(std::move(text));
  };
  const ClientContext client = MakeClient();
  Identify(client.get(), authority_.Issue("DNS:edge,URI:spiffe://example.org/edge"));
  const auto verifying = Serve(Options(true), names);
  Wire wire(verifying->port(), client.get());
  EXPECT_EQ(wire.Exchange(Get("/")).body, "spiffe://example.org/edge;edge;");
  EXPECT_EQ(wire.Exchange(Get("/again")).body, "spiffe://example.org/edge;edge;");
  // Where certificates are not verified, nobody has a name.
  const auto indifferent = Serve(Options(false), names);
  EXPECT_EQ(Wire(indifferent->port(), client.get()).Exchange(Get("/")).body, "");
  const auto plain = Serve(ServerOptions(), names);
  EXPECT_EQ(Wire(plain->port()).Exchange(Get("/")).body, "");
}

TEST_F(TlsTest, CutsASlowHandshakeAndServesOthers) {
  const auto server = Serve(Options(false));
  Wire silent(server->port());
  Wire plain(server->port());
  plain.Send(Get("/"));
  const absl::Time start = absl::Now();
  const ClientContext client = MakeClient();
  Wire wire(server->port(), client.get());
  EXPECT_EQ(wire.Exchange(Get("/fine")).body, "/fine");
  EXPECT_TRUE(silent.IsClosed());
  EXPECT_LT(absl::Now() - start, absl::Seconds(2));
  EXPECT_EQ(plain.ReadAll().find("HTTP"), std::string::npos);
}

TEST_F(TlsTest, SaysGoodbye) {
  const auto server = Serve(Options(false));
  const ClientContext client = MakeClient();
  Wire wire(server->port(), client.get());
  wire.Exchange("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  char byte = 0;
  const int size = SSL_read(wire.ssl(), &byte, 1);
  EXPECT_EQ(SSL_get_error(wire.ssl(), size), SSL_ERROR_ZERO_RETURN);
}

TEST_F(TlsTest, AnswersARequestThatTimedOut) {
  ServerOptions options = Options(false);
  options.header_timeout = absl::Milliseconds(100);
  const auto server = Serve(options);
  const ClientContext client = MakeClient();
  Wire wire(server->port(), client.get());
  EXPECT_EQ(wire.Exchange("GET / HTT").status, 408);
}

TEST_F(TlsTest, ServesManyAtOnce) {
  const auto server = Serve(Options(false));
  const ClientContext client = MakeClient();
  std::atomic<int> good{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&] {
      for (int j = 0; j < 5; ++j) {
        Wire wire(server->port(), client.get());
        for (int k = 0; k < 5; ++k) good += wire.Exchange(Get("/x")).body == "/x" ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : clients) thread.join();
  EXPECT_EQ(good, 100);
}

}  // namespace
}  // namespace portcullis::http
