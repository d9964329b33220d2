// Makes the first session key.
#ifndef PORTCULLIS_SERVER_APP_SESSION_KEY_FILE_H_
#define PORTCULLIS_SERVER_APP_SESSION_KEY_FILE_H_

#include <string>

#include "absl/status/statusor.h"

namespace portcullis::app {

// Makes `directory` (mode 0700) if it does not exist and, if it holds no `*.key` file, a random key
// in it, readable by its owner alone. Returns the path of the new file, or "" if there was a key
// already. A file never appears half-written, and an existing one is never replaced.
absl::StatusOr<std::string> CreateSessionKeyIfNone(const std::string& directory);

}  // namespace portcullis::app

#endif  // PORTCULLIS_SERVER_APP_SESSION_KEY_FILE_H_
