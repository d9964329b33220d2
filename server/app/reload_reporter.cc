#include "server/app/reload_reporter.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace portcullis::app {
namespace {

metrics::ReloadResult ResultOf(source::ReloadOutcome outcome) {
  switch (outcome) {
    case source::ReloadOutcome::kFailed:
      return metrics::ReloadResult::kFailure;
    case source::ReloadOutcome::kUnchanged:
      return metrics::ReloadResult::kUnchanged;
    case source::ReloadOutcome::kPublished:
      return metrics::ReloadResult::kSuccess;
  }
  return metrics::ReloadResult::kFailure;
}

void SetObjectCounts(const store::Snapshot& snapshot, metrics::Registry* metrics) {
  using metrics::PolicyObject;
  metrics->SetPolicyObjects(PolicyObject::kAccounts, snapshot.accounts().size());
  metrics->SetPolicyObjects(PolicyObject::kUsers, snapshot.users().size());
  metrics->SetPolicyObjects(PolicyObject::kGroups, snapshot.groups().size());
  metrics->SetPolicyObjects(PolicyObject::kRoles, snapshot.roles().size());
  metrics->SetPolicyObjects(PolicyObject::kManagedPolicies, snapshot.managed_policies().size());
  metrics->SetPolicyObjects(PolicyObject::kResources, snapshot.resources().size());
  metrics->SetPolicyObjects(PolicyObject::kAccessKeys, snapshot.access_keys().size());
  metrics->SetPolicyObjects(PolicyObject::kMfaDevices, snapshot.mfa_devices().size());
  metrics->SetPolicyObjects(PolicyObject::kOidcProviders, snapshot.oidc_providers().size());
  metrics->SetPolicyObjects(PolicyObject::kStatements, snapshot.statement_count());
  metrics->SetPolicyObjects(PolicyObject::kGateways, snapshot.routes().gateways().size());
  metrics->SetPolicyObjects(PolicyObject::kProxies, snapshot.proxies().size());
}

}  // namespace

void ReloadReporter::OnReload(const source::ReloadEvent& event) {
  metrics_.RecordReload(metrics::ReloadSource::kYamlDirectory, ResultOf(event.outcome),
                        event.status.last_reading);
  switch (event.outcome) {
    case source::ReloadOutcome::kUnchanged:
      break;
    case source::ReloadOutcome::kFailed:
      ReportFailure(event.status);
      break;
    case source::ReloadOutcome::kPublished:
      ReportPublication(event);
      break;
  }
  service_manager_.PoliciesRead(event.status.serving_digest, event.status.latest_result.ok());
}

void ReloadReporter::LogDiagnostics(const store::ReloadStatus& status) {
  for (const store::SourceDiagnostic& diagnostic : status.diagnostics) {
    const bool error = diagnostic.diagnostic.severity == policy::Severity::kError;
    log_.Log(error ? LogLevel::kError : LogLevel::kWarning,
             store::FormatSourceDiagnostic(diagnostic));
  }
  if (status.diagnostics_total > status.diagnostics.size()) {
    log_.Warning("more diagnostics are not shown",
                 {{"total", absl::StrCat(status.diagnostics_total)}});
  }
}

void ReloadReporter::ReportFailure(const store::ReloadStatus& status) {
  failing_ = true;
  LogDiagnostics(status);
  log_.Error("policies not loaded", {{"problem", std::string(status.latest_result.message())},
                                     {"serving_revision", status.serving_digest}});
}

void ReloadReporter::ReportPublication(const source::ReloadEvent& event) {
  const store::Snapshot& snapshot = *event.current;
  LogDiagnostics(event.status);
  SetObjectCounts(snapshot, &metrics_);
  metrics_.SetPolicyRevision(snapshot.digest());
  log_.Info(failing_ ? "policies loaded; what was wrong is mended" : "policies loaded",
            {{"revision", snapshot.digest()},
             {"users", absl::StrCat(snapshot.users().size())},
             {"roles", absl::StrCat(snapshot.roles().size())},
             {"statements", absl::StrCat(snapshot.statement_count())},
             {"duration", absl::FormatDuration(event.duration)}});
  failing_ = false;
  RecordPublication(event);
  published_();
}

void ReloadReporter::RecordPublication(const source::ReloadEvent& event) {
  if (audit_ == nullptr) return;
  audit::Record record;
  record.event = audit::Event::kPoliciesPublished;
  record.time = event.status.serving_since;
  record.Set(audit::Text::kPolicyRevision, event.current->digest());
  record.AddParameter("previousRevision",
                      event.previous == nullptr ? "" : event.previous->digest());
  if (const absl::Status status = audit_->Push(record); !status.ok()) {
    log_.Error("publication not recorded", {{"problem", std::string(status.message())}});
  }
}

}  // namespace portcullis::app
