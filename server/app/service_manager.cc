#include "server/app/service_manager.h"

#include <systemd/sd-daemon.h>

#include <chrono>
#include <utility>

#include "server/base/str_cat.h"

namespace portcullis::app {
namespace {

// Enough of a revision to tell two apart.
constexpr size_t kRevisionCharacters = 12;

void Notify(const std::string& state) {
  // The result only says whether somebody listens.
  static_cast<void>(sd_notify(/*unset_environment=*/0, state.c_str()));
}

// What Type=notify-reload compares with the time at which it asked: CLOCK_MONOTONIC, which is what
// the steady clock is on Linux.
std::string MonotonicMicroseconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

std::string StatusText(std::string_view revision, bool newest) {
  if (revision.empty()) return "no policies loaded";
  const std::string_view start = revision.substr(0, kRevisionCharacters);
  return base::Concat({"serving policies ", start, newest ? "" : "; the latest have mistakes"});
}

}  // namespace

void ServiceManager::Started() {
  const std::lock_guard<std::mutex> lock(mutex_);
  phase_ = Phase::kServing;
  Notify(base::Concat({"READY=1\nSTATUS=", status_}));
}

void ServiceManager::ReloadAsked() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (phase_ != Phase::kServing) return;
  phase_ = Phase::kReloading;
  Notify(base::Concat({"RELOADING=1\nMONOTONIC_USEC=", MonotonicMicroseconds()}));
}

void ServiceManager::PoliciesRead(std::string_view revision, bool newest) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::string status = StatusText(revision, newest);
  const bool changed = status != status_;
  status_ = std::move(status);
  switch (phase_) {
    case Phase::kStarting:  // Started() will say it.
    case Phase::kStopping:
      break;
    case Phase::kServing:
      if (changed) Notify(base::Concat({"STATUS=", status_}));
      break;
    case Phase::kReloading:
      phase_ = Phase::kServing;
      Notify(base::Concat({"READY=1\nSTATUS=", status_}));
      break;
  }
}

void ServiceManager::Stopping() {
  const std::lock_guard<std::mutex> lock(mutex_);
  phase_ = Phase::kStopping;
  Notify("STOPPING=1\nSTATUS=draining");
}

}  // namespace portcullis::app
