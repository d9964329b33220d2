// Runs the files of tests/golden/cli: a command line, the request it must send, the answer that
// comes back, and the text and exit code it must end with.
//
//   $ authorize --principal arn:aws:iam::111111111111:user/ana s3:GetObject
//   env NAME=value          any number of times
//   -- request              the JSON of the message that must be sent; absent: nothing may be sent
//   -- response             the JSON of the message that comes back
//   -- error CODE REASON    instead: the code's number, the reason (`-`: no details); then the text
//   -- stdin                what the command reads; -- terminal: the same, from a person
//   -- stdout, -- stderr    what the command must print, nothing if absent
//   -- exit N
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"

#include "client/command_line.h"
#include "client/output.h"
#include "tests/unit/client/fake_server.h"

namespace portcullis::client {
namespace {

namespace fs = std::filesystem;

struct Golden {
  std::vector<std::string> arguments;
  std::map<std::string, std::string> environment;
  std::map<std::string, std::string> sections;  // By their first word.
  std::map<std::string, std::string> details;   // What follows that word.

  const std::string& Section(const std::string& name) const {
    static const std::string kEmpty;
    const auto found = sections.find(name);
    return found == sections.end() ? kEmpty : found->second;
  }
};

Golden ReadGolden(const fs::path& path) {
  Golden golden;
  std::ifstream file(path);
  std::string line;
  std::string section;
  while (std::getline(file, line)) {
    if (line.rfind("-- ", 0) == 0) {
      const std::pair<std::string, std::string> head =
          absl::StrSplit(line.substr(3), absl::MaxSplits(' ', 1));
      section = head.first;
      golden.sections[section] = "";
      golden.details[section] = head.second;
    } else if (!section.empty()) {
      golden.sections[section] += line + "\n";
    } else if (line.rfind("$ ", 0) == 0) {
      golden.arguments = absl::StrSplit(line.substr(2), ' ', absl::SkipEmpty());
    } else if (line.rfind("env ", 0) == 0) {
      golden.environment.insert(absl::StrSplit(line.substr(4), absl::MaxSplits('=', 1)));
    }
  }
  return golden;
}

// Gives the file's answer, and notes what was asked.
FakeServer::Answer AnswerOf(const Golden& golden, std::string* asked, std::string* expected) {
  return [&golden, asked, expected](const google::protobuf::Message& request,
                                    google::protobuf::Message* response) {
    *asked = ToJson(request);
    const std::unique_ptr<google::protobuf::Message> wanted(request.New());
    EXPECT_TRUE(
        google::protobuf::util::JsonStringToMessage(golden.Section("request"), wanted.get()).ok());
    *expected = ToJson(*wanted);
    if (golden.sections.count("error") > 0) {
      const std::vector<std::string> words = absl::StrSplit(golden.details.at("error"), ' ');
      int code = 0;
      EXPECT_TRUE(absl::SimpleAtoi(words.at(0), &code));
      std::string message = golden.Section("error");
      message.pop_back();
      const auto grpc_code = static_cast<grpc::StatusCode>(code);
      if (words.at(1) == "-") return grpc::Status(grpc_code, message);
      return ErrorWithDetails(grpc_code, words.at(1), message);
    }
    EXPECT_TRUE(
        google::protobuf::util::JsonStringToMessage(golden.Section("response"), response).ok());
    return grpc::Status::OK;
  };
}

// A descriptor from which `text` can be read to its end.
int InputOf(const std::string& text) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  EXPECT_EQ(write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  close(ends[1]);
  return ends[0];
}

class GoldenTest : public testing::TestWithParam<std::string> {};

TEST_P(GoldenTest, PrintsWhatTheFileSays) {
  const Golden golden = ReadGolden(fs::path("tests/golden/cli") / (GetParam() + ".test"));
  ASSERT_FALSE(golden.arguments.empty());
  std::string asked;
  std::string expected;
  FakeServer server(AnswerOf(golden, &asked, &expected));

  std::ostringstream out;
  std::ostringstream err;
  Console console;
  console.interactive = golden.sections.count("terminal") > 0;
  console.input_fd = InputOf(golden.Section(console.interactive ? "terminal" : "stdin"));
  console.out = &out;
  console.err = &err;
  console.environment = [&golden](const std::string& name) -> std::optional<std::string> {
    const auto found = golden.environment.find(name);
    if (found == golden.environment.end()) return std::nullopt;
    return found->second;
  };
  console.connect = [&server](const ConnectionOptions&) { return server.Connect(); };

  std::vector<const char*> argv = {"portcullis"};
  for (const std::string& argument : golden.arguments) argv.push_back(argument.c_str());
  const int code = RunCommandLine(static_cast<int>(argv.size()), argv.data(), console);
  close(console.input_fd);

  EXPECT_EQ(asked, expected);
  EXPECT_EQ(asked.empty(), golden.sections.count("request") == 0);
  EXPECT_EQ(out.str(), golden.Section("stdout"));
  EXPECT_EQ(err.str(), golden.Section("stderr"));
  EXPECT_EQ(std::to_string(code), golden.details.at("exit"));
}

std::vector<std::string> GoldenNames() {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator("tests/golden/cli")) {
    if (entry.path().extension() == ".test") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

INSTANTIATE_TEST_SUITE_P(Cli, GoldenTest, testing::ValuesIn(GoldenNames()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace portcullis::client
