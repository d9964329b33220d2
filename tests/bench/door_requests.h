// Requests at a proxy's door that are allowed, and the world in which they are: what the benchmarks
// of the door ask, in the process and over gRPC.
#ifndef PORTCULLIS_TESTS_BENCH_DOOR_REQUESTS_H_
#define PORTCULLIS_TESTS_BENCH_DOOR_REQUESTS_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace portcullis::bench {

inline constexpr std::string_view kDoorHost = "orders.example.com";
inline constexpr std::string_view kDoorProxy = "edge";
inline constexpr std::string_view kDoorAction = "orders:GetOrder";

// Who asks: a user with a key, and a role that the user may assume. Both have the policies of
// DoorPolicies().
inline constexpr std::string_view kDoorUser = "ana";
inline constexpr std::string_view kDoorUserArn = "arn:aws:iam::111111111111:user/ana";
inline constexpr std::string_view kDoorKeyId = "AKIAIOSFODNN7EXAMPLE";
inline constexpr std::string_view kDoorSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
inline constexpr std::string_view kDoorRole = "Clerk";
inline constexpr std::string_view kDoorRoleArn = "arn:aws:iam::111111111111:role/Clerk";
inline constexpr std::string_view kDoorSession = "web-42";
inline constexpr std::string_view kDoorSessionArn =
    "arn:aws:sts::111111111111:assumed-role/Clerk/web-42";

// Ten documents of one statement with one condition each; one allows kDoorAction on every
// OrderArn() while app:department is "blue", which the header x-department says.
std::vector<std::string> DoorPolicies();
std::string OrderArn(size_t order);

// The role's trust policy and the user's permission, in one document each.
std::string DoorTrust();
std::string DoorAssume();

// The rule that makes the question: path, resource and context with variables.
inline constexpr std::string_view kDoorPath = "/orders/{order}";
inline constexpr std::string_view kDoorResource =
    "arn:aws:orders:${region}:${account}:order/${path.order}";
inline constexpr std::string_view kDoorContextKey = "app:department";
inline constexpr std::string_view kDoorContextValue = "${header.x-department}";

// A GET at kDoorHost as an SDK sends it through Envoy: about a dozen headers, no body.
struct DoorRequest {
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;  // Names in lower case.
};

// `count` requests of different orders, with the session's token as bearer.
std::vector<DoorRequest> BearerRequests(size_t count, std::string_view token);
// With signatures of the user's key, each another one.
std::vector<DoorRequest> SignedRequests(size_t count, absl::Time now);

}  // namespace portcullis::bench

#endif  // PORTCULLIS_TESTS_BENCH_DOOR_REQUESTS_H_
