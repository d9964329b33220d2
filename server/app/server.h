// The whole server: everything wired together, started and drained.
#ifndef PORTCULLIS_SERVER_APP_SERVER_H_
#define PORTCULLIS_SERVER_APP_SERVER_H_

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "server/app/gateway_listeners.h"
#include "server/app/http_listener.h"
#include "server/app/listeners.h"
#include "server/app/log.h"
#include "server/app/metadata_listeners.h"
#include "server/app/options.h"
#include "server/app/port_file.h"
#include "server/app/query_listeners.h"
#include "server/app/reload_reporter.h"
#include "server/app/service_manager.h"
#include "server/audit/queue.h"
#include "server/engine/accounts.h"
#include "server/engine/administration.h"
#include "server/engine/authorizer.h"
#include "server/engine/directory.h"
#include "server/engine/identity_providers.h"
#include "server/engine/mfa.h"
#include "server/engine/recorder.h"
#include "server/engine/sessions.h"
#include "server/federation/http_fetcher.h"
#include "server/gateway/gatekeeper.h"
#include "server/metrics/admin_http_server.h"
#include "server/metrics/registry.h"
#include "server/service/account_service.h"
#include "server/service/authorization_service.h"
#include "server/service/policy_admin_service.h"
#include "server/service/rpc_services.h"
#include "server/service/security_token_service.h"
#include "server/source/reloader.h"
#include "server/source/yaml_directory_source.h"
#include "server/state/activity.h"
#include "server/state/database.h"
#include "server/state/mfa_steps.h"
#include "server/state/report_store.h"
#include "server/state/revocation_log.h"
#include "server/store/policy_store.h"

namespace portcullis::app {

// The directories that `options` name, as a source.
source::YamlDirectoryOptions ToSourceOptions(const ServerOptions& options);

// How policies are read: the same for serving and for --check.
source::SnapshotLoaderOptions ToLoaderOptions(const ServerOptions& options);

// Life: Start, any number of Reload and ReopenLogs, Drain, destruction. Members stand in the order
// in which they need each other. Thread-safe but for Drain.
//
// Ready means: policies are loaded and Drain has not begun. A failed reload changes nothing about
// it.
class Server {
 public:
  // Loads the policies, binds every address, serves. FAILED_PRECONDITION or whatever else kept it
  // from that; what is wrong with policies is in the log. With start_closed policies that cannot be
  // loaded keep nobody from starting. `log` outlives the server.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options, Logger& log);

  // Cuts short what Drain would have waited for.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  const BoundAddresses& addresses() const { return addresses_; }

  void Reload();      // Soon, on the reload thread.
  void ReopenLogs();  // The audit log, after somebody renamed it.

  // Turns away health checks, waits for the drain delay, lets calls end, writes what is left of the
  // audit log. DEADLINE_EXCEEDED if records were lost.
  absl::Status Drain();

  // The longest that Drain should take.
  static absl::Duration DrainMax(const ServerOptions& options);

 private:
  Server(const ServerOptions& options, Logger& log);
  absl::Status OpenAuditLog();
  absl::Status OpenState();
  absl::Status LoadPolicies();
  void MakeEngine();
  absl::Status Listen();
  absl::Status ListenQuery();
  absl::Status ListenGateway();
  absl::Status ListenMetadata();
  absl::Status ListenAdmin();
  void UpdateReadiness();
  metrics::Readiness DescribeReadiness(bool verbose);
  void RecordLifecycle(audit::Event event);
  void KeepCertificates();
  void RefreshCertificates();
  void SetCertificateMetrics();

  const ServerOptions options_;
  Logger& log_;
  metrics::Registry metrics_;
  ServiceManager service_manager_;
  std::unique_ptr<audit::Queue> audit_;  // nullptr: nothing is recorded.
  store::PolicyStore store_;
  source::YamlDirectorySource source_;
  std::unique_ptr<ReloadReporter> reporter_;
  std::unique_ptr<source::Reloader> reloader_;

  std::unique_ptr<state::Database> database_;
  std::unique_ptr<state::MfaSteps> mfa_steps_;
  std::unique_ptr<state::RevocationLog> revocations_;
  std::unique_ptr<state::ReportStore> reports_;
  std::unique_ptr<state::ActivityTracker> activity_;
  std::unique_ptr<federation::HttpFetcher> fetcher_;
  std::unique_ptr<engine::IdentityProviders> providers_;
  std::unique_ptr<engine::Mfa> mfa_;
  std::unique_ptr<engine::Recorder> recorder_;
  std::unique_ptr<engine::Authorizer> authorizer_;
  std::unique_ptr<engine::Sessions> sessions_;
  std::unique_ptr<engine::Administration> administration_;
  std::unique_ptr<engine::Accounts> accounts_;
  std::unique_ptr<engine::Directory> directory_;
  std::unique_ptr<gateway::Gatekeeper> gatekeeper_;
  std::unique_ptr<service::AuthorizationService> authorization_;
  std::unique_ptr<service::SecurityTokenService> security_token_;
  std::unique_ptr<service::PolicyAdminService> policy_admin_;
  std::unique_ptr<service::AccountService> account_;

  std::mutex mutex_;
  bool listening_ = false;                       // Guarded by mutex_.
  bool draining_ = false;                        // Guarded by mutex_.
  std::vector<Listener> listeners_;              // Fixed once listening_.
  std::vector<HttpListener> query_listeners_;    // Fixed before certificate_thread_ starts.
  std::vector<HttpListener> gateway_listeners_;  // Likewise.
  MetadataListeners metadata_listeners_;         // Likewise.
  std::condition_variable ending_changed_;
  bool ending_ = false;  // Guarded by mutex_: the thread below is to end.
  std::thread certificate_thread_;

  std::unique_ptr<metrics::AdminHttpServer> admin_;
  BoundAddresses addresses_;
};

}  // namespace portcullis::app

#endif  // PORTCULLIS_SERVER_APP_SERVER_H_
