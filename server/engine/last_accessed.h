// Which services an entity may use, and when it used them last: access advisor, section 8.3.
#ifndef PORTCULLIS_SERVER_ENGINE_LAST_ACCESSED_H_
#define PORTCULLIS_SERVER_ENGINE_LAST_ACCESSED_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "server/policy/policy_set.h"
#include "server/state/activity.h"
#include "server/state/report_store.h"
#include "server/store/snapshot.h"

namespace portcullis::engine {

using state::Granularity;

// A user or role that a report is about.
struct ReportMember {
  std::string arn;
  std::string name;
  std::string type;  // "USER" or "ROLE".
  std::string id;
  std::string path;
  friend bool operator==(const ReportMember&, const ReportMember&) = default;
};

// When one member used a service last.
struct MemberAccess {
  size_t member = 0;  // Index into LastAccessedReport::members.
  absl::Time last;    // Whole seconds.
  std::string region;
  friend bool operator==(const MemberAccess&, const MemberAccess&) = default;
};

// When one action was used last, by whichever member.
struct ActionAccess {
  std::string action;
  MemberAccess access;
  friend bool operator==(const ActionAccess&, const ActionAccess&) = default;
};

struct ServiceAccess {
  std::string service;                // Namespace, lower case.
  std::vector<MemberAccess> members;  // Those that used it, latest first; empty: nobody did.
  std::vector<ActionAccess> actions;  // By name; empty unless asked for.
  friend bool operator==(const ServiceAccess&, const ServiceAccess&) = default;
};

// A user or role has itself as its only member; a group its users; a policy the users and roles
// that it is attached to, directly or by a group.
struct LastAccessedReport {
  std::vector<ReportMember> members;    // By ARN.
  std::vector<ServiceAccess> services;  // By namespace.

  // nullptr if the report does not list the service.
  const ServiceAccess* Find(std::string_view service) const;
  friend bool operator==(const LastAccessedReport&, const LastAccessedReport&) = default;
};

// What a report is about, with the permissions policies that count: not boundaries, SCPs,
// session or resource policies. Lives as long as the snapshot.
struct ReportSubject {
  std::vector<const store::User*> users;
  std::vector<const store::Role*> roles;
  std::vector<const policy::CompiledPolicySet*> policies;
};

// Finds the user, group, role or managed policy of `account`; managed policies of the platform
// (arn:aws:iam::aws:policy/...) belong to every account. NOT_FOUND "NoSuchEntity".
absl::StatusOr<ReportSubject> FindReportSubject(std::string_view arn, const store::Account& account,
                                                const store::Snapshot& snapshot);

// Lists the services that the subject's policies could allow something in, used or not. Errors are
// those of `activity`.
absl::StatusOr<LastAccessedReport> MakeLastAccessedReport(const ReportSubject& subject,
                                                          const store::Account& account,
                                                          const store::Snapshot& snapshot,
                                                          Granularity granularity,
                                                          const state::ActivityTracker& activity);

// For keeping a report. Reading returns INTERNAL for what was not written by SerializeReport.
std::string SerializeReport(const LastAccessedReport& report);
absl::StatusOr<LastAccessedReport> ParseReport(std::string_view text);

}  // namespace portcullis::engine

#endif  // PORTCULLIS_SERVER_ENGINE_LAST_ACCESSED_H_
