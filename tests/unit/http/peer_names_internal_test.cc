// Whom a certificate names, as requests tell it.
#include "server/http/peer_names_internal.h"

#include <memory>
#include <string>
#include <vector>

#include <openssl/bio.h>
#include <openssl/pem.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/integration/test_certificates.h"

namespace portcullis::http {
namespace {

using ::testing::ElementsAreArray;

std::vector<std::string> NamesOf(const TestCertificate& issued) {
  BIO* const bio = BIO_new_mem_buf(issued.certificate.data(), -1);
  X509* const certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
  std::vector<std::string> names = NamesOfCertificate(*certificate);
  X509_free(certificate);
  BIO_free(bio);
  return names;
}

TEST(NamesOfCertificate, AreUrisAndDnsNames) {
  struct Case {
    std::string issued;
    std::vector<std::string> names;
  };
  const Case cases[] = {
      {"DNS:edge.example.com", {"edge.example.com"}},
      {"DNS:edge.example.com,URI:spiffe://example.org/edge,DNS:b",
       {"spiffe://example.org/edge", "edge.example.com", "b"}},
      {"IP:127.0.0.1", {}},
      {"email:edge@example.com,IP:127.0.0.1", {}},
      // Two URIs: no SPIFFE ID at all, whichever is first.
      {"URI:spiffe://example.org/edge,URI:spiffe://example.org/admin", {}},
      {"URI:spiffe://example.org/edge,URI:https://example.org/,DNS:edge",
       {"https://example.org/", "edge"}},
      {"DNS:with blank", {}},
  };
  const TestAuthority authority("authority");
  for (const Case& row : cases) {
    EXPECT_THAT(NamesOf(authority.Issue(row.issued)), ElementsAreArray(row.names)) << row.issued;
  }
}

TEST(NamesOfPeer, AreNoneWithoutACertificate) {
  SSL_CTX* const context = SSL_CTX_new(TLS_server_method());
  SSL* const ssl = SSL_new(context);
  EXPECT_TRUE(NamesOfPeer(*ssl).empty());
  SSL_free(ssl);
  SSL_CTX_free(context);
}

}  // namespace
}  // namespace portcullis::http
