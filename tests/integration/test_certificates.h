// Certificates for tests, made while they run.
#ifndef PORTCULLIS_TESTS_INTEGRATION_TEST_CERTIFICATES_H_
#define PORTCULLIS_TESTS_INTEGRATION_TEST_CERTIFICATES_H_

#include <memory>
#include <string>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace portcullis {

// A certificate with its key, in PEM.
struct TestCertificate {
  std::string certificate;
  std::string key;
};

// Signs certificates as one authority.
class TestAuthority {
 public:
  explicit TestAuthority(const std::string& name) : key_(EVP_EC_gen("P-256")) {
    certificate_ = Make(name, "", 3600, /*authority=*/true, key_, nullptr);
  }
  ~TestAuthority() {
    X509_free(certificate_);
    EVP_PKEY_free(key_);
  }
  TestAuthority(const TestAuthority&) = delete;
  TestAuthority& operator=(const TestAuthority&) = delete;

  std::string certificate() const { return ToPem(certificate_); }

  // `names`: subject alternative names as OpenSSL writes them: "DNS:localhost,IP:127.0.0.1".
  TestCertificate Issue(const std::string& names, long lifetime_seconds = 3600) const {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = Make("leaf", names, lifetime_seconds, /*authority=*/false, key, this);
    TestCertificate result{ToPem(certificate), ToPem(key)};
    X509_free(certificate);
    EVP_PKEY_free(key);
    return result;
  }

 private:
  static void Extend(X509* certificate, int kind, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }

  static X509* Make(const std::string& name, const std::string& names, long lifetime_seconds,
                    bool authority, EVP_PKEY* key, const TestAuthority* issuer) {
    static long serial = 1;
    X509* certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -7200);
    X509_gmtime_adj(X509_getm_notAfter(certificate), lifetime_seconds);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(
        certificate, X509_get_subject_name(issuer == nullptr ? certificate : issuer->certificate_));
    if (authority) Extend(certificate, NID_basic_constraints, "critical,CA:TRUE");
    if (!names.empty()) Extend(certificate, NID_subject_alt_name, names);
    X509_sign(certificate, issuer == nullptr ? key : issuer->key_, EVP_sha256());
    return certificate;
  }

  static std::string Take(BIO* bio) {
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio, &text);
    std::string result(text, static_cast<size_t>(size));
    BIO_free(bio);
    return result;
  }
  static std::string ToPem(X509* certificate) {
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, certificate);
    return Take(bio);
  }
  static std::string ToPem(EVP_PKEY* key) {
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
    return Take(bio);
  }

  EVP_PKEY* key_;
  X509* certificate_;
};

}  // namespace portcullis

#endif  // PORTCULLIS_TESTS_INTEGRATION_TEST_CERTIFICATES_H_
