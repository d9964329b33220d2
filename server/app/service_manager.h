// Tells systemd, if it started the process, what the process is doing.
#ifndef PORTCULLIS_SERVER_APP_SERVICE_MANAGER_H_
#define PORTCULLIS_SERVER_APP_SERVICE_MANAGER_H_

#include <mutex>
#include <string>
#include <string_view>

namespace portcullis::app {

// Speaks the protocol of sd_notify(3), for units with Type=notify or Type=notify-reload. Where
// nobody listens, which is where $NOTIFY_SOCKET is not set, every call does nothing; a service
// manager that cannot be told is no reason to serve worse, so nothing here can fail.
//
// Thread-safe.
class ServiceManager {
 public:
  ServiceManager() = default;
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  // Every address is served: units that wait for this one may start.
  void Started();

  // Somebody asked to read the policies again. Ends with the next PoliciesRead(), even if that
  // reading had begun before.
  void ReloadAsked();

  // The policies were read. `revision` is what is served now, empty for nothing; `newest` says
  // whether that is what was read last. Said again only if something changed.
  void PoliciesRead(std::string_view revision, bool newest);

  // The drain began. Nothing said afterwards makes the service ready again.
  void Stopping();

 private:
  enum class Phase { kStarting, kServing, kReloading, kStopping };

  std::mutex mutex_;
  Phase phase_ = Phase::kStarting;  // Guarded by mutex_.
  std::string status_;              // What `systemctl status` shows. Guarded by mutex_.
};

}  // namespace portcullis::app

#endif  // PORTCULLIS_SERVER_APP_SERVICE_MANAGER_H_
