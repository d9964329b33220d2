// What systemd is told; the expected texts are those of sd_notify(3).
#include "server/app/service_manager.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace portcullis::app {
namespace {

using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

constexpr char kRevision[] = "168b37f4d6c1a3e7d4673889ac2a8c8730927c433a9cd97ede1b3b69be15f8e5";

// A service manager's end of the socket.
class ServiceManagerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = ::testing::TempDir() + "notify-" + std::to_string(getpid());
    unlink(path_.c_str());
    socket_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    ASSERT_GE(socket_, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    ASSERT_LT(path_.size(), sizeof(address.sun_path));
    std::memcpy(address.sun_path, path_.c_str(), path_.size());
    ASSERT_EQ(bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    ASSERT_EQ(setenv("NOTIFY_SOCKET", path_.c_str(), /*replace=*/1), 0);
  }

  void TearDown() override {
    unsetenv("NOTIFY_SOCKET");
    close(socket_);
    unlink(path_.c_str());
  }

  // The next message, or an empty text if there is none.
  std::string Next() const {
    char buffer[512];
    const ssize_t size = recv(socket_, buffer, sizeof(buffer), 0);
    return size < 0 ? "" : std::string(buffer, static_cast<size_t>(size));
  }

  std::string path_;
  int socket_ = -1;
  ServiceManager manager_;
};

TEST_F(ServiceManagerTest, IsNotReadyBecausePoliciesAreRead) {
  manager_.PoliciesRead(kRevision, true);
  EXPECT_THAT(Next(), IsEmpty()) << "the addresses are not served yet";
  manager_.Started();
  EXPECT_EQ(Next(), "READY=1\nSTATUS=serving policies 168b37f4d6c1");
}

TEST_F(ServiceManagerTest, SaysThatAReloadBeganAndEnded) {
  manager_.PoliciesRead(kRevision, true);
  manager_.Started();
  Next();
  manager_.ReloadAsked();
  EXPECT_THAT(Next(), MatchesRegex("RELOADING=1\nMONOTONIC_USEC=[1-9][0-9]*"));
  manager_.PoliciesRead(kRevision, true);
  EXPECT_EQ(Next(), "READY=1\nSTATUS=serving policies 168b37f4d6c1");
}

TEST_F(ServiceManagerTest, StaysReadyWithPoliciesThatHaveMistakes) {
  manager_.PoliciesRead(kRevision, true);
  manager_.Started();
  Next();
  manager_.PoliciesRead(kRevision, false);
  EXPECT_EQ(Next(), "STATUS=serving policies 168b37f4d6c1; the latest have mistakes");
  manager_.PoliciesRead(kRevision, false);
  EXPECT_THAT(Next(), IsEmpty()) << "polling finds nothing new";
}

TEST_F(ServiceManagerTest, SaysThatNothingIsLoaded) {
  manager_.PoliciesRead("", false);
  manager_.Started();
  EXPECT_EQ(Next(), "READY=1\nSTATUS=no policies loaded");
}

TEST_F(ServiceManagerTest, IsNeverReadyAgainAfterTheDrainBegan) {
  manager_.Started();
  Next();
  manager_.Stopping();
  EXPECT_THAT(Next(), StartsWith("STOPPING=1\n"));
  manager_.ReloadAsked();
  manager_.PoliciesRead(kRevision, true);
  EXPECT_THAT(Next(), IsEmpty());
}

TEST_F(ServiceManagerTest, DoesNothingWhereNobodyListens) {
  unsetenv("NOTIFY_SOCKET");
  manager_.Started();
  manager_.Stopping();
  EXPECT_THAT(Next(), IsEmpty());
}

}  // namespace
}  // namespace portcullis::app
