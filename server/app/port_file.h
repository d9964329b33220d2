// The addresses that were bound, for whoever started the server on port 0.
#ifndef PORTCULLIS_SERVER_APP_PORT_FILE_H_
#define PORTCULLIS_SERVER_APP_PORT_FILE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace portcullis::app {

struct BoundAddresses {
  std::vector<std::string> grpc;          // In the order of --listen, as gRPC clients write them.
  std::string admin;                      // "127.0.0.1:9090"; empty: none.
  std::vector<std::string> query = {};    // URLs in the order of --query-listen.
  std::vector<std::string> gateway = {};  // Likewise of --gateway-listen.
  // URLs of the endpoints for processes beside the server; empty: none.
  std::string container_credentials = {};
  std::string instance_metadata = {};
};

// {"pid":1,"grpc":["127.0.0.1:7443"],"query":["http://127.0.0.1:7480/"],
//  "gateway":["http://127.0.0.1:8181/"],
//  "container_credentials":"http://127.0.0.1:7481/","instance_metadata":"http://127.0.0.1:7482/",
//  "admin":"127.0.0.1:9090"} on one line; the last three are null if there is none.
std::string FormatBoundAddresses(const BoundAddresses& addresses);

// Writes them to `path`, which appears or is replaced as a whole.
absl::Status WritePortFile(const std::string& path, const BoundAddresses& addresses);

}  // namespace portcullis::app

#endif  // PORTCULLIS_SERVER_APP_PORT_FILE_H_
