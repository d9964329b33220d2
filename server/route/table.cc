#include "server/route/table.h"

#include <algorithm>

#include "server/route/rule_internal.h"
#include "server/route/table_internal.h"

namespace portcullis::route {

Gateway::Gateway() = default;
Gateway::~Gateway() = default;

Table::Table() : tables_(std::make_unique<Tables>()) {}
Table::~Table() = default;

bool Table::empty() const {
  return tables_->gateways.empty();
}

absl::Span<const std::unique_ptr<const Gateway>> Table::gateways() const {
  return tables_->gateways;
}

const Gateway* Table::FindGateway(std::string_view name) const {
  const auto found = std::lower_bound(
      tables_->gateways.begin(), tables_->gateways.end(), name,
      [](const auto& gateway, std::string_view wanted) { return gateway->name < wanted; });
  return found != tables_->gateways.end() && (*found)->name == name ? found->get() : nullptr;
}

const Gateway* Table::FindGatewayOfHost(std::string_view canonical_host) const {
  if (const auto exact = tables_->exact_hosts.find(canonical_host);
      exact != tables_->exact_hosts.end()) {
    return exact->second;
  }
  for (size_t dot = canonical_host.find('.'); dot != std::string_view::npos;
       dot = canonical_host.find('.', dot + 1)) {
    const auto suffix = tables_->suffixes.find(canonical_host.substr(dot + 1));
    if (suffix != tables_->suffixes.end()) return suffix->second;
  }
  return tables_->any_host;
}

}  // namespace portcullis::route
