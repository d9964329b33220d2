// Servers in processes of their own, so that what they cost can be told from what the client costs.
#ifndef PORTCULLIS_TESTS_BENCH_RPC_PROCESSES_H_
#define PORTCULLIS_TESTS_BENCH_RPC_PROCESSES_H_

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace portcullis::bench {

// Removed with everything in it when it goes out of scope.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  std::string Path(const std::string& name) const { return (path_ / name).string(); }
  void Write(const std::string& name, const std::string& text) const;

 private:
  std::filesystem::path path_;
};

// A child process that writes a port file once it serves. Ended by the destructor.
class ServerProcess {
 public:
  // `arguments` begin with the program. Ends the benchmark if the server does not come up.
  ServerProcess(const std::vector<std::string>& arguments, const std::string& port_file);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  const std::string& address() const { return address_; }
  // Processor time it has used, of all its threads.
  int64_t CpuNanoseconds() const;

 private:
  pid_t pid_ = -1;
  clockid_t clock_{};
  std::string address_;
};

// The directory of the running program, where the others are too.
std::filesystem::path ProgramDirectory();

}  // namespace portcullis::bench

#endif  // PORTCULLIS_TESTS_BENCH_RPC_PROCESSES_H_
