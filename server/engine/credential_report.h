// The credential report of an account: section 8.2.
#ifndef PORTCULLIS_SERVER_ENGINE_CREDENTIAL_REPORT_H_
#define PORTCULLIS_SERVER_ENGINE_CREDENTIAL_REPORT_H_

#include <string>

#include "absl/status/statusor.h"

#include "server/state/activity.h"
#include "server/store/snapshot.h"

namespace portcullis::engine {

// Comma-separated values (RFC 4180 quoting where a value needs it), LF between lines and none at
// the end: the header of, the root user, then the users of `account` by name, without regard
// to case. Times are UTC with an offset.
//
// What Portcullis cannot know, because it keeps no passwords, is said as have it:
// `not_supported` for root, `no_information` for uses of a password that nobody reported. A date
// that was never declared is `N/A`.
//
// Errors are those of `activity`: without it nothing can be said about keys.
absl::StatusOr<std::string> CredentialReportText(const store::Snapshot& snapshot,
                                                 const store::Account& account,
                                                 const state::ActivityTracker& activity);

}  // namespace portcullis::engine

#endif  // PORTCULLIS_SERVER_ENGINE_CREDENTIAL_REPORT_H_
