#include "client/line_input.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace portcullis::client {
namespace {

// Two connected ends; what is written to one is read from the other.
struct Pipe {
  Pipe() { EXPECT_EQ(pipe(ends), 0); }
  ~Pipe() {
    close(ends[0]);
    CloseWriter();
  }
  void Write(std::string_view text) {
    while (!text.empty()) {
      const ssize_t count = write(ends[1], text.data(), text.size());
      ASSERT_GT(count, 0);
      text.remove_prefix(static_cast<size_t>(count));
    }
  }
  void CloseWriter() {
    if (ends[1] >= 0) close(ends[1]);
    ends[1] = -1;
  }
  int ends[2] = {-1, -1};
};

LineHandler Bracket() {
  return [](std::string_view line, std::string* answer) {
    answer->append("[").append(line).append("]\n");
  };
}

// Every third line takes longer, so that threads overtake each other.
LineHandler UnevenBracket() {
  return [](std::string_view line, std::string* answer) {
    if (line.size() % 3 == 0) std::this_thread::sleep_for(std::chrono::microseconds(200));
    answer->append("[").append(line).append("]\n");
  };
}

std::string AnswerAll(const std::string& input, size_t threads,
                      const std::function<LineHandler()>& make_handler) {
  Pipe pipe;
  std::thread writer([&pipe, &input] {
    pipe.Write(input);
    pipe.CloseWriter();
  });
  std::string output;
  LinePipelineOptions options;
  options.input_fd = pipe.ends[0];
  options.thread_count = threads;
  EXPECT_TRUE(AnswerLines(options, make_handler, [&output](std::string_view answers) {
                output.append(answers);
                return true;
              }).ok());
  writer.join();
  return output;
}

TEST(AnswerLines, KeepsTheOrderWithAnyNumberOfThreads) {
  std::string input;
  std::string expected;
  for (int i = 0; i < 40'000; ++i) {
    const std::string line = std::to_string(i) + std::string(static_cast<size_t>(i) % 7, '.');
    input += line + "\n";
    expected += "[" + line + "]\n";
  }
  EXPECT_EQ(AnswerAll(input, 1, Bracket), expected);
  EXPECT_EQ(AnswerAll(input, 4, Bracket), expected);
}

TEST(AnswerLines, KeepsTheOrderWhenThreadsOvertakeEachOther) {
  std::string input;
  std::string expected;
  for (int i = 0; i < 2'000; ++i) {
    const std::string line(static_cast<size_t>(i) % 400 + 1, 'x');
    input += line + "\n";
    expected += "[" + line + "]\n";
  }
  EXPECT_EQ(AnswerAll(input, 3, UnevenBracket), expected);
}

TEST(AnswerLines, AnswersEveryLineOnce) {
  EXPECT_EQ(AnswerAll("", 2, Bracket), "");
  EXPECT_EQ(AnswerAll("\n", 2, Bracket), "[]\n");
  EXPECT_EQ(AnswerAll("a\n\nb\n", 2, Bracket), "[a]\n[]\n[b]\n");
  EXPECT_EQ(AnswerAll("a\nb", 2, Bracket), "[a]\n[b]\n");
}

TEST(AnswerLines, TakesLinesLongerThanOneRead) {
  const std::string line(300'000, 'x');
  EXPECT_EQ(AnswerAll("a\n" + line + "\nb\n", 2, Bracket), "[a]\n[" + line + "]\n[b]\n");
}

TEST(AnswerLines, AnswersBeforeTheInputEnds) {
  Pipe questions;
  Pipe answers;
  LinePipelineOptions options;
  options.input_fd = questions.ends[0];
  options.thread_count = 2;
  std::thread pipeline([&] {
    EXPECT_TRUE(AnswerLines(options, Bracket, [&answers](std::string_view text) {
                  answers.Write(text);
                  return true;
                }).ok());
  });
  for (const std::string line : {"one", "two", "three"}) {
    questions.Write(line + "\n");
    const absl::StatusOr<std::string> answer = ReadOneLine(answers.ends[0]);
    ASSERT_TRUE(answer.ok());
    EXPECT_EQ(*answer, "[" + line + "]");
  }
  questions.CloseWriter();
  pipeline.join();
}

TEST(AnswerLines, RefusesALineThatIsTooLong) {
  Pipe pipe;
  std::thread writer([&pipe] { pipe.Write("short\n" + std::string(3'000, 'x')); });
  LinePipelineOptions options;
  options.input_fd = pipe.ends[0];
  options.line_bytes_max = 1'000;
  std::string output;
  const absl::Status status = AnswerLines(options, Bracket, [&output](std::string_view answers) {
    output.append(answers);
    return true;
  });
  writer.join();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("line 2"));
  EXPECT_EQ(output, "[short]\n");
}

TEST(AnswerLines, HoldsABoundedNumberOfPiecesInMemory) {
  Pipe pipe;
  std::atomic<bool> may_write = false;
  std::atomic<size_t> begun = 0;
  std::string input;
  for (int i = 0; i < 60; ++i) input += std::string(60'000, 'x') + "\n";
  std::atomic<bool> all_read = false;
  std::thread writer([&] {
    pipe.Write(input);
    all_read = true;
    pipe.CloseWriter();
  });
  LinePipelineOptions options;
  options.input_fd = pipe.ends[0];
  std::thread pipeline([&] {
    EXPECT_TRUE(AnswerLines(
                    options,
                    [&begun] {
                      return [&begun](std::string_view, std::string* answer) {
                        ++begun;
                        answer->append(".");
                      };
                    },
                    [&may_write](std::string_view) {
                      while (!may_write) std::this_thread::yield();
                      return true;
                    })
                    .ok());
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_FALSE(all_read);  // 3.6 MB do not fit into eight pieces of a read each.
  may_write = true;
  writer.join();
  pipeline.join();
  EXPECT_EQ(begun, 60u);
}

TEST(AnswerLines, ReportsOutputThatCannotBeWritten) {
  Pipe pipe;
  pipe.Write("a\nb\n");
  pipe.CloseWriter();
  LinePipelineOptions options;
  options.input_fd = pipe.ends[0];
  const absl::Status status = AnswerLines(options, Bracket, [](std::string_view) { return false; });
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
}

TEST(AnswerLines, ReportsInputThatCannotBeRead) {
  LinePipelineOptions options;
  options.input_fd = -1;
  EXPECT_FALSE(AnswerLines(options, Bracket, [](std::string_view) { return true; }).ok());
}

TEST(ReadOneLine, LeavesWhatFollows) {
  Pipe pipe;
  pipe.Write("123456\nrest");
  pipe.CloseWriter();
  EXPECT_EQ(*ReadOneLine(pipe.ends[0]), "123456");
  EXPECT_EQ(*ReadOneLine(pipe.ends[0]), "rest");
  EXPECT_EQ(ReadOneLine(pipe.ends[0]).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace portcullis::client
