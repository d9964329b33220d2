#include "tests/integration/running_server.h"

#include <stdlib.h>

#include <chrono>
#include <fstream>
#include <utility>

#include <openssl/crypto.h>

#include "gtest/gtest.h"

namespace portcullis {
namespace {

// gRPC's threads may still be running when the process ends. What OpenSSL keeps for a thread is
// lost if OpenSSL has cleaned up before that thread is over, and the leak checker says so.
[[maybe_unused]] const int kOpenSslIsNotCleanedUp =
    OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "portcullis-XXXXXX").string();
  const char* made = mkdtemp(name.data());
  EXPECT_NE(made, nullptr);
  path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void TemporaryDirectory::Write(const std::string& name, const std::string& text) const {
  std::filesystem::create_directories((path_ / name).parent_path());
  std::ofstream file(path_ / name, std::ios::trunc);
  file << text;
}

void SetDeadline(grpc::ClientContext* context) {
  context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
}

Client::Client(const std::string& address, std::shared_ptr<grpc::ChannelCredentials> credentials,
               const grpc::ChannelArguments& arguments)
    : channel(grpc::CreateCustomChannel(address, std::move(credentials), arguments)),
      authorization(v1::AuthorizationService::NewStub(channel)),
      security_token(v1::SecurityTokenService::NewStub(channel)),
      policy_admin(v1::PolicyAdminService::NewStub(channel)) {}

grpc::Status Client::Authorize(const v1::AuthorizeRequest& request,
                               v1::AuthorizeResponse* response) {
  grpc::ClientContext context;
  SetDeadline(&context);
  return authorization->Authorize(&context, request, response);
}

grpc::Status Client::AssumeRole(const v1::AssumeRoleRequest& request,
                                v1::AssumeRoleResponse* response) {
  grpc::ClientContext context;
  SetDeadline(&context);
  return security_token->AssumeRole(&context, request, response);
}

v1::Decision Client::Decide(const std::string& caller, const std::string& action,
                            const std::string& resource) {
  v1::AuthorizeRequest request;
  if (caller.starts_with("arn:")) {
    request.set_principal_arn(caller);
  } else {
    request.set_session_token(caller);
  }
  request.set_action(action);
  request.set_resource(resource);
  v1::AuthorizeResponse response;
  const grpc::Status status = Authorize(request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response.decision();
}

std::string Client::UpdateAppToken() {
  v1::AssumeRoleRequest request;
  request.mutable_caller()->set_principal_arn(kAna);
  request.set_role_arn(kUpdateApp);
  request.set_role_session_name("ana-at-work");
  v1::AssumeRoleResponse response;
  const grpc::Status status = AssumeRole(request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response.credentials().session_token();
}

RunningServer::RunningServer(const std::vector<std::string>& listen)
    : log_(app::LogFormat::kText, app::LogLevel::kInfo,
           [this](std::string_view line) { log_text_ += line; }) {
  std::filesystem::copy("config/policies", directory.Path("policies"),
                        std::filesystem::copy_options::recursive);
  options.policies = directory.Path("policies");
  options.secrets = "config/secrets";
  options.session_keys = directory.Path("keys");
  options.create_session_key = true;
  options.queues = 2;
  options.drain_delay = absl::ZeroDuration();
  for (const std::string& text : listen) {
    absl::StatusOr<app::ListenerOptions> listener = app::ParseListener(text);
    EXPECT_TRUE(listener.ok()) << listener.status();
    if (listener.ok()) options.listen.push_back(*std::move(listener));
  }
}

absl::Status RunningServer::TryStart() {
  absl::StatusOr<std::unique_ptr<app::Server>> started = app::Server::Start(options, log_);
  if (started.ok()) server_ = *std::move(started);
  return started.status();
}

void RunningServer::Start() {
  const absl::Status status = TryStart();
  ASSERT_TRUE(status.ok()) << status << "\n" << log_text_;
}

void RunningServer::WritePolicy(const std::string& name, const std::string& text) {
  directory.Write("policies/" + name, text);
}

void RunningServer::RemovePolicy(const std::string& name) {
  std::filesystem::remove(directory.Path("policies/" + name));
}

}  // namespace portcullis
