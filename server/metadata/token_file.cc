#include "server/metadata/token_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "server/base/status_macros.h"

namespace portcullis::metadata {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

// At most `bytes_max` bytes of the file's content.
absl::StatusOr<std::string> ReadStart(const std::string& path, size_t bytes_max) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return absl::ErrnoToStatus(errno, path);
  const absl::Cleanup close_it = [fd] { close(fd); };
  std::string content(bytes_max, '\0');
  size_t size = 0;
  while (size < content.size()) {
    const ssize_t got = read(fd, content.data() + size, content.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return absl::ErrnoToStatus(errno, path);
    if (got == 0) break;
    size += static_cast<size_t>(got);
  }
  content.resize(size);
  return content;
}

}  // namespace

absl::StatusOr<std::string> ReadTokenFile(const std::string& path) {
  // Room for line ends, and to notice that it is too long.
  ASSIGN_OR_RETURN(std::string token, ReadStart(path, 2 * kTokenCharactersMax));
  token.erase(token.find_last_not_of(kBlanks) + 1);
  token.erase(0, std::min(token.find_first_not_of(kBlanks), token.size()));
  const bool printable = std::all_of(token.begin(), token.end(), [](char c) {
    return absl::ascii_isprint(static_cast<unsigned char>(c));
  });
  if (token.size() < kTokenCharactersMin || token.size() > kTokenCharactersMax || !printable) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": a token is ", kTokenCharactersMin,
                                                   " to ", kTokenCharactersMax,
                                                   " printable ASCII characters on one line"));
  }
  return token;
}

}  // namespace portcullis::metadata
