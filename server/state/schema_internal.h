// What is in the state file, by version. Only for server/state.
#ifndef PORTCULLIS_SERVER_STATE_SCHEMA_INTERNAL_H_
#define PORTCULLIS_SERVER_STATE_SCHEMA_INTERNAL_H_

#include <string_view>

#include "absl/status/status.h"
#include "absl/types/span.h"

#include "server/state/database.h"

namespace portcullis::state {

// Step n leads from version n to n + 1. A step that was released never changes: a new one follows.
absl::Span<const std::string_view> SchemaSteps();

// Brings an open file up to date, all steps in one transaction. A file without tables and without a
// mark of its own becomes a state file.
//   FAILED_PRECONDITION: it belongs to somebody else, or to a newer version.
absl::Status Migrate(Connection& connection, std::string_view path,
                     absl::Span<const std::string_view> steps);

}  // namespace portcullis::state

#endif  // PORTCULLIS_SERVER_STATE_SCHEMA_INTERNAL_H_
