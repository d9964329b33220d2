// What the benchmarks of this program ask Portcullis.
#ifndef PORTCULLIS_TESTS_BENCH_RPC_QUESTIONS_H_
#define PORTCULLIS_TESTS_BENCH_RPC_QUESTIONS_H_

#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "portcullis/v1/authorization_service.pb.h"
#include "tests/bench/rpc/client.h"

namespace portcullis::bench {

inline constexpr std::string_view kAuthorizeMethod =
    "/portcullis.v1.AuthorizationService/Authorize";

// Whether this user of UserFiles() may read the object that is theirs, with four context entries.
v1::AuthorizeRequest UserRequest(size_t user);
// May they, for the first `user_count` users, in an order without a pattern: they may.
// With `revisions`, the revisions of the policies that answered are added to it.
Questions AboutUsers(size_t user_count, std::set<std::string>* revisions = nullptr);
// The one question that the server of constant answers expects, which is about user-5.
Questions AboutOneUser();

// The same caller's questions about many orders (door_requests.h), by token: they may.
std::vector<v1::AuthorizeRequest> SessionRequests(const std::string& token);
Questions AboutOrders(const std::string& token);
// The same asked of the server of constant answers, which takes everybody for user-5.
Questions AboutOrdersInVain(const std::string& token);

// The policies behind AboutOrders(), with gateway and proxy.
std::string DoorYaml();
// A token of a session of kDoorRole. Ends the benchmark if there is none.
std::string AssumeDoorRole(const Endpoint& endpoint);

// One call and its answer. Ends the benchmark if there is no answer.
v1::AuthorizeResponse AuthorizeOrDie(const Endpoint& endpoint, const v1::AuthorizeRequest& request);
// The same for a server that may not be there yet: DECISION_UNSPECIFIED without an answer.
v1::Decision TryAuthorize(const std::shared_ptr<grpc::Channel>& channel,
                          const v1::AuthorizeRequest& request);

}  // namespace portcullis::bench

#endif  // PORTCULLIS_TESTS_BENCH_RPC_QUESTIONS_H_
