// Makes room for a Unix domain socket, and says who may connect.
#ifndef PORTCULLIS_SERVER_APP_UNIX_SOCKET_H_
#define PORTCULLIS_SERVER_APP_UNIX_SOCKET_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace portcullis::app {

// Removes the socket that a process left behind at `path`. FAILED_PRECONDITION if a process listens
// there, or if what is there is no socket: nothing is removed then. OK if there is nothing.
absl::Status RemoveStaleSocket(const std::string& path);

// While it lives, files that the process makes are its owner's alone; so a socket is never open to
// others before SetSocketMode decides. Not for use while other threads make files.
class OwnerOnlyFiles {
 public:
  OwnerOnlyFiles();
  ~OwnerOnlyFiles();
  OwnerOnlyFiles(const OwnerOnlyFiles&) = delete;
  OwnerOnlyFiles& operator=(const OwnerOnlyFiles&) = delete;

 private:
  const uint32_t earlier_;
};

absl::Status SetSocketMode(const std::string& path, uint32_t mode);

}  // namespace portcullis::app

#endif  // PORTCULLIS_SERVER_APP_UNIX_SOCKET_H_
