// The instance metadata service, version 2, as far as clients look for a role's credentials.
#ifndef PORTCULLIS_SERVER_METADATA_INSTANCE_ENDPOINT_H_
#define PORTCULLIS_SERVER_METADATA_INSTANCE_ENDPOINT_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/clock.h"
#include "server/http/message.h"
#include "server/metadata/metadata_tokens.h"
#include "server/metadata/role_credentials.h"

namespace portcullis::metadata {

// An instance profile that holds the role.
struct InstanceProfileFacts {
  std::string arn;
  std::string id;
};

struct InstanceEndpointOptions {
  std::string role_arn;
  std::string instance_id;  // "i-0123456789abcdef0"
  std::string region;       // Empty: no region and no zone is told.
  // Asked at every request for it; may be null.
  std::function<std::optional<InstanceProfileFacts>()> profile;
};

// What is there, below /latest/; a directory lists what it holds:
//   api/token                                   PUT: a session token
//   meta-data/iam/security-credentials/ROLE     the credentials, as JSON
//   meta-data/iam/info                          the instance profile
//   meta-data/instance-id, meta-data/placement/region, .../availability-zone
//   dynamic/instance-identity/document
//
// Who may read is decided as AWS does, and a little more strictly:
//   - everything but the token needs one, in X-aws-ec2-metadata-token (401): version 1 is off;
//   - a request that came through a proxy (X-Forwarded-For) is refused (403), and so is one for a
//     host that is neither an address nor localhost: a web page whose name was made to point here;
//   - the token's lifetime is 1 to 21600 seconds, otherwise 400.
// Whoever else runs on this host, or shares its network, can have the role. Thread-safe.
class InstanceEndpoint {
 public:
  // `credentials` and `clock` outlive the endpoint.
  InstanceEndpoint(RoleCredentials& credentials, const base::Clock& clock, MetadataTokens tokens,
                   InstanceEndpointOptions options);

  http::Response Handle(const http::Request& request) const;
  // For requests that never got here (http::RefusalHandler).
  static http::Response Refuse(int status);

 private:
  // One file. nullopt: it is not there at the moment.
  struct Item {
    std::string path;
    std::optional<http::Response> (InstanceEndpoint::*read)() const;
  };

  http::Response HandleTokenRequest(const http::Request& request) const;
  http::Response Read(std::string_view path) const;
  std::optional<http::Response> ReadCredentials() const;
  std::optional<http::Response> ReadProfile() const;
  std::optional<http::Response> ReadInstanceId() const;
  std::optional<http::Response> ReadRegion() const;
  std::optional<http::Response> ReadZone() const;
  std::optional<http::Response> ReadIdentity() const;

  RoleCredentials& credentials_;
  const base::Clock& clock_;
  const MetadataTokens tokens_;
  const InstanceEndpointOptions options_;
  std::vector<Item> items_;
};

}  // namespace portcullis::metadata

#endif  // PORTCULLIS_SERVER_METADATA_INSTANCE_ENDPOINT_H_
