// The actions of IAM that report: credentials, uses of keys and services, grants.
#ifndef PORTCULLIS_SERVER_QUERY_REPORT_ACTIONS_H_
#define PORTCULLIS_SERVER_QUERY_REPORT_ACTIONS_H_

#include "absl/types/span.h"

#include "server/query/actions.h"

namespace portcullis::query {

absl::Span<const Action> ReportActions();

}  // namespace portcullis::query

#endif  // PORTCULLIS_SERVER_QUERY_REPORT_ACTIONS_H_
