// Certificates that are read from files, checked, and read again when the files change.
#ifndef PORTCULLIS_SERVER_APP_CERTIFICATE_FILES_H_
#define PORTCULLIS_SERVER_APP_CERTIFICATE_FILES_H_

#include <memory>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/security/server_credentials.h"

#include "server/app/listener_options.h"

namespace portcullis::app {

// What a TLS listener presents and trusts, in PEM.
struct CertificateMaterial {
  std::string certificate_chain;
  std::string private_key;
  std::string client_authorities;  // Empty: clients are not asked for certificates.
  absl::Time certificate_expiry = absl::InfiniteFuture();
  absl::Time authorities_expiry = absl::InfiniteFuture();  // The first of them to expire.
};

// Checks that the chain's first certificate belongs to the key and is valid at `now`, and that the
// authorities are certificates. Fills the times of expiry. Messages never contain key material.
absl::Status CheckMaterial(absl::Time now, CertificateMaterial* material);

// The files of one listener. A new connection gets what was read last and found good; connections
// that exist keep what they have. Thread-safe.
//
// gRPC's own watcher of certificate files does not look whether key and certificate belong
// together, so that files written one after the other would be served as a pair that fits nobody.
class CertificateFiles {
 public:
  // Reads the files of `options`. Errors name the file.
  static absl::StatusOr<std::shared_ptr<CertificateFiles>> Open(const ListenerOptions& options);
  ~CertificateFiles();
  CertificateFiles(const CertificateFiles&) = delete;
  CertificateFiles& operator=(const CertificateFiles&) = delete;

  // Reads the files again. Returns whether something new is used from now on; on errors what was
  // good stays in use.
  absl::StatusOr<bool> Refresh();

  CertificateMaterial Current() const;

  // Credentials that hand out Current() to every new connection. They keep this object alive.
  static std::shared_ptr<grpc::ServerCredentials> MakeCredentials(
      std::shared_ptr<CertificateFiles> files);

 private:
  friend struct CertificateFetcher;
  explicit CertificateFiles(const ListenerOptions& options);
  absl::StatusOr<CertificateMaterial> Read() const;

  const ListenerOptions options_;
  mutable std::mutex mutex_;
  CertificateMaterial material_;  // Guarded by mutex_.
  uint64_t version_ = 0;          // Guarded by mutex_; counts changes.
};

}  // namespace portcullis::app

#endif  // PORTCULLIS_SERVER_APP_CERTIFICATE_FILES_H_
