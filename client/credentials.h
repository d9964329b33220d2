// Who a service is when it asks Portcullis.
#ifndef PORTCULLIS_CLIENT_CREDENTIALS_H_
#define PORTCULLIS_CLIENT_CREDENTIALS_H_

#include "absl/status/statusor.h"

#include "portcullis/v1/security_token_service.pb.h"

namespace portcullis::client {

// Supplies what to send as `caller`. Implementations are thread-safe.
class CredentialsProvider {
 public:
  virtual ~CredentialsProvider() = default;

  // Credentials that are good now. May call the server; an error means that there are none.
  virtual absl::StatusOr<v1::CallerCredentials> Get() = 0;
};

// The same credentials always: an access key, a principal asserted over a trusted connection, or a
// token that somebody else renews.
class FixedCredentials final : public CredentialsProvider {
 public:
  explicit FixedCredentials(v1::CallerCredentials credentials);
  absl::StatusOr<v1::CallerCredentials> Get() override { return credentials_; }

 private:
  const v1::CallerCredentials credentials_;
};

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_CREDENTIALS_H_
