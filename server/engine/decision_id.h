// Identifiers of decisions.
#ifndef PORTCULLIS_SERVER_ENGINE_DECISION_ID_H_
#define PORTCULLIS_SERVER_ENGINE_DECISION_ID_H_

#include <string>

#include "absl/time/time.h"

namespace portcullis::engine {

// Writes a new identifier into `id`: 26 characters of Crockford's Base32, the first ten the time in
// milliseconds, so that identifiers sort by time; the rest is random per thread and counts up.
// Thread-safe, without shared state. Unique, not secret.
void NewDecisionId(absl::Time now, std::string* id);

}  // namespace portcullis::engine

#endif  // PORTCULLIS_SERVER_ENGINE_DECISION_ID_H_
