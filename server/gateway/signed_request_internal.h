// Requests at a proxy's door as Signature Version 4 sees them.
#ifndef PORTCULLIS_SERVER_GATEWAY_SIGNED_REQUEST_INTERNAL_H_
#define PORTCULLIS_SERVER_GATEWAY_SIGNED_REQUEST_INTERNAL_H_

#include <string>
#include <vector>

#include "server/engine/signed_caller.h"
#include "server/route/definition.h"
#include "server/route/request.h"
#include "server/route/table.h"
#include "server/signature/request.h"

namespace portcullis::gateway {

// Owns what a proof refers to besides the request. Not copied, not moved.
class SignedRequest {
 public:
  SignedRequest() = default;
  SignedRequest(const SignedRequest&) = delete;
  SignedRequest& operator=(const SignedRequest&) = delete;

  // The proof for `request`, verified as `gateway` wants it, with the rule's `payload`: for the
  // gateway's service and region, and, if it takes S3's signatures, with S3's paths and its
  // presigned requests, which never say anything about their payload. `presigned` is how the
  // request presents itself. Good until the next call, and while `request` and `gateway` are.
  const engine::SignedProof& Read(const route::Request& request, const route::Gateway& gateway,
                                  route::Payload payload, bool presigned);

 private:
  std::vector<signature::HeaderField> headers_;
  std::string body_sha256_;
  engine::SignedProof proof_;
};

}  // namespace portcullis::gateway

#endif  // PORTCULLIS_SERVER_GATEWAY_SIGNED_REQUEST_INTERNAL_H_
