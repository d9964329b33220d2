// portcullisd as a process: signals, exit codes, and what a killed one leaves behind.

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

#include "tests/integration/running_server.h"

extern char** environ;

namespace portcullis {
namespace {

constexpr auto kPatience = std::chrono::seconds(30);

// One process over a copy of the example policies.
class ServerProcess {
 public:
  explicit ServerProcess(const TemporaryDirectory& directory, std::vector<std::string> more = {})
      : port_file_(directory.Path("ports")) {
    std::filesystem::remove(port_file_);
    const char* programs = std::getenv("PORTCULLIS_BIN_DIR");
    EXPECT_NE(programs, nullptr) << "set PORTCULLIS_BIN_DIR to the directory of portcullisd";
    if (programs == nullptr) return;
    std::vector<std::string> arguments = {
        std::string(programs) + "/portcullisd",
        "--policies",
        directory.Path("policies"),
        "--secrets",
        "config/secrets",
        "--session-keys",
        directory.Path("keys"),
        "--create-session-key",
        "--listen",
        "unix://" + directory.Path("authz.sock") + "?trusted=true",
        "--audit-log",
        directory.Path("audit.log"),
        "--port-file",
        port_file_,
        "--log-level",
        "error"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    EXPECT_EQ(posix_spawn(&pid_, argv[0], nullptr, nullptr, argv.data(), environ), 0);
  }

  ~ServerProcess() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

  // Waits for the port file; returns the address, "" if the process ended instead.
  std::string Address() {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < end) {
      std::ifstream file(port_file_);
      if (file) return nlohmann::json::parse(file)["grpc"][0];
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return "";
  }

  void Signal(int signal) const { EXPECT_EQ(kill(pid_, signal), 0); }

  // The exit code; -1 if it was killed or did not end in time.
  int Wait() {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < end) {
      int status = 0;
      if (waitpid(pid_, &status, WNOHANG) == pid_) {
        pid_ = 0;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return -1;
  }

 private:
  const std::string port_file_;
  pid_t pid_ = 0;
};

class ProcessTest : public ::testing::Test {
 protected:
  ProcessTest() {
    std::filesystem::copy("config/policies", directory_.Path("policies"),
                          std::filesystem::copy_options::recursive);
  }

  static grpc::Status Ask(const std::string& address, const std::string& principal,
                          v1::AuthorizeResponse* response) {
    v1::AuthorizeRequest request;
    request.set_principal_arn(principal);
    request.set_action("s3:GetObject");
    request.set_resource("arn:aws:s3:::developmentapp/x");
    return Client(address).Authorize(request, response);
  }

  TemporaryDirectory directory_;
};

TEST_F(ProcessTest, DrainsOnSigtermAndExitsWithZero) {
  ServerProcess process(directory_, {"--drain-delay", "200ms"});
  v1::AuthorizeResponse response;
  const grpc::Status status = Ask(process.Address(), kAna, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.decision(), v1::DECISION_ALLOW);
  process.Signal(SIGTERM);
  EXPECT_EQ(process.Wait(), 0);
  std::ifstream audit(directory_.Path("audit.log"));
  const std::string text{std::istreambuf_iterator<char>(audit), {}};
  EXPECT_NE(text.find(response.decision_id()), std::string::npos)
      << "a decision that was given must be in the audit log after an orderly end";
  EXPECT_NE(text.find("ServerStopped"), std::string::npos);
}

TEST_F(ProcessTest, EndsAtOnceOnASecondSignal) {
  ServerProcess process(directory_, {"--drain-delay", "10m"});
  ASSERT_NE(process.Address(), "");
  process.Signal(SIGTERM);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  process.Signal(SIGINT);
  EXPECT_EQ(process.Wait(), 1);
}

TEST_F(ProcessTest, ReloadsAndReopensItsLogOnSighup) {
  ServerProcess process(directory_, {"--poll-interval", "1h", "--drain-delay", "0s"});
  const std::string address = process.Address();
  const std::string zoe = "arn:aws:iam::111111111111:user/zoe";
  v1::AuthorizeResponse response;
  EXPECT_EQ(Ask(address, zoe, &response).error_code(), grpc::StatusCode::UNAUTHENTICATED);
  directory_.Write("policies/zoe.yaml",
                   "Account: \"111111111111\"\nUsers:\n  - UserName: zoe\n"
                   "    Groups: [Testers]\n");
  std::filesystem::rename(directory_.Path("audit.log"), directory_.Path("audit.old"));
  process.Signal(SIGHUP);
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!Ask(address, zoe, &response).ok() && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(response.decision(), v1::DECISION_ALLOW);
  process.Signal(SIGTERM);
  EXPECT_EQ(process.Wait(), 0);
  EXPECT_TRUE(std::filesystem::exists(directory_.Path("audit.log")));
}

TEST_F(ProcessTest, StartsAgainAfterHavingBeenKilled) {
  {
    ServerProcess process(directory_);
    ASSERT_NE(process.Address(), "");
    process.Signal(SIGKILL);
    EXPECT_EQ(process.Wait(), -1);
  }
  EXPECT_TRUE(std::filesystem::exists(directory_.Path("authz.sock"))) << "left behind";
  ServerProcess process(directory_, {"--drain-delay", "0s"});
  v1::AuthorizeResponse response;
  EXPECT_TRUE(Ask(process.Address(), kAna, &response).ok());
  process.Signal(SIGTERM);
  EXPECT_EQ(process.Wait(), 0);
}

TEST_F(ProcessTest, ExitsWithoutPoliciesOrWithWrongOptions) {
  directory_.Write("policies/broken.yaml", "Account: 7\n");
  EXPECT_EQ(ServerProcess(directory_).Wait(), 1);
  EXPECT_EQ(ServerProcess(directory_, {"--check"}).Wait(), 2);
  EXPECT_EQ(ServerProcess(directory_, {"--no-such-option"}).Wait(), 2);
}

}  // namespace
}  // namespace portcullis
