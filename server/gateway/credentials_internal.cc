#include "server/gateway/credentials_internal.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/match.h"

#include "server/base/blanks.h"
#include "server/base/text.h"

namespace portcullis::gateway {
namespace {

using Kind = Presented::Kind;

constexpr std::string_view kAuthorization = "authorization";
constexpr std::string_view kSecurityToken = "x-amz-security-token";
// Any of these makes a query a presigned one.
constexpr std::string_view kPresignedParameters[] = {"X-Amz-Algorithm", "X-Amz-Credential",
                                                     "X-Amz-Signature"};
constexpr std::string_view kSecurityTokenParameter = "X-Amz-Security-Token";

bool HasPrefixFolded(std::string_view text, std::string_view prefix) {
  return absl::StartsWithIgnoreCase(base::AbslView(text), base::AbslView(prefix));
}

std::string_view SchemeOf(std::string_view authorization) {
  return authorization.substr(0, authorization.find_first_of(" \t"));
}

// Several credentials that somebody joined with commas: within one, a part behind a comma is a
// parameter, `name=value` without blanks (RFC 9110 section 11.6.2).
bool IsJoined(std::string_view authorization) {
  for (size_t comma = authorization.find(','); comma != std::string_view::npos;
       comma = authorization.find(',', comma + 1)) {
    const size_t end = authorization.find(',', comma + 1);
    const std::string_view part = base::TrimBlanks(authorization.substr(
        comma + 1, end == std::string_view::npos ? std::string_view::npos : end - comma - 1));
    if (part.find_first_of(" \t") != std::string_view::npos ||
        part.find('=') == std::string_view::npos) {
      return true;
    }
  }
  return false;
}

// The token of a Bearer credential; empty for other schemes.
std::string_view TokenOf(std::string_view authorization) {
  const std::string_view scheme = SchemeOf(authorization);
  if (!base::EqualFolded(scheme, "Bearer")) return {};
  return base::TrimBlanks(authorization.substr(scheme.size()));
}

Presented ReadAuthorization(std::string_view authorization) {
  Presented presented;
  const std::string_view scheme = SchemeOf(authorization);
  const bool bearer = base::EqualFolded(scheme, "Bearer");
  // A bearer token has no commas at all.
  if (IsJoined(authorization) || (bearer && authorization.find(',') != std::string_view::npos)) {
    presented.kind = Kind::kConflicting;
  } else if (bearer) {
    presented.token = TokenOf(authorization);
    presented.kind = KindOfBearer(presented.token);
  } else if (HasPrefixFolded(scheme, "AWS")) {
    presented.kind = Kind::kSignature;
  } else {
    presented.kind = Kind::kOther;
  }
  return presented;
}

struct Counts {
  size_t authorizations = 0;
  size_t security_tokens = 0;
  bool presigned = false;
  std::string_view authorization;
};

Counts CountCredentials(const route::Request& request, const route::CanonicalRequest& canonical) {
  Counts counts;
  for (const route::Header& header : request.headers) {
    if (header.name == kAuthorization) {
      ++counts.authorizations;
      counts.authorization = base::TrimBlanks(header.value);
    } else if (header.name == kSecurityToken) {
      counts.security_tokens +=
          1 + static_cast<size_t>(std::count(header.value.begin(), header.value.end(), ','));
    }
  }
  for (const route::QueryParameter& parameter : canonical.query) {
    if (parameter.name == kSecurityTokenParameter) ++counts.security_tokens;
    counts.presigned = counts.presigned ||
                       std::find(std::begin(kPresignedParameters), std::end(kPresignedParameters),
                                 parameter.name) != std::end(kPresignedParameters);
  }
  return counts;
}

}  // namespace

Kind KindOfBearer(std::string_view token) {
  return std::count(token.begin(), token.end(), '.') == 2 ? Kind::kWebIdentity
                                                          : Kind::kSessionToken;
}

std::string_view BearerToken(const route::Request& request) {
  const std::optional<std::string_view> authorization = request.FindHeader(kAuthorization);
  return authorization.has_value() ? TokenOf(base::TrimBlanks(*authorization)) : std::string_view();
}

Presented ReadCredentials(const route::Request& request, const route::CanonicalRequest& canonical) {
  const Counts counts = CountCredentials(request, canonical);
  Presented presented;
  presented.kind = Kind::kConflicting;
  if (counts.authorizations > 1 || counts.security_tokens > 1) return presented;
  if (counts.authorization.empty()) {
    presented.kind = counts.presigned ? Kind::kSignature : Kind::kNothing;
    presented.in_query = counts.presigned;
    return presented;
  }
  if (counts.presigned) return presented;
  Presented read = ReadAuthorization(counts.authorization);
  const bool bearer = read.kind == Kind::kSessionToken || read.kind == Kind::kWebIdentity;
  return bearer && counts.security_tokens > 0 ? presented : read;
}

}  // namespace portcullis::gateway
