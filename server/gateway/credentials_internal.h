// What a request shows of its caller, before anything of it is verified.
#ifndef PORTCULLIS_SERVER_GATEWAY_CREDENTIALS_INTERNAL_H_
#define PORTCULLIS_SERVER_GATEWAY_CREDENTIALS_INTERNAL_H_

#include <cstdint>
#include <string_view>

#include "server/route/canonical_request.h"
#include "server/route/request.h"

namespace portcullis::gateway {

// Credentials of the request itself; the certificate of its connection is the proxy's to tell.
// Views refer to the request.
struct Presented {
  enum class Kind : uint8_t {
    kNothing,
    kConflicting,   // Two at once: whoever reads the other one takes the caller for another.
    kSignature,     // Signature Version 4, header or query.
    kSessionToken,  // A bearer token that is no JWT.
    kWebIdentity,   // A bearer token in the form of a JWT.
    kOther,         // Another scheme, such as Basic.
  };
  Kind kind = Kind::kNothing;
  bool in_query = false;   // kSignature: presigned.
  std::string_view token;  // kSessionToken, kWebIdentity.
};

// Only forms are looked at. kConflicting: more than one `authorization`, also as one that a proxy
// joined with a comma; an Authorization and a presigned query; several security tokens, or one
// beside a bearer token. `canonical` is that of `request`.
Presented ReadCredentials(const route::Request& request, const route::CanonicalRequest& canonical);

// What a bearer token is by its form: three parts with dots between them are a JWT, since session
// tokens have no dots.
Presented::Kind KindOfBearer(std::string_view token);

// The bearer token of the only Authorization header; empty if there is none, or something else.
std::string_view BearerToken(const route::Request& request);

}  // namespace portcullis::gateway

#endif  // PORTCULLIS_SERVER_GATEWAY_CREDENTIALS_INTERNAL_H_
