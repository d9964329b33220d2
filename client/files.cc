#include "client/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

#include "server/base/status_macros.h"
#include "server/base/text.h"

namespace portcullis::client {
namespace {

constexpr size_t kSecretBytesMax = 64 * 1024;

absl::Status FileError(int error, const std::string& path) {
  return absl::ErrnoToStatus(error, absl::StrCat("cannot read ", base::Quoted(path)));
}

}  // namespace

absl::StatusOr<std::string> ReadWholeFile(const std::string& path, size_t bytes_max) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return FileError(errno, path);
  const absl::Cleanup close_file = [file] { close(file); };

  std::string contents;
  char chunk[16 * 1024];
  while (true) {
    const ssize_t count = read(file, chunk, sizeof(chunk));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FileError(errno, path);
    if (count == 0) return contents;
    contents.append(chunk, static_cast<size_t>(count));
    if (contents.size() > bytes_max) {
      return absl::ResourceExhaustedError(
          absl::StrCat(base::Quoted(path), " has more than ", bytes_max, " bytes"));
    }
  }
}

absl::StatusOr<std::string> ReadSecretFile(const std::string& path) {
  ASSIGN_OR_RETURN(std::string secret, ReadWholeFile(path, kSecretBytesMax));
  if (!secret.empty() && secret.back() == '\n') secret.pop_back();
  if (!secret.empty() && secret.back() == '\r') secret.pop_back();
  if (secret.empty() || secret.find('\n') != std::string::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat(base::Quoted(path), " does not hold exactly one line"));
  }
  return secret;
}

}  // namespace portcullis::client
