// Names for the sessions of callers that others vouch for.
#ifndef PORTCULLIS_SERVER_GATEWAY_SESSION_NAME_INTERNAL_H_
#define PORTCULLIS_SERVER_GATEWAY_SESSION_NAME_INTERNAL_H_

#include <string>
#include <string_view>

namespace portcullis::gateway {

// A role session name (R-5.29: 2 to 64 of [A-Za-z0-9_+=,.@-]) for the subject of a token. One that
// is such a name stays as it is, unless it ends like one that was made here. Of others every
// character that may not be there becomes `-`, and the first 16 hex digits of the subject's SHA-256
// follow: policies and applications know callers by these names, so no two subjects may share one.
// "" if the cryptographic library fails.
std::string SessionNameFor(std::string_view subject);

// The same for the path of a SPIFFE ID, "/ns/orders/sa/web": its segments joined by commas, which
// such paths never contain. All of it, since its last segment is no more than half a name.
std::string SessionNameForWorkload(std::string_view spiffe_path);

}  // namespace portcullis::gateway

#endif  // PORTCULLIS_SERVER_GATEWAY_SESSION_NAME_INTERNAL_H_
