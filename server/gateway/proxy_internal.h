// Which proxy brings a request, and what of its words is believed.
#ifndef PORTCULLIS_SERVER_GATEWAY_PROXY_INTERNAL_H_
#define PORTCULLIS_SERVER_GATEWAY_PROXY_INTERNAL_H_

#include <cstdint>
#include <string_view>

#include "absl/types/span.h"

#include "server/gateway/gatekeeper.h"
#include "server/route/request.h"
#include "server/store/entities.h"
#include "server/store/snapshot.h"

namespace portcullis::gateway {

// By the listener's word; if it has none, by the first name of the certificate that is a proxy's;
// if none is, by the secret. nullptr: nobody we know. What the listener says is never replaced by
// something weaker, so a name that no proxy has is nobody.
const store::Proxy* FindProxy(const ProxyCredentials& credentials, const store::Snapshot& snapshot);

// What an arrival says, without that which this proxy may not say. Views refer to the arrival.
struct Believed {
  std::string_view source_address;  // Of the client: an IP address; empty: not known.
  std::string_view peer_principal;
  absl::Span<const route::Extension> extensions;
};
Believed Believe(const store::Proxy& proxy, const Arrival& arrival);

// The client's address, with `trusted_hops` proxies between the client and the proxy that asks.
// Each of them appended to X-Forwarded-For whom it had the request from, and the proxy that asks
// may have done so already, too (with `connection_address`), as Envoy's xff_num_trusted_hops
// counts. A list that is too short means that somebody went past those proxies: then the
// connection's address is the client's. "" if the address it comes to is none, or the connection's
// is not known.
std::string_view OriginalAddress(std::string_view connection_address,
                                 absl::Span<const route::Header> headers, uint32_t trusted_hops);

}  // namespace portcullis::gateway

#endif  // PORTCULLIS_SERVER_GATEWAY_PROXY_INTERNAL_H_
