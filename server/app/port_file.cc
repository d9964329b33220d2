#include "server/app/port_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"

#include "server/base/json_writer.h"

namespace portcullis::app {

std::string FormatBoundAddresses(const BoundAddresses& addresses) {
  base::JsonWriter writer;
  writer.BeginObject();
  writer.Member("pid", static_cast<int64_t>(getpid()));
  writer.Key("grpc").BeginArray();
  for (const std::string& address : addresses.grpc) writer.String(address);
  writer.EndArray();
  for (const auto& [key, urls] :
       {std::pair<std::string_view, const std::vector<std::string>&>("query", addresses.query),
        {"gateway", addresses.gateway}}) {
    writer.Key(key).BeginArray();
    for (const std::string& url : urls) writer.String(url);
    writer.EndArray();
  }
  for (const auto& [key, address] : {std::pair<std::string_view, const std::string&>(
                                         "container_credentials", addresses.container_credentials),
                                     {"instance_metadata", addresses.instance_metadata},
                                     {"admin", addresses.admin}}) {
    writer.Key(key);
    if (address.empty()) {
      writer.Null();
    } else {
      writer.String(address);
    }
  }
  writer.EndObject();
  return std::string(writer.text()) + "\n";
}

absl::Status WritePortFile(const std::string& path, const BoundAddresses& addresses) {
  const std::string unfinished = absl::StrCat(path, ".", getpid());
  std::ofstream file(unfinished, std::ios::trunc);
  file << FormatBoundAddresses(addresses);
  file.close();
  if (!file) return absl::PermissionDeniedError(absl::StrCat(path, ": cannot be written"));
  if (std::rename(unfinished.c_str(), path.c_str()) != 0) {
    return absl::ErrnoToStatus(errno, path);
  }
  return absl::OkStatus();
}

}  // namespace portcullis::app
