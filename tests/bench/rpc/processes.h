// Servers in processes of their own, so that what they cost can be told from what the client costs.
#ifndef PORTCULLIS_TESTS_BENCH_RPC_PROCESSES_H_
#define PORTCULLIS_TESTS_BENCH_RPC_PROCESSES_H_

#include <sys/types.h>
#include <time.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::bench {

// Ends the program: a benchmark of something else than was meant is worse than none.
[[noreturn]] void Die(const std::string& message);

// Removed with everything in it when it goes out of scope.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  std::string Path(std::string_view name) const { return (path_ / name).string(); }
  // All at once, as whoever manages configuration does: readers see the old file or the new one.
  void Write(std::string_view name, std::string_view text) const;

 private:
  std::filesystem::path path_;
};

// A child process. Ended by the destructor, and by the system if this program ends without it.
class Process {
 public:
  // `arguments` begin with the program's path. What it prints goes to `log`, or nowhere.
  explicit Process(const std::vector<std::string>& arguments, const std::string& log = "/dev/null");
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Asks every millisecond. Ends the benchmark if the process ends or it takes minutes.
  void WaitUntil(const std::function<bool()>& is_ready) const;
  double SecondsSinceStart() const;
  pid_t id() const { return pid_; }

  // Processor time it has used, of all its threads.
  int64_t CpuNanoseconds() const;
  // Memory that it has in main memory now, and the most since the start or ForgetPeak().
  double ResidentBytes() const;
  double PeakResidentBytes() const;
  void ForgetPeak() const;

 private:
  double StatusBytes(std::string_view field) const;

  std::string name_;
  std::string log_;
  pid_t pid_ = -1;
  clockid_t clock_{};
  std::chrono::steady_clock::time_point started_;
};

// The addresses that a server's port file names for gRPC, in the order of its options; none while
// there is no file.
std::vector<std::string> ReadPortFile(const std::string& path);

// Contents of a file; empty if it cannot be read.
std::string ReadFile(const std::string& path);

// The directory of the running program, where the others are too.
std::filesystem::path ProgramDirectory();

}  // namespace portcullis::bench

#endif  // PORTCULLIS_TESTS_BENCH_RPC_PROCESSES_H_
