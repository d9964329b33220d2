// What a table is made of. Only for this directory.
#ifndef PORTCULLIS_SERVER_ROUTE_TABLE_INTERNAL_H_
#define PORTCULLIS_SERVER_ROUTE_TABLE_INTERNAL_H_

#include <memory>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"

#include "server/route/table.h"

namespace portcullis::route {

// Keys are views into the gateways' own hosts, which never move.
struct Table::Tables {
  std::vector<std::unique_ptr<const Gateway>> gateways;  // By name.
  absl::flat_hash_map<std::string_view, const Gateway*> exact_hosts;
  absl::flat_hash_map<std::string_view, const Gateway*> suffixes;  // Of "*.a.b": "a.b".
  const Gateway* any_host = nullptr;
};

}  // namespace portcullis::route

#endif  // PORTCULLIS_SERVER_ROUTE_TABLE_INTERNAL_H_
