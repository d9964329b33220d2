#include "server/gateway/asker.h"

#include "server/gateway/proxy_internal.h"
#include "server/gateway/trace_internal.h"

namespace portcullis::gateway {

absl::StatusOr<Asker> RecognizeAsker(const ProxyCredentials& credentials,
                                     std::string_view trace_parent,
                                     const store::PolicyStore& store) {
  Asker asker;
  asker.snapshot = store.Current();
  if (asker.snapshot == nullptr) return engine::NotLoaded();
  asker.trace_id = TraceIdOf(trace_parent);
  const store::Proxy* const proxy = FindProxy(credentials, *asker.snapshot);
  if (proxy == nullptr) return asker;
  asker.proxy = proxy->name;
  asker.may_assert_principals = proxy->asserts_principals;
  asker.may_supply_request_facts = proxy->asserts_source_address;
  return asker;
}

}  // namespace portcullis::gateway
