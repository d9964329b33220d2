#include "server/app/unix_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "gtest/gtest.h"

namespace portcullis::app {
namespace {

class UnixSocketTest : public ::testing::Test {
 protected:
  UnixSocketTest() { unlink(path_.c_str()); }
  ~UnixSocketTest() override { unlink(path_.c_str()); }

  int Listen() {
    const int socket_fd = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::copy(path_.begin(), path_.end(), address.sun_path);
    EXPECT_EQ(bind(socket_fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(listen(socket_fd, 1), 0);
    return socket_fd;
  }

  const std::string path_ = ::testing::TempDir() + "socket" + std::to_string(getpid());
};

TEST_F(UnixSocketTest, RemovesWhatADeadProcessLeft) {
  close(Listen());
  ASSERT_TRUE(std::filesystem::exists(path_));
  EXPECT_TRUE(RemoveStaleSocket(path_).ok());
  EXPECT_FALSE(std::filesystem::exists(path_));
  EXPECT_TRUE(RemoveStaleSocket(path_).ok()) << "nothing there is fine";
}

TEST_F(UnixSocketTest, KeepsTheSocketOfALivingProcess) {
  const int socket_fd = Listen();
  EXPECT_EQ(RemoveStaleSocket(path_).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(std::filesystem::exists(path_));
  close(socket_fd);
}

TEST_F(UnixSocketTest, KeepsWhatIsNoSocket) {
  std::ofstream(path_) << "precious";
  EXPECT_EQ(RemoveStaleSocket(path_).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(UnixSocketTest, OpensASocketOnlyWhenTold) {
  int socket_fd = -1;
  {
    const OwnerOnlyFiles owner_only;
    socket_fd = Listen();
  }
  struct stat info = {};
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0077, 0u);
  ASSERT_TRUE(SetSocketMode(path_, 0660).ok());
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0660u);
  close(socket_fd);
}

}  // namespace
}  // namespace portcullis::app
