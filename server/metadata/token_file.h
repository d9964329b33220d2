// The secret that clients of the container endpoint show, in a file.
#ifndef PORTCULLIS_SERVER_METADATA_TOKEN_FILE_H_
#define PORTCULLIS_SERVER_METADATA_TOKEN_FILE_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace portcullis::metadata {

inline constexpr size_t kTokenCharactersMin = 16;
inline constexpr size_t kTokenCharactersMax = 4096;

// The token in the file at `path`, without blanks and line ends around it: 16 to 4096 printable
// ASCII characters, among which blanks ("Bearer ...") are fine. INVALID_ARGUMENT for another
// content, which the message does not repeat; NOT_FOUND if there is no such file, and so on.
absl::StatusOr<std::string> ReadTokenFile(const std::string& path);

}  // namespace portcullis::metadata

#endif  // PORTCULLIS_SERVER_METADATA_TOKEN_FILE_H_
