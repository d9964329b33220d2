// Envoy's Authorization service.
#ifndef PORTCULLIS_SERVER_EXT_AUTHZ_SERVICE_H_
#define PORTCULLIS_SERVER_EXT_AUTHZ_SERVICE_H_

#include <string>
#include <string_view>

#include "grpcpp/support/status.h"

#include "envoy/service/auth/v3/external_auth.grpc.pb.h"
#include "server/ext_authz/translate.h"
#include "server/gateway/gatekeeper.h"
#include "server/metrics/registry.h"
#include "server/rpc/rpc_service.h"

namespace portcullis::ext_authz {

// envoy.service.auth.v3.Authorization for one listener. Translates in, asks the gatekeeper,
// translates out. Thread-safe.
//
// Who asks is the proxy that the listener takes everybody for, else the one that a name of the
// client's certificate belongs to, else the one whose secret comes with the call, as the header
// x-portcullis-proxy-secret. A secret that anybody may have read along does not count.
class Service final : public rpc::RpcService {
 public:
  // `gatekeeper` and `metrics` outlive the object. `proxy`: whom the listener takes everybody for;
  // empty: nobody. `metrics`: nullptr counts nothing.
  Service(gateway::Gatekeeper* gatekeeper, std::string proxy, metrics::Registry* metrics);

  grpc::Service* service() override { return calls_.service(); }
  std::string_view name() const override { return calls_.name(); }
  void Serve(rpc::CallQueue* queue, const rpc::WorkerPools& pools,
             const rpc::ServingOptions& options) override {
    calls_.Serve(queue, pools, options);
  }

  // Answers one call. What is no decision is an error; see ToCheckResponse().
  grpc::Status Check(const rpc::CallFacts& facts,
                     const envoy::service::auth::v3::CheckRequest& request,
                     envoy::service::auth::v3::CheckResponse* response);

  // Whether the gatekeeper may have to wait for an identity provider: then it does so in a pool.
  bool MayWait(const rpc::CallFacts& facts, const envoy::service::auth::v3::CheckRequest& request);

 private:
  gateway::Arrival Read(const rpc::CallFacts& facts,
                        const envoy::service::auth::v3::CheckRequest& request,
                        CheckScratch* scratch) const;

  gateway::Gatekeeper& gatekeeper_;
  const std::string proxy_;
  rpc::MethodService<envoy::service::auth::v3::Authorization> calls_;
};

}  // namespace portcullis::ext_authz

#endif  // PORTCULLIS_SERVER_EXT_AUTHZ_SERVICE_H_
