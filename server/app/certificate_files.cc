#include "server/app/certificate_files.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "openssl/err.h"
#include "openssl/pem.h"
#include "openssl/x509.h"

#include "grpc/grpc_security.h"
#include "server/base/status_macros.h"

namespace portcullis::app {
namespace {

constexpr size_t kFileBytesMax = 1 << 20;

struct OpensslDeleter {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
template <typename Type>
using OpensslPtr = std::unique_ptr<Type, OpensslDeleter>;

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream) return absl::NotFoundError(absl::StrCat(path, ": cannot be read"));
  if (text.size() > kFileBytesMax) return absl::OutOfRangeError(absl::StrCat(path, ": too large"));
  return text;
}

// Nobody is there to type a password.
int NoPassword(char*, int, int, void*) {
  return 0;
}

std::optional<absl::Time> TimeOf(const ASN1_TIME* time) {
  std::tm parts = {};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return absl::FromTM(parts, absl::UTCTimeZone());
}

// All certificates of a text in PEM; empty if something in it is none.
std::vector<OpensslPtr<X509>> ParseCertificates(const std::string& pem) {
  std::vector<OpensslPtr<X509>> certificates;
  const OpensslPtr<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  while (true) {
    OpensslPtr<X509> certificate(PEM_read_bio_X509(bio.get(), nullptr, NoPassword, nullptr));
    if (certificate == nullptr) break;
    certificates.push_back(std::move(certificate));
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!at_end) certificates.clear();
  return certificates;
}

absl::Status CheckPair(const X509* certificate, const std::string& key_pem) {
  const OpensslPtr<BIO> bio(BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size())));
  const OpensslPtr<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassword, nullptr));
  const bool fits = key != nullptr && X509_check_private_key(certificate, key.get()) == 1;
  ERR_clear_error();
  if (key == nullptr) return absl::InvalidArgumentError("the key is no private key in PEM");
  if (!fits) return absl::FailedPreconditionError("the key does not belong to the certificate");
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckMaterial(absl::Time now, CertificateMaterial* material) {
  const auto chain = ParseCertificates(material->certificate_chain);
  if (chain.empty()) return absl::InvalidArgumentError("the certificate is none in PEM");
  const X509* leaf = chain.front().get();
  RETURN_IF_ERROR(CheckPair(leaf, material->private_key));
  const std::optional<absl::Time> begin = TimeOf(X509_get0_notBefore(leaf));
  const std::optional<absl::Time> end = TimeOf(X509_get0_notAfter(leaf));
  if (!begin || !end) return absl::InvalidArgumentError("the certificate has no valid times");
  if (now < *begin) return absl::FailedPreconditionError("the certificate is not valid yet");
  if (now >= *end) return absl::FailedPreconditionError("the certificate has expired");
  material->certificate_expiry = *end;

  material->authorities_expiry = absl::InfiniteFuture();
  if (material->client_authorities.empty()) return absl::OkStatus();
  const auto authorities = ParseCertificates(material->client_authorities);
  if (authorities.empty()) {
    return absl::InvalidArgumentError("the client authorities are no certificates in PEM");
  }
  for (const OpensslPtr<X509>& authority : authorities) {
    const std::optional<absl::Time> expiry = TimeOf(X509_get0_notAfter(authority.get()));
    if (!expiry) return absl::InvalidArgumentError("a client authority has no valid times");
    material->authorities_expiry = std::min(material->authorities_expiry, *expiry);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<CertificateFiles>> CertificateFiles::Open(
    const ListenerOptions& options) {
  std::shared_ptr<CertificateFiles> files(new CertificateFiles(options));
  RETURN_IF_ERROR(files->Refresh().status());
  return files;
}

CertificateFiles::CertificateFiles(const ListenerOptions& options) : options_(options) {}

CertificateFiles::~CertificateFiles() = default;

absl::StatusOr<CertificateMaterial> CertificateFiles::Read() const {
  CertificateMaterial material;
  ASSIGN_OR_RETURN(material.certificate_chain, ReadFile(options_.certificate_file));
  ASSIGN_OR_RETURN(material.private_key, ReadFile(options_.key_file));
  if (!options_.client_ca_file.empty()) {
    ASSIGN_OR_RETURN(material.client_authorities, ReadFile(options_.client_ca_file));
    // Empty would mean that clients are not asked at all.
    if (material.client_authorities.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(options_.client_ca_file, ": is empty"));
    }
  }
  return material;
}

absl::StatusOr<bool> CertificateFiles::Refresh() {
  ASSIGN_OR_RETURN(CertificateMaterial material, Read());
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (version_ > 0 && material.certificate_chain == material_.certificate_chain &&
        material.private_key == material_.private_key &&
        material.client_authorities == material_.client_authorities) {
      return false;
    }
  }
  if (const absl::Status status = CheckMaterial(absl::Now(), &material); !status.ok()) {
    return absl::Status(status.code(), absl::StrCat(options_.certificate_file, ", ",
                                                    options_.key_file, ": ", status.message()));
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  material_ = std::move(material);
  ++version_;
  return true;
}

CertificateMaterial CertificateFiles::Current() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return material_;
}

// What gRPC asks before every handshake.
struct CertificateFetcher {
  explicit CertificateFetcher(std::shared_ptr<CertificateFiles> source)
      : files(std::move(source)) {}

  static grpc_ssl_certificate_config_reload_status Fetch(
      void* fetcher, grpc_ssl_server_certificate_config** config) {
    CertificateFetcher& self = *static_cast<CertificateFetcher*>(fetcher);
    const std::lock_guard<std::mutex> lock(self.files->mutex_);
    if (self.fetched_version == self.files->version_) {
      return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
    }
    const CertificateMaterial& material = self.files->material_;
    const grpc_ssl_pem_key_cert_pair pair = {material.private_key.c_str(),
                                             material.certificate_chain.c_str()};
    // gRPC aborts without authorities. Where clients are not asked for certificates, none are
    // compared with them; our own certificate is one that gRPC can parse.
    const std::string& authorities = material.client_authorities.empty()
                                         ? material.certificate_chain
                                         : material.client_authorities;
    *config = grpc_ssl_server_certificate_config_create(authorities.c_str(), &pair, 1);
    self.fetched_version = self.files->version_;
    return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
  }

  static grpc_ssl_client_certificate_request_type RequestType(const ListenerOptions& options) {
    if (options.client_ca_file.empty()) return GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE;
    return options.client_certificate_required
               ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
               : GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY;
  }
  grpc_ssl_client_certificate_request_type RequestType() const {
    return RequestType(files->options_);
  }

  const std::shared_ptr<CertificateFiles> files;
  uint64_t fetched_version = 0;  // Guarded by the files' mutex.
};

namespace {

// Brings credentials of gRPC's C interface, the only one that asks for new certificates, to C++.
class FetchingCredentials final : public grpc::ServerCredentials {
 public:
  explicit FetchingCredentials(std::shared_ptr<CertificateFiles> files)
      : fetcher_(std::move(files)),
        credentials_(grpc_ssl_server_credentials_create_with_options(
            grpc_ssl_server_credentials_create_options_using_config_fetcher(
                fetcher_.RequestType(), &CertificateFetcher::Fetch, &fetcher_))) {}
  ~FetchingCredentials() override { grpc_server_credentials_release(credentials_); }

  void SetAuthMetadataProcessor(
      const std::shared_ptr<grpc::AuthMetadataProcessor>& /*processor*/) override {}

 private:
  int AddPortToServer(const std::string& address, grpc_server* server) override {
    return grpc_server_add_http2_port(server, address.c_str(), credentials_);
  }

  CertificateFetcher fetcher_;
  grpc_server_credentials* const credentials_;
};

}  // namespace

std::shared_ptr<grpc::ServerCredentials> CertificateFiles::MakeCredentials(
    std::shared_ptr<CertificateFiles> files) {
  return std::make_shared<FetchingCredentials>(std::move(files));
}

}  // namespace portcullis::app
