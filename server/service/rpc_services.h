// The services of portcullis.v1, ready to be served.
#ifndef PORTCULLIS_SERVER_SERVICE_RPC_SERVICES_H_
#define PORTCULLIS_SERVER_SERVICE_RPC_SERVICES_H_

#include "server/metrics/registry.h"
#include "server/rpc/rpc_service.h"
#include "server/service/account_service.h"
#include "server/service/authorization_service.h"
#include "server/service/policy_admin_service.h"
#include "server/service/security_token_service.h"

namespace portcullis::service {

// What the methods are answered with. Everything outlives the server.
struct RpcHandlers {
  AuthorizationService* authorization = nullptr;
  SecurityTokenService* security_token = nullptr;
  PolicyAdminService* policy_admin = nullptr;
  metrics::Registry* metrics = nullptr;  // nullptr: nothing is counted.
  AccountService* account = nullptr;     // nullptr: the service is not offered.
};

// One object per service, for one server. Every method of portcullis.v1 has its line here.
rpc::RpcServices MakeRpcServices(const RpcHandlers& handlers);

}  // namespace portcullis::service

#endif  // PORTCULLIS_SERVER_SERVICE_RPC_SERVICES_H_
