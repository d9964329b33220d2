#include "server/app/server.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "server/app/session_key_file.h"
#include "server/audit/file_sink.h"
#include "server/audit/stdout_sink.h"
#include "server/base/clock.h"
#include "server/base/status_macros.h"
#include "server/ext_authz/service.h"
#include "server/federation/documents.h"
#include "server/source/file_system.h"

namespace portcullis::app {
namespace {

constexpr absl::Duration kAuditFlushMax = absl::Seconds(5);
constexpr absl::Duration kDrainSlack = absl::Seconds(10);

metrics::RegistryOptions ToRegistryOptions() {
  metrics::RegistryOptions options;
  options.version = PORTCULLIS_VERSION;
  options.revision = PORTCULLIS_REVISION;
  options.compiler = __VERSION__;
  return options;
}

audit::QueueOptions ToQueueOptions(AuditOnFull on_full) {
  audit::QueueOptions options;
  switch (on_full) {
    case AuditOnFull::kDrop:
      break;  // The queue's own choice: it is patient with what matters.
    case AuditOnFull::kBlock:
      options.on_full = audit::OnFull::kBlock;
      break;
    case AuditOnFull::kFailClosed:
      options.on_full = audit::OnFull::kFailClosed;
      options.on_full_important = audit::OnFull::kFailClosed;
      break;
  }
  return options;
}

}  // namespace

source::YamlDirectoryOptions ToSourceOptions(const ServerOptions& options) {
  source::YamlDirectoryOptions source;
  source.policy_directory = options.policies;
  source.secrets_directory = options.secrets;
  source.key_directory = options.session_keys;
  return source;
}

source::SnapshotLoaderOptions ToLoaderOptions(const ServerOptions& options) {
  source::SnapshotLoaderOptions loader;
  loader.limits.policy.allow_wildcard_trust_with_condition = options.allow_wildcard_trust;
  loader.limits.validate_jwks = federation::CheckKeySet;
  loader.limits.validate_saml_metadata = federation::CheckSamlMetadata;
  return loader;
}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options, Logger& log) {
  std::unique_ptr<Server> server(new Server(options, log));
  if (options.create_session_key) {
    ASSIGN_OR_RETURN(const std::string path, CreateSessionKeyIfNone(options.session_keys));
    if (!path.empty()) log.Info("session key created", {{"file", path}});
  }
  RETURN_IF_ERROR(server->OpenState());
  RETURN_IF_ERROR(server->OpenAuditLog());
  RETURN_IF_ERROR(server->LoadPolicies());
  server->MakeEngine();
  RETURN_IF_ERROR(server->ListenQuery());
  RETURN_IF_ERROR(server->ListenGateway());
  RETURN_IF_ERROR(server->ListenMetadata());
  RETURN_IF_ERROR(server->Listen());
  RETURN_IF_ERROR(server->ListenAdmin());
  server->RecordLifecycle(audit::Event::kServerStarted);
  if (!options.port_file.empty()) {
    RETURN_IF_ERROR(WritePortFile(options.port_file, server->addresses_));
  }
  server->service_manager_.Started();
  return server;
}

Server::Server(const ServerOptions& options, Logger& log)
    : options_(options),
      log_(log),
      metrics_(ToRegistryOptions()),
      source_(source::FileSystem::System(), ToSourceOptions(options)) {}

Server::~Server() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    draining_ = true;
    ending_ = true;
  }
  ending_changed_.notify_all();
  if (certificate_thread_.joinable()) certificate_thread_.join();
  metrics_.SetConnectionSource(metrics::HttpUse::kQuery, nullptr);
  metrics_.SetConnectionSource(metrics::HttpUse::kGateway, nullptr);
  ShutDownListeners(&listeners_, absl::Now());
  ShutDownHttpListeners(&query_listeners_, absl::Now());
  ShutDownHttpListeners(&gateway_listeners_, absl::Now());
  ShutDownMetadataListeners(&metadata_listeners_, absl::Now());
  if (reloader_ != nullptr) reloader_->Stop();
  admin_.reset();
}

absl::Status Server::OpenAuditLog() {
  if (options_.audit_log != "none") {
    std::vector<std::unique_ptr<audit::Sink>> sinks;
    if (options_.audit_log == "stdout") {
      sinks.push_back(std::make_unique<audit::StdoutSink>());
    } else {
      audit::FileSinkOptions file;
      file.path = options_.audit_log;
      file.file_bytes_max = options_.audit_rotate_bytes;
      file.rotated_files_max = options_.audit_rotated_files;
      ASSIGN_OR_RETURN(auto sink, audit::FileSink::Open(std::move(file)));
      sinks.push_back(std::move(sink));
    }
    audit_ = std::make_unique<audit::Queue>(ToQueueOptions(options_.audit_on_full),
                                            std::move(sinks), &metrics_);
  }
  recorder_ = std::make_unique<engine::Recorder>(audit_.get(), &metrics_, activity_.get());
  return absl::OkStatus();
}

absl::Status Server::OpenState() {
  state::DatabaseOptions database;
  database.path = options_.state;
  ASSIGN_OR_RETURN(database_, state::Database::Open(database));
  ASSIGN_OR_RETURN(mfa_steps_, state::MfaSteps::Open(database_.get()));
  ASSIGN_OR_RETURN(revocations_, state::RevocationLog::Open(database_.get()));
  reports_ = std::make_unique<state::ReportStore>(database_.get());
  state::ActivityOptions activity;
  activity.on_flush_change = [this](const absl::Status& status) {
    if (status.ok()) {
      log_.Info("last uses are written down again");
    } else {
      log_.Error("last uses cannot be written down",
                 {{"file", options_.state}, {"problem", std::string(status.message())}});
    }
  };
  activity_ = std::make_unique<state::ActivityTracker>(database_.get(), std::move(activity));
  if (options_.state.empty()) {
    log_.Info(
        "no state file: used MFA codes, revocations by hand and last uses are forgotten at "
        "the end");
  }
  return absl::OkStatus();
}

absl::Status Server::LoadPolicies() {
  reporter_ = std::make_unique<ReloadReporter>(log_, metrics_, audit_.get(), service_manager_,
                                               [this] { UpdateReadiness(); });
  source::ReloaderOptions options;
  options.loader = ToLoaderOptions(options_);
  options.poll_interval = options_.poll_interval;
  reloader_ = std::make_unique<source::Reloader>(options, &source_, &store_, reporter_.get());
  const absl::Status loaded = reloader_->LoadInitial();
  if (!loaded.ok() && !options_.start_closed) return loaded;
  if (!loaded.ok()) log_.Warning("starting without policies: every call is UNAVAILABLE");
  reloader_->Start();
  return absl::OkStatus();
}

void Server::MakeEngine() {
  const base::Clock& clock = base::Clock::System();
  mfa_ = std::make_unique<engine::Mfa>(mfa_steps_.get());
  fetcher_ = federation::NewHttpFetcher({.ca_file = options_.identity_ca});
  engine::IdentityProviders::Options providers;
  if (!options_.saml_endpoint.empty()) providers.saml_endpoint = options_.saml_endpoint;
  providers_ = std::make_unique<engine::IdentityProviders>(clock, fetcher_.get(), providers);
  authorizer_ = std::make_unique<engine::Authorizer>(store_, clock, *recorder_, revocations_.get());
  sessions_ = std::make_unique<engine::Sessions>(
      store_, clock,
      engine::SessionsParts{*mfa_, *recorder_, *providers_, *authorizer_, revocations_.get()});
  administration_ =
      std::make_unique<engine::Administration>(store_, clock, *authorizer_, *reloader_, *recorder_);
  accounts_ = std::make_unique<engine::Accounts>(
      store_, clock,
      engine::AccountsParts{*authorizer_, *recorder_, *activity_, *reports_, *revocations_});
  directory_ = std::make_unique<engine::Directory>(
      store_, clock,
      engine::DirectoryParts{*authorizer_, *recorder_, *activity_, revocations_.get(),
                             providers_.get()});
  gatekeeper_ = std::make_unique<gateway::Gatekeeper>(
      store_, clock, gateway::GatekeeperParts{*authorizer_, *sessions_, *recorder_});
}

absl::Status Server::ListenQuery() {
  const query::Engine engine{*sessions_, *accounts_, *administration_, *directory_, *authorizer_};
  ASSIGN_OR_RETURN(query_listeners_, StartQueryListeners(options_, engine, &metrics_, &log_));
  for (const HttpListener& listener : query_listeners_) {
    addresses_.query.push_back(listener.Url());
    log_.Info("serving the AWS Query protocol", {{"url", listener.Url()}});
  }
  metrics_.SetConnectionSource(metrics::HttpUse::kQuery,
                               [this] { return CountConnections(query_listeners_); });
  return absl::OkStatus();
}

absl::Status Server::ListenGateway() {
  const GatewayParts parts{*gatekeeper_, *authorizer_, store_, log_};
  ASSIGN_OR_RETURN(gateway_listeners_, StartGatewayListeners(options_, parts));
  for (const HttpListener& listener : gateway_listeners_) {
    addresses_.gateway.push_back(listener.Url());
    log_.Info("serving proxies and AuthZEN over HTTP",
              {{"url", listener.Url()}, {"proxy", listener.options.proxy}});
  }
  metrics_.SetConnectionSource(metrics::HttpUse::kGateway,
                               [this] { return CountConnections(gateway_listeners_); });
  return absl::OkStatus();
}

absl::Status Server::ListenMetadata() {
  const MetadataParts parts{*sessions_, store_, base::Clock::System(), log_};
  ASSIGN_OR_RETURN(metadata_listeners_, StartMetadataListeners(options_, parts));
  addresses_.container_credentials = metadata_listeners_.container.url;
  addresses_.instance_metadata = metadata_listeners_.instance.url;
  if (!addresses_.container_credentials.empty()) {
    log_.Info("serving container credentials", {{"url", addresses_.container_credentials},
                                                {"role", options_.container_credentials_role}});
  }
  if (!addresses_.instance_metadata.empty()) {
    log_.Info("serving instance metadata",
              {{"url", addresses_.instance_metadata}, {"role", options_.instance_metadata_role}});
  }
  return absl::OkStatus();
}

absl::Status Server::Listen() {
  authorization_ = std::make_unique<service::AuthorizationService>(*authorizer_);
  security_token_ = std::make_unique<service::SecurityTokenService>(*sessions_);
  policy_admin_ =
      std::make_unique<service::PolicyAdminService>(*administration_, PORTCULLIS_VERSION);
  account_ = std::make_unique<service::AccountService>(*accounts_);

  service::RpcHandlers handlers;
  handlers.authorization = authorization_.get();
  handlers.security_token = security_token_.get();
  handlers.policy_admin = policy_admin_.get();
  handlers.account = account_.get();
  handlers.metrics = &metrics_;
  const auto make_services = [&](const ListenerOptions& listener) {
    rpc::RpcServices services = service::MakeRpcServices(handlers);
    services.push_back(
        std::make_unique<ext_authz::Service>(gatekeeper_.get(), listener.proxy, &metrics_));
    return services;
  };
  ASSIGN_OR_RETURN(std::vector<Listener> listeners, StartListeners(options_, make_services));
  for (const Listener& listener : listeners) {
    addresses_.grpc.push_back(listener.server->address());
    log_.Info("serving", {{"address", listener.server->address()},
                          {"transport", listener.options.tls() ? "tls" : "plain"},
                          {"trusted", listener.options.trusted ? "true" : "false"},
                          {"proxy", listener.options.proxy}});
  }
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    listeners_ = std::move(listeners);
    listening_ = true;
  }
  UpdateReadiness();
  SetCertificateMetrics();
  certificate_thread_ = std::thread([this] { KeepCertificates(); });
  return absl::OkStatus();
}

absl::Status Server::ListenAdmin() {
  if (!options_.admin_listen) return absl::OkStatus();
  metrics::AdminHttpOptions http;
  http.bind_address = options_.admin_listen->host;
  http.port = options_.admin_listen->port;
  metrics::AdminHttpCallbacks callbacks;
  callbacks.live = [] { return true; };
  callbacks.ready = [this](bool verbose) { return DescribeReadiness(verbose); };
  ASSIGN_OR_RETURN(admin_, metrics::AdminHttpServer::Start(http, std::move(callbacks), &metrics_));
  ListenerOptions address;
  address.host = http.bind_address;
  address.port = admin_->port();
  addresses_.admin = address.GrpcAddress();
  log_.Info("serving metrics and health", {{"address", addresses_.admin}});
  return absl::OkStatus();
}

void Server::UpdateReadiness() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!listening_) return;
  const bool ready = !draining_ && store_.generation() > 0;
  for (const Listener& listener : listeners_) listener.server->SetReady(ready);
}

metrics::Readiness Server::DescribeReadiness(bool verbose) {
  metrics::Readiness readiness;
  bool draining = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    draining = draining_;
  }
  const bool loaded = store_.generation() > 0;
  readiness.ready = loaded && !draining;
  readiness.text = readiness.ready ? "ready" : draining ? "draining" : "no policies loaded";
  if (!verbose) return readiness;
  const store::ReloadStatus status = reloader_->Status();
  absl::StrAppend(&readiness.text, "\nserving revision: ", status.serving_digest,
                  "\nlatest revision: ", status.latest_digest, "\nlatest result: ",
                  status.latest_result.ok() ? "ok" : status.latest_result.message());
  for (const store::SourceDiagnostic& diagnostic : status.diagnostics) {
    absl::StrAppend(&readiness.text, "\n", store::FormatSourceDiagnostic(diagnostic));
  }
  if (audit_ != nullptr) {
    absl::StrAppend(&readiness.text, "\naudit log: ", audit_->healthy() ? "ok" : "failing");
  }
  return readiness;
}

void Server::Reload() {
  service_manager_.ReloadAsked();
  reloader_->RequestReload();
}

void Server::ReopenLogs() {
  if (audit_ != nullptr) audit_->Reopen();
}

absl::Duration Server::DrainMax(const ServerOptions& options) {
  return options.drain_delay + options.shutdown_timeout + kAuditFlushMax + kDrainSlack;
}

absl::Status Server::Drain() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    draining_ = true;
  }
  service_manager_.Stopping();
  UpdateReadiness();
  log_.Info("draining", {{"delay", absl::FormatDuration(options_.drain_delay)}});
  absl::SleepFor(options_.drain_delay);
  const absl::Time deadline = absl::Now() + options_.shutdown_timeout;
  std::thread query([this, deadline] { ShutDownHttpListeners(&query_listeners_, deadline); });
  std::thread gateway([this, deadline] { ShutDownHttpListeners(&gateway_listeners_, deadline); });
  std::thread metadata(
      [this, deadline] { ShutDownMetadataListeners(&metadata_listeners_, deadline); });
  ShutDownListeners(&listeners_, deadline);
  query.join();
  gateway.join();
  metadata.join();
  reloader_->Stop();
  RecordLifecycle(audit::Event::kServerStopped);
  log_.Info("calls have ended");
  return audit_ == nullptr ? absl::OkStatus() : audit_->Shutdown(kAuditFlushMax);
}

void Server::RecordLifecycle(audit::Event event) {
  if (audit_ == nullptr) return;
  audit::Record record;
  record.event = event;
  record.time = absl::Now();
  record.AddParameter("version", PORTCULLIS_VERSION);
  if (const absl::Status status = audit_->Push(record); !status.ok()) {
    log_.Error("start or stop not recorded", {{"problem", std::string(status.message())}});
  }
}

// The certificate thread: looks for new files until the end, and tries again what could not be
// written.
void Server::KeepCertificates() {
  const auto interval = absl::ToChronoMilliseconds(options_.certificate_interval);
  while (true) {
    {
      std::unique_lock<std::mutex> lock(mutex_);
      if (ending_changed_.wait_for(lock, interval, [this] { return ending_; })) return;
    }
    RefreshCertificates();
    if (const absl::Status status = revocations_->Retry(); !status.ok()) {
      log_.Error("revocations made by hand are in force, but not written down",
                 {{"file", options_.state}, {"problem", std::string(status.message())}});
    }
  }
}

void Server::RefreshCertificates() {
  const auto report = [this](const ListenerOptions& address, const absl::StatusOr<bool>& changed) {
    if (!changed.ok()) {
      log_.Error("certificate not renewed", {{"address", address.Name()},
                                             {"problem", std::string(changed.status().message())}});
    } else if (*changed) {
      log_.Info("certificate renewed", {{"address", address.Name()}});
    }
  };
  for (const Listener& listener : listeners_) {
    if (listener.certificates == nullptr) continue;
    report(listener.options, listener.certificates->Refresh());
  }
  for (const auto* const listeners : {&query_listeners_, &gateway_listeners_}) {
    for (const HttpListener& listener : *listeners) {
      report(listener.options, RefreshCertificate(listener));
    }
  }
  SetCertificateMetrics();
}

void Server::SetCertificateMetrics() {
  absl::Time server = absl::InfiniteFuture();
  absl::Time authorities = absl::InfiniteFuture();
  const auto look = [&](const std::shared_ptr<CertificateFiles>& certificates) {
    if (certificates == nullptr) return;
    const CertificateMaterial material = certificates->Current();
    server = std::min(server, material.certificate_expiry);
    authorities = std::min(authorities, material.authorities_expiry);
  };
  for (const Listener& listener : listeners_) look(listener.certificates);
  for (const HttpListener& listener : query_listeners_) look(listener.certificates);
  for (const HttpListener& listener : gateway_listeners_) look(listener.certificates);
  if (server != absl::InfiniteFuture()) {
    metrics_.SetCertificateExpiry(metrics::CertificateUse::kServer, server);
  }
  if (authorities != absl::InfiniteFuture()) {
    metrics_.SetCertificateExpiry(metrics::CertificateUse::kClientCa, authorities);
  }
}

}  // namespace portcullis::app
