#include "server/http/tls_internal.h"

#include <openssl/ssl.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/integration/test_certificates.h"

namespace portcullis::http {
namespace {

using ::testing::HasSubstr;

TEST(MakeTlsContextTest, TakesNothingOlderThanTls12) {
  const TestAuthority authority("authority");
  const TestCertificate leaf = authority.Issue("DNS:localhost");
  const auto context = MakeTlsContext({leaf.key, leaf.certificate, authority.certificate()});
  ASSERT_TRUE(context.ok()) << context.status();
  SSL_CTX* const native = (*context)->native_handle();
  EXPECT_EQ(SSL_CTX_get_min_proto_version(native), TLS1_2_VERSION);
  EXPECT_NE(SSL_CTX_get_options(native) & SSL_OP_NO_RENEGOTIATION, 0);
  EXPECT_EQ(SSL_CTX_get_verify_mode(native), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
}

TEST(MakeTlsContextTest, RefusesMaterialThatDoesNotWork) {
  const TestAuthority authority("authority");
  const TestCertificate one = authority.Issue("DNS:localhost");
  const TestCertificate other = authority.Issue("DNS:localhost");
  const struct {
    TlsMaterial material;
    std::string message;
  } cases[] = {
      {{one.key, "", ""}, "certificate chain"},
      {{one.key, "-----BEGIN", ""}, "certificate chain"},
      {{"", one.certificate, ""}, "private key"},
      {{"secret", one.certificate, ""}, "private key"},
      {{other.key, one.certificate, ""}, "private key"},
      {{one.key, one.certificate, "nonsense"}, "client authorities"},
  };
  for (const auto& [material, message] : cases) {
    const absl::Status status = MakeTlsContext(material).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr(message));
  }
}

}  // namespace
}  // namespace portcullis::http
