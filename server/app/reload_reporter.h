// Tells log, metrics, audit log, health and systemd what came of every reading of the policies.
#ifndef PORTCULLIS_SERVER_APP_RELOAD_REPORTER_H_
#define PORTCULLIS_SERVER_APP_RELOAD_REPORTER_H_

#include <functional>
#include <string>
#include <utility>

#include "server/app/log.h"
#include "server/app/service_manager.h"
#include "server/audit/queue.h"
#include "server/metrics/registry.h"
#include "server/source/reloader.h"

namespace portcullis::app {

// Every diagnostic is logged once per change of contents: readings that find nothing new only
// count. Called by one thread at a time.
class ReloadReporter final : public source::ReloadObserver {
 public:
  // All outlive the reporter. `audit` may be nullptr. `published` is called after a publication.
  ReloadReporter(Logger& log, metrics::Registry& metrics, audit::Queue* audit,
                 ServiceManager& service_manager, std::function<void()> published)
      : log_(log),
        metrics_(metrics),
        audit_(audit),
        service_manager_(service_manager),
        published_(std::move(published)) {}

  void OnReload(const source::ReloadEvent& event) override;

 private:
  void LogDiagnostics(const store::ReloadStatus& status);
  void ReportPublication(const source::ReloadEvent& event);
  void ReportFailure(const store::ReloadStatus& status);
  void RecordPublication(const source::ReloadEvent& event);

  Logger& log_;
  metrics::Registry& metrics_;
  audit::Queue* const audit_;
  ServiceManager& service_manager_;
  const std::function<void()> published_;
  bool failing_ = false;
};

}  // namespace portcullis::app

#endif  // PORTCULLIS_SERVER_APP_RELOAD_REPORTER_H_
