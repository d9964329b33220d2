#include "server/base/text.h"
#include "server/route/mapping_internal.h"
#include "server/route/refusal.h"

namespace portcullis::route {

// SERVICE:Method on arn:aws:SERVICE:REGION:ACCOUNT:pkg.Service/Method.
absl::Status AskGrpc(const MappingTarget& target, const Values& values, Question* question) {
  const CanonicalRequest& canonical = values.canonical;
  if (canonical.grpc_method.empty()) {
    return Refuse(Refusal::kUnmappable, "the request is no gRPC call");
  }
  question->items.push_back({base::Concat({target.service, ":", canonical.grpc_method}),
                             base::Concat({ArnPrefix(target.service, values.gateway),
                                           canonical.grpc_service, "/", canonical.grpc_method})});
  return absl::OkStatus();
}

}  // namespace portcullis::route
