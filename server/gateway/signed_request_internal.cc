#include "server/gateway/signed_request_internal.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>

#include "server/signature/canonical_request.h"
#include "server/signature/verify.h"

namespace portcullis::gateway {
namespace {

using route::Payload;

signature::VerifyOptions OptionsFor(const route::Gateway& gateway, Payload payload,
                                    bool presigned) {
  signature::VerifyOptions options;
  options.expected_service = gateway.signing_service;
  options.expected_region = gateway.signing_region;
  // Proxies add headers such as x-amzn-trace-id on the way.
  options.foreign_amz_headers_allowed = true;
  options.path_rule =
      gateway.s3_signatures ? signature::PathRule::kS3 : signature::PathRule::kStandard;
  options.presigned_payload_unsigned = gateway.s3_signatures;
  switch (payload) {
    case Payload::kBody:
      break;
    case Payload::kDeclared:
      options.payload_rule = signature::PayloadRule::kBodyOrDeclared;
      options.unsigned_payload_allowed = gateway.s3_signatures && presigned;
      break;
    case Payload::kUnsigned:
      options.payload_rule = signature::PayloadRule::kBodyOrDeclared;
      options.unsigned_payload_allowed = true;
      break;
  }
  return options;
}

}  // namespace

const engine::SignedProof& SignedRequest::Read(const route::Request& request,
                                               const route::Gateway& gateway, Payload payload,
                                               bool presigned) {
  headers_.clear();
  headers_.reserve(request.headers.size() + 1);
  for (const route::Header& header : request.headers) {
    headers_.push_back({header.name, header.value});
  }
  if (request.CountHeaders("host") == 0) headers_.push_back({":authority", request.host});

  const size_t mark = std::min(request.target.find('?'), request.target.size());
  proof_ = engine::SignedProof();
  proof_.request.method = request.method;
  proof_.request.path = request.target.substr(0, mark);
  if (mark < request.target.size()) proof_.request.query = request.target.substr(mark + 1);
  proof_.request.headers = headers_;
  if (request.body.has_value()) {
    body_sha256_ = signature::BodySha256(*request.body);
    proof_.request.body_sha256 = body_sha256_;
  } else if (payload != Payload::kBody && request.AnnouncesNoBody()) {
    proof_.request.body_sha256 = signature::kEmptyBodySha256;
  }
  proof_.parsing.presigned_allowed = gateway.presigned;
  proof_.verification = OptionsFor(gateway, payload, presigned);
  return proof_;
}

}  // namespace portcullis::gateway
