// portcullisd: the server.
#include <malloc.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"

#include "grpc/support/log.h"
#include "server/app/check.h"
#include "server/app/file_limit.h"
#include "server/app/log.h"
#include "server/app/options.h"
#include "server/app/server.h"
#include "server/app/signal_thread.h"
#include "server/rpc/status.h"

namespace portcullis::app {
namespace {

constexpr int kExitCutShort = 1;
constexpr int kExitNotStarted = 1;

// For callbacks that carry no state. Lives as long as the process.
Logger* process_log = nullptr;

void LogFromGrpc(gpr_log_func_args* event) {
  process_log->Log(
      event->severity == GPR_LOG_SEVERITY_ERROR ? LogLevel::kWarning : LogLevel::kDebug,
      event->message, {{"from", "grpc"}});
}

void LogInternalError(const absl::Status& status) {
  process_log->Error("internal error", {{"status", status.ToString()}});
}

// Has the C library give large pieces of memory back to the system. By itself it starts to keep
// them when some have been freed, and after a few reloads there is a tenth more memory in use.
void GiveMemoryBack() {
  constexpr int kLargeBytes = 128 << 10;
  constexpr int kKeptBytes = 4 << 20;  // Of free memory at the end of a heap.
  mallopt(M_MMAP_THRESHOLD, kLargeBytes);
  mallopt(M_TRIM_THRESHOLD, kKeptBytes);
}

int Serve(const ServerOptions& options) {
  GiveMemoryBack();
  BlockSignals();
  process_log = new Logger(options.log_format, options.log_level);
  gpr_set_log_function(LogFromGrpc);
  rpc::SetInternalErrorHook(LogInternalError);

  if (const absl::StatusOr<uint64_t> files = RaiseFileLimit(); !files.ok()) {
    process_log->Warning("few files may be open", {{"problem", files.status().ToString()}});
  }
  absl::StatusOr<std::unique_ptr<Server>> server = Server::Start(options, *process_log);
  if (!server.ok()) {
    process_log->Error("cannot start", {{"problem", std::string(server.status().message())}});
    return kExitNotStarted;
  }
  absl::Notification stop;
  SignalActions actions;
  actions.stop = [&stop] { stop.Notify(); };
  actions.stop_at_once = [] {
    process_log->Warning("ending at once");
    _exit(kExitCutShort);
  };
  actions.reload = [&server] {
    (*server)->ReopenLogs();
    (*server)->Reload();
  };
  actions.reopen = [&server] { (*server)->ReopenLogs(); };
  const SignalThread signals(std::move(actions));

  stop.WaitForNotification();
  // Whatever hangs, the process ends in time.
  alarm(static_cast<unsigned>(absl::ToInt64Seconds(Server::DrainMax(options))));
  const absl::Status drained = (*server)->Drain();
  if (!drained.ok()) {
    process_log->Error("audit records lost", {{"problem", std::string(drained.message())}});
    return kExitCutShort;
  }
  process_log->Info("ended");
  return EXIT_SUCCESS;
}

// Debian's build of Abseil looks for deadlocks each time a lock is taken, gRPC's locks included: a
// twentieth of what a call costs. Tests leave it on.
void TrustLocks() {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
}

int Main(int argc, char** argv) {
  const ParsedOptions parsed =
      ParseOptions(std::vector<std::string>(argv + 1, argv + argc),
                   [](const char* name) -> const char* { return std::getenv(name); });
  if (parsed.exit_code) {
    (*parsed.exit_code == 0 ? std::cout : std::cerr) << parsed.text;
    return *parsed.exit_code;
  }
  TrustLocks();
  if (parsed.options.check) return CheckPolicies(parsed.options, std::cout);
  return Serve(parsed.options);
}

}  // namespace
}  // namespace portcullis::app

int main(int argc, char** argv) {
  return portcullis::app::Main(argc, argv);
}
