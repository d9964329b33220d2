#include "server/audit/stdout_sink.h"

#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "gtest/gtest.h"

#include "tests/unit/audit/audit_fixtures.h"

namespace portcullis::audit {
namespace {

TEST(StdoutSink, WritesLines) {
  TemporaryDirectory directory;
  const int fd = open(directory.File("out").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  ASSERT_GE(fd, 0);
  StdoutSink sink(fd);
  EXPECT_TRUE(sink.Write("{}\n").ok());
  EXPECT_TRUE(sink.Write("{}\n{}\n").ok());
  EXPECT_TRUE(sink.Flush().ok());
  EXPECT_EQ(sink.label(), metrics::AuditSink::kStdout);
  close(fd);
  EXPECT_EQ(directory.Read("out"), "{}\n{}\n{}\n");
}

TEST(StdoutSink, StartsANewLineAfterAnInterruptedOne) {
  int fds[2];
  ASSERT_EQ(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
  StdoutSink sink(fds[1]);
  EXPECT_FALSE(sink.Write(std::string(1 << 20, 'x') + "\n").ok()) << "nobody reads";
  char buffer[1 << 16];
  ssize_t count = 0;
  while ((count = read(fds[0], buffer, sizeof(buffer))) > 0) {
    EXPECT_EQ(buffer[count - 1], 'x');
  }
  EXPECT_TRUE(sink.Write("{}\n").ok());
  count = read(fds[0], buffer, sizeof(buffer));
  EXPECT_EQ(std::string(buffer, static_cast<size_t>(count > 0 ? count : 0)), "\n{}\n");
  close(fds[0]);
  close(fds[1]);
}

TEST(StdoutSink, ReportsErrors) {
  EXPECT_FALSE(StdoutSink(-1).Write("{}\n").ok());
}

}  // namespace
}  // namespace portcullis::audit
