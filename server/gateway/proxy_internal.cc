#include "server/gateway/proxy_internal.h"

#include <vector>

#include "server/base/blanks.h"
#include "server/policy/condition_value.h"

namespace portcullis::gateway {
namespace {

// Every entry of every X-Forwarded-For, in order.
std::vector<std::string_view> ForwardedFor(absl::Span<const route::Header> headers) {
  std::vector<std::string_view> entries;
  for (const route::Header& header : headers) {
    if (header.name != "x-forwarded-for") continue;
    std::string_view rest = header.value;
    while (true) {
      const size_t comma = rest.find(',');
      entries.push_back(base::TrimBlanks(rest.substr(0, comma)));
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return entries;
}

std::string_view AddressOrNone(std::string_view text) {
  return policy::ParseIpAddress(text).has_value() ? text : std::string_view();
}

bool IsSameAddress(std::string_view a, std::string_view b) {
  const auto left = policy::ParseIpAddress(a);
  const auto right = policy::ParseIpAddress(b);
  return left.has_value() && right.has_value() && left->Contains(*right) &&
         left->prefix_length == right->prefix_length;
}

}  // namespace

const store::Proxy* FindProxy(const ProxyCredentials& credentials,
                              const store::Snapshot& snapshot) {
  if (!credentials.name.empty()) return snapshot.FindProxy(credentials.name);
  for (const std::string_view identity : credentials.identities) {
    const store::Proxy* const proxy = snapshot.FindProxyByIdentity(identity);
    if (proxy != nullptr) return proxy;
  }
  if (credentials.secret.empty()) return nullptr;
  return snapshot.FindProxyBySecret(credentials.secret);
}

std::string_view OriginalAddress(std::string_view connection_address,
                                 absl::Span<const route::Header> headers, uint32_t trusted_hops) {
  const std::string_view connection = AddressOrNone(connection_address);
  if (connection.empty() || trusted_hops == 0) return connection;
  std::vector<std::string_view> entries = ForwardedFor(headers);
  if (!entries.empty() && IsSameAddress(entries.back(), connection)) entries.pop_back();
  if (entries.size() < trusted_hops) return connection;
  return AddressOrNone(entries[entries.size() - trusted_hops]);
}

Believed Believe(const store::Proxy& proxy, const Arrival& arrival) {
  Believed believed;
  if (proxy.asserts_source_address) {
    believed.source_address =
        OriginalAddress(arrival.source_address, arrival.request.headers, proxy.trusted_hops);
  }
  if (proxy.asserts_peer_certificate) believed.peer_principal = arrival.peer_principal;
  if (proxy.asserts_extensions) believed.extensions = arrival.request.extensions;
  return believed;
}

}  // namespace portcullis::gateway
