// A service that asks Portcullis: it hands out documents from a bucket that only its role may read.
//
// Usage: example_service ADDRESS ROLE_ARN ACCESS_KEY_ID SECRET_FILE, one request a line on the
// input:
//   <session token of who asks> <document>
#include <iostream>
#include <memory>
#include <string>

#include "client/authorize.h"
#include "client/connection.h"
#include "client/files.h"
#include "client/role_credentials.h"

namespace client = portcullis::client;
namespace v1 = portcullis::v1;

// Both must be allowed: who asks, to see the document, and the service itself, to fetch it.
static absl::Status Check(client::Connection& connection, const v1::CallerCredentials& asks,
                          client::RoleCredentials& own, const std::string& document) {
  absl::Status may_see = client::CheckAllowed(
      connection, asks, {"documents:Read", "arn:aws:documents:::" + document, /*context=*/{}});
  if (!may_see.ok()) return may_see;
  const absl::StatusOr<v1::CallerCredentials> self = own.Get();
  if (!self.ok()) return self.status();
  return client::CheckAllowed(
      connection, *self, {"s3:GetObject", "arn:aws:s3:::documents/" + document, /*context=*/{}});
}

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  client::ConnectionOptions options;
  options.target = argv[1];
  const auto connection = client::Connection::Open(options);
  const absl::StatusOr<std::string> secret = client::ReadSecretFile(argv[4]);
  if (!connection.ok() || !secret.ok()) return 2;

  // The service's own session, renewed by a thread.
  v1::CallerCredentials key;
  key.mutable_access_key()->set_access_key_id(argv[3]);
  key.mutable_access_key()->set_secret_access_key(*secret);
  v1::AssumeRoleRequest role;
  role.set_role_arn(argv[2]);
  role.set_role_session_name("example-service");
  const auto source = std::make_shared<client::FixedCredentials>(key);
  client::RoleCredentials own(client::ByAssumingRole(**connection, role, source),
                              {.in_background = true});

  v1::CallerCredentials asks;
  for (std::string document; std::cin >> *asks.mutable_session_token() >> document;) {
    const absl::Status status = Check(**connection, asks, own, document);
    const bool denied = status.code() == absl::StatusCode::kPermissionDenied;
    std::cout << (status.ok() ? "200 " : denied ? "403 " : "503 ") << document << std::endl;
  }
  return own.status().good ? 0 : 1;
}
