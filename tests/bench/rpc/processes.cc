#include "tests/bench/rpc/processes.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <thread>

namespace portcullis::bench {
namespace {

constexpr std::chrono::minutes kReadyMax(5);

// Becomes another program. Only what is safe between fork and exec.
[[noreturn]] void Execute(char* const* argv, const char* log, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  const int file = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (file >= 0) {
    dup2(file, STDOUT_FILENO);
    dup2(file, STDERR_FILENO);
  }
  execv(argv[0], argv);
  _exit(127);
}

}  // namespace

void Die(const std::string& message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  std::exit(EXIT_FAILURE);
}

TemporaryDirectory::TemporaryDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "portcullis-bench-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) Die("cannot make a temporary directory");
  path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void TemporaryDirectory::Write(std::string_view name, std::string_view text) const {
  const std::filesystem::path path = path_ / name;
  std::filesystem::create_directories(path.parent_path());
  const std::filesystem::path unfinished = path.string() + ".new";
  std::ofstream(unfinished, std::ios::trunc) << text;
  std::filesystem::rename(unfinished, path);
}

Process::Process(const std::vector<std::string>& arguments, const std::string& log)
    : name_(arguments.front()), log_(log) {
  std::vector<std::string> copies = arguments;
  std::vector<char*> argv;
  argv.reserve(copies.size() + 1);
  for (std::string& argument : copies) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const pid_t parent = getpid();
  started_ = std::chrono::steady_clock::now();
  pid_ = fork();
  if (pid_ == 0) Execute(argv.data(), log.c_str(), parent);
  if (pid_ < 0 || clock_getcpuclockid(pid_, &clock_) != 0) Die("cannot run " + name_);
}

Process::~Process() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void Process::WaitUntil(const std::function<bool()>& is_ready) const {
  const auto until = std::chrono::steady_clock::now() + kReadyMax;
  while (!is_ready()) {
    if (waitpid(pid_, nullptr, WNOHANG) == pid_) {
      Die("a server ended: " + name_ + "\n" + ReadFile(log_));
    }
    if (std::chrono::steady_clock::now() > until) {
      Die("a server does not do as asked: " + name_ + "\n" + ReadFile(log_));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

double Process::SecondsSinceStart() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
}

int64_t Process::CpuNanoseconds() const {
  timespec time = {};
  clock_gettime(clock_, &time);
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

double Process::ResidentBytes() const {
  return StatusBytes("VmRSS:");
}

double Process::PeakResidentBytes() const {
  return StatusBytes("VmHWM:");
}

void Process::ForgetPeak() const {
  std::ofstream("/proc/" + std::to_string(pid_) + "/clear_refs") << "5";
}

double Process::StatusBytes(std::string_view field) const {
  std::istringstream status(ReadFile("/proc/" + std::to_string(pid_) + "/status"));
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with(field)) continue;
    const size_t begin = line.find_first_of("0123456789");
    double kilobytes = 0;
    if (begin != std::string::npos) {
      std::from_chars(line.data() + begin, line.data() + line.size(), kilobytes);
    }
    return kilobytes * 1024;
  }
  Die("cannot read the memory of " + name_);
}

std::vector<std::string> ReadPortFile(const std::string& path) {
  constexpr std::string_view kBefore = R"("grpc":[)";
  const std::string text = ReadFile(path);
  std::vector<std::string> addresses;
  size_t place = text.find(kBefore);
  if (place == std::string::npos) return addresses;
  place += kBefore.size();
  while (place < text.size() && text[place] != ']') {
    const size_t begin = text.find('"', place);
    const size_t end = begin == std::string::npos ? begin : text.find('"', begin + 1);
    if (end == std::string::npos) return {};
    addresses.push_back(text.substr(begin + 1, end - begin - 1));
    place = end + 1;
  }
  return addresses;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::filesystem::path ProgramDirectory() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path();
}

}  // namespace portcullis::bench
