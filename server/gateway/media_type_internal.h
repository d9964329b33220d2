// Which form of answer a client wants to have.
#ifndef PORTCULLIS_SERVER_GATEWAY_MEDIA_TYPE_INTERNAL_H_
#define PORTCULLIS_SERVER_GATEWAY_MEDIA_TYPE_INTERNAL_H_

#include <cstdint>

#include "server/route/request.h"

namespace portcullis::gateway {

enum class MediaType : uint8_t { kText, kJson, kHtml };

// By the weights of `accept` (RFC 9110 section 12.5.1): of those that weigh most JSON before HTML
// before text. Without the header JSON; where nothing of ours is wanted, or to gRPC, text.
MediaType PreferredMediaType(const route::Request& request);

// A gRPC call, gRPC-Web's too.
bool IsGrpc(const route::Request& request);

}  // namespace portcullis::gateway

#endif  // PORTCULLIS_SERVER_GATEWAY_MEDIA_TYPE_INTERNAL_H_
