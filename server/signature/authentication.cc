#include "server/signature/authentication.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/types/span.h"

#include "server/base/blanks.h"
#include "server/base/numbers.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/signature/canonical_internal.h"
#include "server/signature/date_internal.h"
#include "server/signature/query_internal.h"
#include "server/signature/text_internal.h"

namespace portcullis::signature {
namespace {

using base::Concat;

// Proxies drop or rewrite these; and a signature cannot cover its own header.
constexpr std::string_view kNeverSigned[] = {
    "authorization",       "connection", "keep-alive", "proxy-authenticate", "proxy-connection",
    "proxy-authorization", "te",         "trailer",    "transfer-encoding",  "upgrade"};

absl::Status CheckBounds(const SignedRequest& request) {
  if (request.method.size() > kMethodBytesMax || !IsToken(request.method)) {
    return IncompleteSignature("The request method is malformed.");
  }
  if (!request.path.empty() && request.path.front() != '/') {
    return IncompleteSignature("The request path must be absolute.");
  }
  if (request.path.size() > kPathBytesMax || request.query.size() > kQueryBytesMax) {
    return IncompleteSignature("The request target is too long.");
  }
  size_t bytes = 0;
  for (const HeaderField& header : request.headers) {
    bytes += header.name.size() + header.value.size();
  }
  if (request.headers.size() > kHeadersMax || bytes > kHeaderBytesMax) {
    return IncompleteSignature("The request has too many or too long headers.");
  }
  return absl::OkStatus();
}

// The beginning of `text` that consists of letters, digits and `marks`: what a message may quote. A
// client that got the separators wrong may have its signature, or another secret, behind it.
std::string_view Quotable(std::string_view text, std::string_view marks) {
  constexpr size_t kBytesMax = 128;
  const auto* const end = std::find_if(text.begin(), text.end(), [marks](char c) {
    return !IsAlphanumeric(c) && marks.find(c) == std::string_view::npos;
  });
  return text.substr(0, std::min<size_t>(kBytesMax, end - text.begin()));
}

absl::Status UnsupportedAlgorithm(std::string_view algorithm) {
  return IncompleteSignature(
      Concat({"Unsupported AWS 'algorithm': '", Quotable(algorithm, "-"), "'"}));
}

absl::Status MalformedDate(std::string_view date) {
  return IncompleteSignature(
      Concat({"Date must be in ISO-8601 'basic format'. Got '", Printable(date),
              "'. See http://en.wikipedia.org/wiki/ISO_8601"}));
}

bool IsGraphic(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

bool IsAccessKeyId(std::string_view text) {
  return !text.empty() && text.size() <= kAccessKeyIdBytesMax &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return IsAlphanumeric(c) || c == '_'; });
}

// Credential: key id and the four parts of the scope.
absl::Status ParseCredential(std::string_view credential, Authentication* authentication) {
  const std::array<std::string*, 5> parts = {&authentication->access_key_id,
                                             &authentication->scope_date, &authentication->region,
                                             &authentication->service, &authentication->terminator};
  if (std::count(credential.begin(), credential.end(), '/') != parts.size() - 1) {
    return IncompleteSignature(
        "Credential must have exactly 5 slash-delimited elements, "
        "e.g. keyid/date/region/service/term.");
  }
  for (std::string* const part : parts) {
    const size_t end = std::min(credential.find('/'), credential.size());
    *part = credential.substr(0, end);
    credential.remove_prefix(std::min(end + 1, credential.size()));
    const bool is_key_id = part == parts.front();
    if (is_key_id ? !IsAccessKeyId(*part)
                  : part->empty() || part->size() > kScopePartBytesMax || !IsGraphic(*part)) {
      return IncompleteSignature("Credential has a malformed element.");
    }
  }
  return absl::OkStatus();
}

bool CanBeSigned(std::string_view name) {
  const bool lower = std::none_of(name.begin(), name.end(), [](char c) { return c != ToLower(c); });
  return (name == ":authority" || IsToken(name)) && lower &&
         std::find(std::begin(kNeverSigned), std::end(kNeverSigned), name) ==
             std::end(kNeverSigned);
}

// One spelling only: there is nothing to gain from guessing what a client meant.
absl::Status ParseSignedHeaders(std::string_view list, Authentication* authentication) {
  std::string_view previous;
  std::string_view rest = list;
  size_t count = 0;
  do {
    const std::string_view name = TakeName(&rest);
    if (++count > kSignedHeadersMax || !CanBeSigned(name) || name <= previous) {
      return IncompleteSignature(
          "SignedHeaders must be a list of end-to-end header names in lower case, sorted, "
          "separated "
          "by semicolons.");
    }
    previous = name;
  } while (!rest.empty());
  if (list.back() == ';') return IncompleteSignature("SignedHeaders must not end in a semicolon.");
  authentication->signed_headers = list;
  return absl::OkStatus();
}

struct SignatureParts {
  std::optional<std::string_view> credential;
  std::optional<std::string_view> signed_headers;
  std::optional<std::string_view> signature;
};

absl::Status FillParts(const SignatureParts& parts, Authentication* authentication) {
  RETURN_IF_ERROR(ParseCredential(*parts.credential, authentication));
  RETURN_IF_ERROR(ParseSignedHeaders(*parts.signed_headers, authentication));
  authentication->signature = *parts.signature;
  return absl::OkStatus();
}

// ---- Header form --------------------------------------------------------------------------------

// The header without what must not be in a message.
std::string Redacted(const SignatureParts& parts) {
  std::string text(kAlgorithm);
  std::string_view separator = " ";
  const auto append = [&](std::string_view name, std::string_view value) {
    text += Concat({separator, name, "=", value});
    separator = ", ";
  };
  if (parts.credential) append("Credential", Quotable(*parts.credential, "/-_"));
  if (parts.signed_headers) append("SignedHeaders", Quotable(*parts.signed_headers, ";-:_"));
  if (parts.signature) append("Signature", "...");
  return text;
}

std::optional<std::string_view>* PlaceOf(std::string_view name, SignatureParts* parts) {
  if (name == "Credential") return &parts->credential;
  if (name == "SignedHeaders") return &parts->signed_headers;
  if (name == "Signature") return &parts->signature;
  return nullptr;
}

// The parameters behind the algorithm, in any order.
absl::StatusOr<SignatureParts> SplitParameters(std::string_view text) {
  SignatureParts parts;
  for (bool more = !text.empty(); more;) {
    const size_t end = std::min(text.find(','), text.size());
    const std::string_view part = base::TrimBlanks(text.substr(0, end));
    more = end < text.size();
    text.remove_prefix(more ? end + 1 : end);
    const size_t equals = part.find('=');
    if (equals == std::string_view::npos) {
      return IncompleteSignature(
          "Authorization header has a part that is not a valid key=value pair (missing "
          "equal-sign).");
    }
    std::optional<std::string_view>* const place = PlaceOf(part.substr(0, equals), &parts);
    if (place == nullptr || place->has_value()) {
      return IncompleteSignature(
          "Authorization header must have the parameters 'Credential', 'SignedHeaders' and "
          "'Signature', each once, and no other.");
    }
    *place = part.substr(equals + 1);
  }
  return parts;
}

absl::StatusOr<SignatureParts> SplitAuthorization(std::string_view authorization) {
  if (authorization.size() > kAuthorizationBytesMax) {
    return IncompleteSignature("The Authorization header is too long.");
  }
  const size_t end = std::min(authorization.find_first_of(" \t"), authorization.size());
  const std::string_view algorithm = authorization.substr(0, end);
  if (algorithm != kAlgorithm) {
    // A header of one word may be a secret rather than the name of a scheme.
    const bool is_scheme = end < authorization.size() || StartsWithLower(algorithm, "aws");
    return UnsupportedAlgorithm(is_scheme ? algorithm : "");
  }
  return SplitParameters(base::TrimBlanks(authorization.substr(end)));
}

absl::Status CheckNothingMissing(const SignatureParts& parts, bool has_date) {
  std::string missing;
  const auto require = [&missing](std::string_view name, bool present) {
    if (!present) missing += Concat({"Authorization header requires '", name, "' parameter. "});
  };
  require("Credential", parts.credential.has_value());
  require("Signature", parts.signature.has_value());
  require("SignedHeaders", parts.signed_headers.has_value());
  if (!has_date) {
    missing +=
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
  }
  if (missing.empty()) return absl::OkStatus();
  return IncompleteSignature(Concat({missing, "Authorization=", Redacted(parts)}));
}

absl::StatusOr<Authentication> ParseHeaderForm(const KnownHeaders& known) {
  ASSIGN_OR_RETURN(const SignatureParts parts, SplitAuthorization(*known.authorization));
  const bool has_date = known.amz_date.has_value() || known.date.has_value();
  RETURN_IF_ERROR(CheckNothingMissing(parts, has_date));
  Authentication authentication;
  RETURN_IF_ERROR(FillParts(parts, &authentication));
  // X-Amz-Date wins.
  const std::string_view date = known.amz_date.has_value() ? *known.amz_date : *known.date;
  std::optional<absl::Time> time = ParseBasicDate(date);
  authentication.date = date;
  if (!time.has_value() && !known.amz_date.has_value()) {
    time = ParseHttpDate(date);
    if (time.has_value()) authentication.date = FormatBasicDate(*time);
  }
  if (!time.has_value()) return MalformedDate(date);
  authentication.time = *time;
  if (known.amz_security_token.has_value()) {
    authentication.security_token.emplace(*known.amz_security_token);
  }
  return authentication;
}

// ---- Query form ---------------------------------------------------------------------------------

absl::Status CheckNothingMissing(const QueryAuthentication& query) {
  std::string missing;
  const auto require = [&missing](std::string_view name, bool present) {
    if (!present) {
      missing += Concat({"AWS query-string parameters must include '", name, "'. "});
    }
  };
  require("X-Amz-Algorithm", query.algorithm.has_value());
  require("X-Amz-Credential", query.credential.has_value());
  require("X-Amz-Signature", query.signature.has_value());
  require("X-Amz-SignedHeaders", query.signed_headers.has_value());
  require("X-Amz-Date", query.date.has_value());
  require("X-Amz-Expires", query.expires.has_value());
  if (missing.empty()) return absl::OkStatus();
  return IncompleteSignature(Concat({missing, "Re-examine the query-string parameters."}));
}

absl::StatusOr<Authentication> ParseQueryForm(QueryAuthentication query) {
  if (query.algorithm.has_value() && *query.algorithm != kAlgorithm) {
    return UnsupportedAlgorithm(*query.algorithm);
  }
  RETURN_IF_ERROR(CheckNothingMissing(query));
  if (query.credential->size() + query.signed_headers->size() + query.signature->size() >
      kAuthorizationBytesMax) {
    return IncompleteSignature("The query-string parameters of the signature are too long.");
  }
  Authentication authentication;
  RETURN_IF_ERROR(
      FillParts({query.credential, query.signed_headers, query.signature}, &authentication));
  const std::optional<absl::Time> time = ParseBasicDate(*query.date);
  if (!time.has_value()) return MalformedDate(*query.date);
  authentication.time = *time;
  authentication.date = *std::move(query.date);
  const std::optional<uint64_t> seconds =
      base::ParseUnsigned(*query.expires, uint64_t{kPresignedSecondsMax});
  if (!seconds.has_value() || *seconds < uint64_t{kPresignedSecondsMin}) {
    return IncompleteSignature("X-Amz-Expires must be a number of seconds from 1 to 604800.");
  }
  authentication.presigned = true;
  authentication.expires = absl::Seconds(static_cast<int64_t>(*seconds));
  authentication.security_token = std::move(query.security_token);
  return authentication;
}

}  // namespace

absl::StatusOr<Authentication> ParseAuthentication(const SignedRequest& request,
                                                   const ParseOptions& options) {
  RETURN_IF_ERROR(CheckBounds(request));
  ASSIGN_OR_RETURN(const KnownHeaders known, FindKnownHeaders(request.headers));
  ASSIGN_OR_RETURN(QueryAuthentication query, FindQueryAuthentication(request.query));
  const bool has_header = known.authorization.has_value() && !known.authorization->empty();
  if (!query.any()) {
    if (!has_header) return MissingAuthenticationToken();
    return ParseHeaderForm(known);
  }
  // A token in the header of a presigned request is half of the other form.
  if (has_header || known.amz_security_token.has_value()) {
    return IncompleteSignature(
        "Authentication must be in the headers or in the query string, not in both.");
  }
  if (!options.presigned_allowed) {
    return IncompleteSignature("Authentication in the query string is not accepted here.");
  }
  return ParseQueryForm(std::move(query));
}

}  // namespace portcullis::signature
