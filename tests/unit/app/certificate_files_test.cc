#include "server/app/certificate_files.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/time/clock.h"
#include "gtest/gtest.h"

#include "tests/integration/test_certificates.h"

namespace portcullis::app {
namespace {

CertificateMaterial Material(const TestCertificate& certificate) {
  CertificateMaterial material;
  material.certificate_chain = certificate.certificate;
  material.private_key = certificate.key;
  return material;
}

TEST(CheckMaterial, TellsWhenCertificatesExpire) {
  const TestAuthority authority("a");
  CertificateMaterial material = Material(authority.Issue("DNS:localhost", 600));
  material.client_authorities = authority.certificate();
  const absl::Time now = absl::Now();
  ASSERT_TRUE(CheckMaterial(now, &material).ok());
  EXPECT_LT(absl::AbsDuration(material.certificate_expiry - now - absl::Seconds(600)),
            absl::Seconds(5));
  EXPECT_LT(absl::AbsDuration(material.authorities_expiry - now - absl::Seconds(3600)),
            absl::Seconds(5));
}

TEST(CheckMaterial, RefusesWhatCannotBeServed) {
  const TestAuthority authority("a");
  const TestCertificate good = authority.Issue("DNS:localhost");
  const TestCertificate other = authority.Issue("DNS:localhost");
  const absl::Time now = absl::Now();
  struct Case {
    const char* what;
    CertificateMaterial material;
    const char* message;
  };
  CertificateMaterial mixed = Material(good);
  mixed.private_key = other.key;
  CertificateMaterial no_key = Material(good);
  no_key.private_key = good.certificate;
  CertificateMaterial cut = Material(good);
  cut.certificate_chain.resize(cut.certificate_chain.size() / 2);
  CertificateMaterial tail = Material(good);
  tail.certificate_chain += "-----BEGIN CERTIFICATE-----\ngarbage\n-----END CERTIFICATE-----\n";
  CertificateMaterial no_authorities = Material(good);
  no_authorities.client_authorities = "nothing";
  const Case cases[] = {
      {"a pair that fits nobody", mixed, "does not belong"},
      {"no key", no_key, "no private key"},
      {"a file cut short", cut, "none in PEM"},
      {"a broken chain", tail, "none in PEM"},
      {"no authorities", no_authorities, "no certificates"},
      {"expired", Material(authority.Issue("DNS:localhost", -60)), "has expired"},
  };
  for (const Case& c : cases) {
    CertificateMaterial material = c.material;
    const absl::Status status = CheckMaterial(now, &material);
    EXPECT_FALSE(status.ok()) << c.what;
    EXPECT_NE(std::string(status.message()).find(c.message), std::string::npos)
        << c.what << ": " << status;
    EXPECT_EQ(std::string(status.message()).find("BEGIN"), std::string::npos);
  }
  CertificateMaterial early = Material(good);
  EXPECT_FALSE(CheckMaterial(now - absl::Hours(24), &early).ok());
}

TEST(CertificateFiles, KeepsWhatWasGood) {
  const std::string directory = ::testing::TempDir() + "certificates" + std::to_string(getpid());
  std::filesystem::create_directory(directory);
  const auto write = [&directory](const char* name, const std::string& text) {
    std::ofstream(directory + "/" + name) << text;
  };
  const TestAuthority authority("a");
  const TestCertificate first = authority.Issue("DNS:localhost");
  const TestCertificate second = authority.Issue("DNS:localhost");
  ListenerOptions options;
  options.certificate_file = directory + "/cert.pem";
  options.key_file = directory + "/key.pem";
  EXPECT_EQ(CertificateFiles::Open(options).status().code(), absl::StatusCode::kNotFound);
  write("cert.pem", first.certificate);
  write("key.pem", first.key);
  const auto files = CertificateFiles::Open(options);
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_EQ(*(*files)->Refresh(), false);
  write("cert.pem", second.certificate);
  EXPECT_FALSE((*files)->Refresh().ok());
  EXPECT_EQ((*files)->Current().certificate_chain, first.certificate);
  write("key.pem", second.key);
  EXPECT_EQ(*(*files)->Refresh(), true);
  EXPECT_EQ((*files)->Current().certificate_chain, second.certificate);
  std::filesystem::remove_all(directory);
  EXPECT_FALSE((*files)->Refresh().ok());
  EXPECT_EQ((*files)->Current().private_key, second.key);
}

}  // namespace
}  // namespace portcullis::app
