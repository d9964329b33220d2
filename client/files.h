// Reads small files whole.
#ifndef PORTCULLIS_CLIENT_FILES_H_
#define PORTCULLIS_CLIENT_FILES_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace portcullis::client {

// The contents of the file at `path`. NOT_FOUND or another code, naming the path, if it cannot be
// read; RESOURCE_EXHAUSTED if it has more than `bytes_max` bytes. Thread-safe.
absl::StatusOr<std::string> ReadWholeFile(const std::string& path, size_t bytes_max);

// A secret kept in a file of its own: the contents without one trailing line end. INVALID_ARGUMENT
// if nothing or more than one line is left. Errors name the path, never the contents. Thread-safe.
absl::StatusOr<std::string> ReadSecretFile(const std::string& path);

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_FILES_H_
