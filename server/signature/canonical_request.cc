#include "server/signature/canonical_request.h"

#include "server/signature/canonical_internal.h"
#include "server/signature/crypto_internal.h"
#include "server/signature/query_internal.h"

namespace portcullis::signature {

std::optional<std::string> CanonicalRequest(const SignedRequest& request,
                                            std::string_view signed_headers,
                                            std::string_view payload_hash,
                                            const CanonicalRules& rules) {
  std::string canonical;
  canonical.reserve(1024);
  canonical.append(request.method).push_back('\n');
  AppendCanonicalPath(request.path, rules.path_rule, &canonical);
  canonical.push_back('\n');
  AppendCanonicalQuery(request.query, rules.presigned, &canonical);
  canonical.push_back('\n');
  if (!AppendCanonicalHeaders(request.headers, signed_headers, &canonical)) return std::nullopt;
  canonical.push_back('\n');
  canonical.append(signed_headers).push_back('\n');
  canonical.append(payload_hash);
  return canonical;
}

std::string BodySha256(std::string_view body) {
  if (body.empty()) return std::string(kEmptyBodySha256);
  HexDigest hex;
  return Sha256Hex(body, &hex) ? std::string(TextOf(hex)) : "";
}

}  // namespace portcullis::signature
