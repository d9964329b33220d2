#include "server/route/canonical_request.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/route/override_internal.h"
#include "server/route/path_internal.h"
#include "server/route/query_internal.h"
#include "server/route/refusal.h"
#include "server/route/token_internal.h"

namespace portcullis::route {
namespace {

absl::Status Malformed(std::string_view detail) {
  return Refuse(Refusal::kMalformed, detail);
}

absl::Status CheckHeaders(const Request& request) {
  if (request.headers.size() > kHeadersMax) return Malformed("the request has too many headers");
  size_t bytes = 0;
  for (const Header& header : request.headers) bytes += header.name.size() + header.value.size();
  if (bytes > kHeaderBytesMax) return Malformed("the headers of the request are too large");
  if (request.CountHeaders("host") > 1) {
    return Refuse(Refusal::kAmbiguousHost, "the request has several hosts");
  }
  return absl::OkStatus();
}

absl::Status CheckMethod(std::string_view method) {
  if (method.empty()) return Malformed("the request has no method");
  if (method.size() > kMethodBytesMax) return Malformed("the method is too long");
  if (!IsToken(method)) return Malformed("the method has a character that no method has");
  if (IsMethodInOtherCase(method)) {
    return Malformed("the method is another one to readers who ignore case");
  }
  return absl::OkStatus();
}

bool IsGrpcContentType(std::string_view type) {
  constexpr std::string_view kGrpc = "application/grpc";
  if (!absl::StartsWithIgnoreCase(base::AbslView(type), base::AbslView(kGrpc))) return false;
  const std::string_view rest = type.substr(kGrpc.size());
  return rest.empty() || rest.front() == '+' || rest.front() == ';' || rest.front() == ' ';
}

bool IsProtoName(std::string_view text, bool dots) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [dots](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || (dots && c == '.');
  });
}

// The path names the method, not POST (a gRPC server looks at nothing else).
void FindGrpcMethod(const Request& request, bool has_query, CanonicalRequest* canonical) {
  if (canonical->method != "POST" || has_query || canonical->trailing_slash ||
      canonical->segments.size() != 2) {
    return;
  }
  const std::optional<std::string_view> type = request.FindHeader("content-type");
  if (!type.has_value() || !IsGrpcContentType(*type)) return;
  if (!IsProtoName(canonical->segments[0], true) || !IsProtoName(canonical->segments[1], false)) {
    return;
  }
  canonical->grpc_service = canonical->segments[0];
  canonical->grpc_method = canonical->segments[1];
}

// Splits first and decodes then: "%3F" is part of the path.
absl::Status ReadTarget(const Request& request, const PathOptions& options,
                        CanonicalRequest* canonical) {
  const std::string_view target = request.target;
  if (target.empty()) return Malformed("the request has no path");
  if (target.size() > kTargetBytesMax) return Malformed("the path and query are too long");
  if (target.front() != '/') return Malformed("the path does not begin with a slash");
  const size_t mark = target.find('?');
  if (request.bytes_replaced && target.substr(0, mark).find('!') != std::string_view::npos) {
    return Refuse(Refusal::kAmbiguousPath, "the path has a `!`, which may stand for another byte");
  }
  DecodedPath path;
  RETURN_IF_ERROR(DecodePath(target.substr(0, mark), options, &path));
  canonical->path = std::move(path.path);
  canonical->segments = std::move(path.segments);
  canonical->trailing_slash = path.trailing_slash;
  if (mark != std::string_view::npos) {
    RETURN_IF_ERROR(
        DecodeQuery(target.substr(mark + 1), request.bytes_replaced, &canonical->query));
  }
  FindGrpcMethod(request, mark != std::string_view::npos, canonical);
  return absl::OkStatus();
}

}  // namespace

const QueryParameter* CanonicalRequest::FindQuery(std::string_view name) const {
  const auto found = std::find_if(query.begin(), query.end(),
                                  [name](const auto& parameter) { return parameter.name == name; });
  return found == query.end() ? nullptr : &*found;
}

size_t CanonicalRequest::CountQuery(std::string_view name) const {
  return static_cast<size_t>(
      std::count_if(query.begin(), query.end(),
                    [name](const auto& parameter) { return parameter.name == name; }));
}

absl::StatusOr<CanonicalRequest> Canonicalize(const Request& request, const PathOptions& options) {
  CanonicalRequest canonical;
  if (request.connection_only) {
    if (request.host.empty()) return canonical;
    ASSIGN_OR_RETURN(canonical.host, CanonicalHost(request.host));
    return canonical;
  }
  RETURN_IF_ERROR(CheckMethod(request.method));
  if (request.host.empty()) return Malformed("the request has no host");
  RETURN_IF_ERROR(CheckHeaders(request));
  if (!options.overrides) RETURN_IF_ERROR(CheckOverrides(request));
  ASSIGN_OR_RETURN(canonical.host, CanonicalHost(request.host));
  canonical.method = std::string(request.method);
  RETURN_IF_ERROR(ReadTarget(request, options, &canonical));
  return canonical;
}

}  // namespace portcullis::route
