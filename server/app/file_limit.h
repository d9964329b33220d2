// How many files and connections the process may have open.
#ifndef PORTCULLIS_SERVER_APP_FILE_LIMIT_H_
#define PORTCULLIS_SERVER_APP_FILE_LIMIT_H_

#include <cstdint>

#include "absl/status/statusor.h"

namespace portcullis::app {

// Raises the soft limit of open files to the hard one, which needs no privilege, and returns what
// it is then. Shells hand down 1024, which is fewer than the connections that are meant to be
// served; nothing here uses select(), the reason for that number.
absl::StatusOr<uint64_t> RaiseFileLimit();

}  // namespace portcullis::app

#endif  // PORTCULLIS_SERVER_APP_FILE_LIMIT_H_
