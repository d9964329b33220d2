// From Envoy's CheckRequest to a gateway's arrival.
#ifndef PORTCULLIS_SERVER_EXT_AUTHZ_TRANSLATE_H_
#define PORTCULLIS_SERVER_EXT_AUTHZ_TRANSLATE_H_

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "envoy/service/auth/v3/external_auth.pb.h"
#include "server/gateway/gatekeeper.h"
#include "server/route/request.h"

namespace portcullis::ext_authz {

// Memory for the lists of one request, kept from call to call by the thread that translates. Holds
// views of the message it last translated. Not thread-safe.
class CheckScratch {
 public:
  void Clear();

  std::vector<route::Header> headers;
  std::vector<route::Extension> extensions;
  // Names that were not in lower case. A deque: its strings stay where they are.
  std::deque<std::string> lowered;
};

// What `request` tells, as a gateway takes it; all but `proxy`, which the connection tells. Views
// refer to `request` and `*scratch` and are good until either changes.
//
// Total: what is not there stays empty, which the gatekeeper refuses. In particular:
//   - header_map, which has every header byte for byte, counts for more than headers, where names
//     are joined and bytes replaced; with it the pseudo headers count for more than the fields made
//     of them. Where the two contradict each other, or query and fragment say what is not in the
//     path, the request is left without a method, which is refused.
//   - Pseudo headers are never among the headers.
//   - The body is known if Envoy says that it sent all of it, or if the head says that there is
//     none. The header by which Envoy says so (which it never passes on from a client) is dropped.
//   - No request but a source or a destination: a bare connection, of Envoy's network filter.
//   - x-forwarded-for, source.service and the like are not looked at.
void ToArrival(const envoy::service::auth::v3::CheckRequest& request, CheckScratch* scratch,
               gateway::Arrival* arrival);

}  // namespace portcullis::ext_authz

#endif  // PORTCULLIS_SERVER_EXT_AUTHZ_TRANSLATE_H_
