// Writing to a file descriptor until everything is written.
#ifndef PORTCULLIS_SERVER_AUDIT_FD_WRITER_INTERNAL_H_
#define PORTCULLIS_SERVER_AUDIT_FD_WRITER_INTERNAL_H_

#include <cstddef>
#include <string_view>

#include "absl/status/status.h"

namespace portcullis::audit {

// Writes all of `bytes`; sets `written` to how many were, also after an error. Continues after
// interruptions; on a descriptor that does not block, waits up to a second for each step.
absl::Status WriteAll(int fd, std::string_view bytes, size_t* written);

}  // namespace portcullis::audit

#endif  // PORTCULLIS_SERVER_AUDIT_FD_WRITER_INTERNAL_H_
