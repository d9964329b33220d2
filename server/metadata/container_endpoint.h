// A role's credentials for containers: what AWS_CONTAINER_CREDENTIALS_FULL_URI points at.
#ifndef PORTCULLIS_SERVER_METADATA_CONTAINER_ENDPOINT_H_
#define PORTCULLIS_SERVER_METADATA_CONTAINER_ENDPOINT_H_

#include <string>

#include "server/http/message.h"
#include "server/metadata/role_credentials.h"

namespace portcullis::metadata {

struct ContainerEndpointOptions {
  std::string role_arn;
  std::string token_file;  // What the Authorization header must say; read at every request.
  std::string path = "/";  // Of the URI; nothing else is served.
};

// GET with the token gives the credentials as JSON; everything else {"code":...,"message":...}:
//   401  no Authorization header       403  a wrong one, or the role's trust policy refuses
//   404  another path                  405  another method
//   503  no policies, or no token file: what may pass and is worth another try
//
// The token is what keeps other users of the host out: they reach the port as well. Thread-safe.
class ContainerEndpoint {
 public:
  // `credentials` outlives the endpoint.
  ContainerEndpoint(RoleCredentials& credentials, ContainerEndpointOptions options);

  http::Response Handle(const http::Request& request) const;
  // For requests that never got here (http::RefusalHandler).
  static http::Response Refuse(int status);

 private:
  RoleCredentials& credentials_;
  const ContainerEndpointOptions options_;
};

}  // namespace portcullis::metadata

#endif  // PORTCULLIS_SERVER_METADATA_CONTAINER_ENDPOINT_H_
