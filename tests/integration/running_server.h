// The real server in this process, over a copy of the example policies.
#ifndef PORTCULLIS_TESTS_INTEGRATION_RUNNING_SERVER_H_
#define PORTCULLIS_TESTS_INTEGRATION_RUNNING_SERVER_H_

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"

#include "portcullis/v1/authorization_service.grpc.pb.h"
#include "portcullis/v1/policy_admin_service.grpc.pb.h"
#include "portcullis/v1/security_token_service.grpc.pb.h"
#include "server/app/server.h"

namespace portcullis {

inline constexpr char kAna[] = "arn:aws:iam::111111111111:user/ana";      // A developer.
inline constexpr char kTess[] = "arn:aws:iam::111111111111:user/tess";    // A tester.
inline constexpr char kPaula[] = "arn:aws:iam::123456789012:user/paula";  // An administrator.
inline constexpr char kUpdateApp[] = "arn:aws:iam::123456789012:role/UpdateApp";

// A directory that disappears with the object.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  std::string Path(const std::string& name) const { return (path_ / name).string(); }
  void Write(const std::string& name, const std::string& text) const;

 private:
  std::filesystem::path path_;
};

// What a client needs of one address.
struct Client {
  explicit Client(
      const std::string& address,
      std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials(),
      const grpc::ChannelArguments& arguments = grpc::ChannelArguments());

  grpc::Status Authorize(const v1::AuthorizeRequest& request, v1::AuthorizeResponse* response);
  grpc::Status AssumeRole(const v1::AssumeRoleRequest& request, v1::AssumeRoleResponse* response);

  // The decision about an asserted principal, or about a session token.
  v1::Decision Decide(const std::string& caller, const std::string& action,
                      const std::string& resource);

  // A session token of ana as UpdateApp; "" if it was refused.
  std::string UpdateAppToken();

  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<v1::AuthorizationService::Stub> authorization;
  std::unique_ptr<v1::SecurityTokenService::Stub> security_token;
  std::unique_ptr<v1::PolicyAdminService::Stub> policy_admin;
};

// Gives every call a deadline, so that no test waits for ever.
void SetDeadline(grpc::ClientContext* context);

// The server's options, ready to be changed before Start().
class RunningServer {
 public:
  explicit RunningServer(const std::vector<std::string>& listen = {
                             "tcp://127.0.0.1:0?trusted=true"});

  // Starts it; the test fails if that fails.
  void Start();
  absl::Status TryStart();

  // Replaces a file of the policies.
  void WritePolicy(const std::string& name, const std::string& text);
  void RemovePolicy(const std::string& name);

  app::Server& server() { return *server_; }
  const std::string& address(size_t listener = 0) { return server_->addresses().grpc[listener]; }
  Client Connect(size_t listener = 0) { return Client(address(listener)); }
  const std::string& log() const { return log_text_; }

  TemporaryDirectory directory;
  app::ServerOptions options;

 private:
  std::string log_text_;
  app::Logger log_;
  std::unique_ptr<app::Server> server_;
};

}  // namespace portcullis

#endif  // PORTCULLIS_TESTS_INTEGRATION_RUNNING_SERVER_H_
