// Runs the files of tests/golden/cli: a command line, the requests it must send, the answers that
// come back, and the text and exit code it must end with.
//
//   $ authorize --principal arn:aws:iam::111111111111:user/ana s3:GetObject
//   env NAME=value          any number of times
//   -- request              the JSON of the message that must be sent; absent: nothing may be sent
//   -- response             the JSON of the message that comes back; then perhaps the next request
//   -- error CODE REASON    instead: the code's number, the reason (`-`: no details); then the text
//   -- stdin                what the command reads; -- terminal: the same, from a person
//   -- stdout, -- stderr    what the command must print, nothing if absent
//   -- file NAME            what the command must have written there
//   -- exit N
//
// $TMP in the command line is a directory of the test's own. It is 2026-11-22T00:00:00Z, and random
// bytes are 0, 1, 2, ...
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
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"

#include "client/command_line.h"
#include "client/output.h"
#include "tests/unit/client/fake_server.h"

namespace portcullis::client {
namespace {

namespace fs = std::filesystem;

struct Exchange {
  std::string request;
  std::string response;
  std::string error_details;  // "CODE REASON"; empty: no error.
  std::string error_text;
};

struct Golden {
  std::vector<std::string> arguments;
  std::map<std::string, std::string> environment;
  std::vector<Exchange> exchanges;
  std::map<std::string, std::string> sections;  // By their first word.
  std::map<std::string, std::string> details;   // What follows that word.

  const std::string& Section(const std::string& name) const {
    static const std::string kEmpty;
    const auto found = sections.find(name);
    return found == sections.end() ? kEmpty : found->second;
  }
};

// Where the lines of the section `name` go.
std::string* BeginSection(const std::string& name, const std::string& details, Golden* golden) {
  if (name == "request") return &golden->exchanges.emplace_back().request;
  if (name == "response") return &golden->exchanges.back().response;
  if (name == "error") {
    golden->exchanges.back().error_details = details;
    return &golden->exchanges.back().error_text;
  }
  golden->details[name] = details;
  return &golden->sections[name];
}

Golden ReadGolden(const fs::path& path, const std::string& directory) {
  Golden golden;
  std::ifstream file(path);
  std::string line;
  std::string* section = nullptr;
  while (std::getline(file, line)) {
    if (line.rfind("-- ", 0) == 0) {
      const std::pair<std::string, std::string> head =
          absl::StrSplit(line.substr(3), absl::MaxSplits(' ', 1));
      section = BeginSection(head.first, head.second, &golden);
    } else if (section != nullptr) {
      *section += line + "\n";
    } else if (line.rfind("$ ", 0) == 0) {
      golden.arguments = absl::StrSplit(absl::StrReplaceAll(line.substr(2), {{"$TMP", directory}}),
                                        ' ', absl::SkipEmpty());
    } else if (line.rfind("env ", 0) == 0) {
      golden.environment.insert(absl::StrSplit(line.substr(4), absl::MaxSplits('=', 1)));
    }
  }
  return golden;
}

grpc::Status ErrorOf(const Exchange& exchange) {
  const std::vector<std::string> words = absl::StrSplit(exchange.error_details, ' ');
  int code = 0;
  EXPECT_TRUE(absl::SimpleAtoi(words.at(0), &code));
  std::string message = exchange.error_text;
  message.pop_back();
  const auto grpc_code = static_cast<grpc::StatusCode>(code);
  if (words.at(1) == "-") return grpc::Status(grpc_code, message);
  return ErrorWithDetails(grpc_code, words.at(1), message);
}

// Gives the file's answers, and compares what was asked. `asked` counts.
FakeServer::Answer AnswerOf(const Golden& golden, size_t* asked) {
  return [&golden, asked](const google::protobuf::Message& request,
                          google::protobuf::Message* response) {
    if (*asked >= golden.exchanges.size()) {
      ADD_FAILURE() << "asked once more: " << ToJson(request);
      return grpc::Status(grpc::StatusCode::INTERNAL, "asked once more");
    }
    const Exchange& exchange = golden.exchanges[(*asked)++];
    const std::unique_ptr<google::protobuf::Message> wanted(request.New());
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(exchange.request, wanted.get()).ok());
    EXPECT_EQ(ToJson(request), ToJson(*wanted));
    if (!exchange.error_details.empty()) return ErrorOf(exchange);
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(exchange.response, response).ok());
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

class StoppedClock final : public base::Clock {
 public:
  absl::Time Now() const override { return absl::FromUnixSeconds(1'795'305'600); }
};

absl::StatusOr<std::string> CountingBytes(size_t byte_count) {
  std::string bytes;
  for (size_t i = 0; i < byte_count; ++i) bytes.push_back(static_cast<char>(i));
  return bytes;
}

Console ConsoleOf(const Golden& golden, const base::Clock& clock, FakeServer* server,
                  std::ostream* out, std::ostream* err) {
  Console console;
  console.interactive = golden.sections.count("terminal") > 0;
  console.input_fd = InputOf(golden.Section(console.interactive ? "terminal" : "stdin"));
  console.out = out;
  console.err = err;
  console.environment = [&golden](const std::string& name) -> std::optional<std::string> {
    const auto found = golden.environment.find(name);
    if (found == golden.environment.end()) return std::nullopt;
    return found->second;
  };
  console.connect = [server](const ConnectionOptions&) { return server->Connect(); };
  console.clock = &clock;
  console.random_bytes = CountingBytes;
  console.sleep = [](absl::Duration) {};
  return console;
}

// As a section of the file says it: with a line end, which a question does not have.
std::string Printed(std::string text, const std::string& directory) {
  if (!text.empty() && text.back() != '\n') text.push_back('\n');
  return absl::StrReplaceAll(text, {{directory, "$TMP"}});
}

std::string ContentsOf(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream contents;
  contents << file.rdbuf();
  return contents.str();
}

class GoldenTest : public testing::TestWithParam<std::string> {};

TEST_P(GoldenTest, PrintsWhatTheFileSays) {
  const fs::path directory = fs::path(testing::TempDir()) / ("golden-" + GetParam());
  fs::remove_all(directory);
  fs::create_directories(directory);
  const Golden golden =
      ReadGolden(fs::path("tests/golden/cli") / (GetParam() + ".test"), directory.string());
  ASSERT_FALSE(golden.arguments.empty());
  size_t asked = 0;
  FakeServer server(AnswerOf(golden, &asked));
  const StoppedClock clock;
  std::ostringstream out;
  std::ostringstream err;
  const Console console = ConsoleOf(golden, clock, &server, &out, &err);

  std::vector<const char*> argv = {"portcullis"};
  for (const std::string& argument : golden.arguments) argv.push_back(argument.c_str());
  const int code = RunCommandLine(static_cast<int>(argv.size()), argv.data(), console);
  close(console.input_fd);

  EXPECT_EQ(asked, golden.exchanges.size());
  EXPECT_EQ(Printed(out.str(), directory.string()), golden.Section("stdout"));
  EXPECT_EQ(Printed(err.str(), directory.string()), golden.Section("stderr"));
  EXPECT_EQ(std::to_string(code), golden.details.at("exit"));
  if (golden.sections.count("file") > 0) {
    EXPECT_EQ(ContentsOf(directory / golden.details.at("file")), golden.Section("file"));
  }
  fs::remove_all(directory);
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
