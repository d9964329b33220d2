#include "tests/bench/rpc/processes.h"

#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>
#include <thread>

namespace portcullis::bench {
namespace {

[[noreturn]] void Die(const std::string& message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  std::exit(EXIT_FAILURE);
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The first address in a port file; nullopt while there is none.
std::optional<std::string> FirstAddress(const std::string& port_file) {
  constexpr std::string_view kBefore = R"("grpc":[")";
  const std::string text = ReadFile(port_file);
  const size_t begin = text.find(kBefore);
  if (begin == std::string::npos) return std::nullopt;
  const size_t end = text.find('"', begin + kBefore.size());
  if (end == std::string::npos) return std::nullopt;
  return text.substr(begin + kBefore.size(), end - begin - kBefore.size());
}

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "portcullis-bench-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) Die("cannot make a temporary directory");
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

ServerProcess::ServerProcess(const std::vector<std::string>& arguments,
                             const std::string& port_file) {
  std::vector<char*> argv;
  std::vector<std::string> copies = arguments;
  for (std::string& argument : copies) argv.push_back(argument.data());
  argv.push_back(nullptr);
  if (posix_spawn(&pid_, argv[0], nullptr, nullptr, argv.data(), environ) != 0) {
    Die("cannot run " + arguments[0]);
  }
  for (int i = 0; i < 3000; ++i) {
    if (const std::optional<std::string> address = FirstAddress(port_file)) {
      address_ = *address;
      if (clock_getcpuclockid(pid_, &clock_) != 0) Die("cannot read a server's processor time");
      return;
    }
    if (waitpid(pid_, nullptr, WNOHANG) == pid_) Die("a server ended: " + arguments[0]);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  kill(pid_, SIGKILL);
  Die("a server does not come up: " + arguments[0]);
}

ServerProcess::~ServerProcess() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

int64_t ServerProcess::CpuNanoseconds() const {
  timespec time = {};
  clock_gettime(clock_, &time);
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

std::filesystem::path ProgramDirectory() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path();
}

}  // namespace portcullis::bench
