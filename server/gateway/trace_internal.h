// W3C Trace Context, as far as records need it.
#ifndef PORTCULLIS_SERVER_GATEWAY_TRACE_INTERNAL_H_
#define PORTCULLIS_SERVER_GATEWAY_TRACE_INTERNAL_H_

#include <string_view>

namespace portcullis::gateway {

// The trace id of a `traceparent` header, 32 lower-case hex digits; "" for whatever is none: the
// specification has it then be as if there were no header.
std::string_view TraceIdOf(std::string_view trace_parent);

}  // namespace portcullis::gateway

#endif  // PORTCULLIS_SERVER_GATEWAY_TRACE_INTERNAL_H_
