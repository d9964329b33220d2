// A server that gives the answers a test puts into its mouth.
#ifndef PORTCULLIS_TESTS_UNIT_CLIENT_FAKE_SERVER_H_
#define PORTCULLIS_TESTS_UNIT_CLIENT_FAKE_SERVER_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "grpcpp/server.h"

#include "client/connection.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "portcullis/v1/account_service.grpc.pb.h"
#include "portcullis/v1/authorization_service.grpc.pb.h"
#include "portcullis/v1/policy_admin_service.grpc.pb.h"
#include "portcullis/v1/security_token_service.grpc.pb.h"

namespace portcullis::client {

// A status with the details that portcullisd sends.
grpc::Status ErrorWithDetails(grpc::StatusCode code, const std::string& reason,
                              const std::string& message);

// Answers every call of the API with what `answer` puts into the response. `answer` runs on the
// server's threads, one call at a time.
class FakeServer {
 public:
  using Answer = std::function<grpc::Status(const google::protobuf::Message& request,
                                            google::protobuf::Message* response)>;

  explicit FakeServer(Answer answer);
  ~FakeServer();

  // Connections over loopback, as the transport inside a process shares buffers, which the thread
  // sanitizer cannot follow; the server outlives them. Calls are not repeated unless
  // `attempts_max` says so.
  std::unique_ptr<Connection> Connect(absl::Duration timeout = absl::Seconds(10),
                                      int attempts_max = 1);

 private:
  struct Services;
  const std::unique_ptr<Services> services_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace portcullis::client

#endif  // PORTCULLIS_TESTS_UNIT_CLIENT_FAKE_SERVER_H_
