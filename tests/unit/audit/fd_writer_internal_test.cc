#include "server/audit/fd_writer_internal.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <thread>

#include "gtest/gtest.h"

namespace portcullis::audit {
namespace {

class Pipe {
 public:
  Pipe() { EXPECT_EQ(pipe2(fds_, O_CLOEXEC), 0); }
  ~Pipe() {
    CloseRead();
    close(fds_[1]);
  }
  int read_end() const { return fds_[0]; }
  int write_end() const { return fds_[1]; }
  void CloseRead() {
    if (fds_[0] >= 0) close(fds_[0]);
    fds_[0] = -1;
  }

 private:
  int fds_[2] = {-1, -1};
};

TEST(WriteAll, FinishesWhatTakesSeveralSteps) {
  Pipe pipe;
  ASSERT_EQ(fcntl(pipe.write_end(), F_SETFL, O_NONBLOCK), 0);
  const std::string text(1 << 20, 'x');
  std::string received;
  std::thread reader([&] {
    char buffer[4096];
    while (received.size() < text.size()) {
      const ssize_t count = read(pipe.read_end(), buffer, sizeof(buffer));
      if (count <= 0) break;
      received.append(buffer, static_cast<size_t>(count));
    }
  });
  size_t written = 0;
  EXPECT_TRUE(WriteAll(pipe.write_end(), text, &written).ok());
  EXPECT_EQ(written, text.size());
  reader.join();
  EXPECT_EQ(received, text);
}

TEST(WriteAll, ReportsHowFarItCame) {
  Pipe pipe;
  ASSERT_EQ(fcntl(pipe.write_end(), F_SETFL, O_NONBLOCK), 0);
  size_t written = 0;
  const absl::Status full = WriteAll(pipe.write_end(), std::string(1 << 20, 'x'), &written);
  EXPECT_FALSE(full.ok()) << "nobody reads";
  EXPECT_GT(written, 0u);
  EXPECT_LT(written, 1u << 20);
}

TEST(WriteAll, ReportsAReaderThatWentAway) {
  const auto previous = std::signal(SIGPIPE, SIG_IGN);
  Pipe pipe;
  pipe.CloseRead();
  size_t written = 7;
  EXPECT_FALSE(WriteAll(pipe.write_end(), "x", &written).ok());
  EXPECT_EQ(written, 0u);
  EXPECT_FALSE(WriteAll(-1, "x", &written).ok());
  EXPECT_TRUE(WriteAll(-1, "", &written).ok());
  std::signal(SIGPIPE, previous);
}

}  // namespace
}  // namespace portcullis::audit
