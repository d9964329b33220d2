#include "server/gateway/reply.h"

#include <algorithm>
#include <iterator>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"

#include "server/base/json_writer.h"
#include "server/base/percent.h"
#include "server/base/text.h"
#include "server/gateway/media_type_internal.h"
#include "server/route/header_name.h"

namespace portcullis::gateway {
namespace {

using Outcome = Verdict::Outcome;

constexpr std::string_view kPrefix = "x-portcullis-";
constexpr std::string_view kPrincipal = "x-portcullis-principal";
constexpr std::string_view kAccount = "x-portcullis-account";
constexpr std::string_view kUserId = "x-portcullis-user-id";
constexpr std::string_view kDecisionId = "x-portcullis-decision-id";
constexpr std::string_view kIdentityNames[] = {kPrincipal, kAccount, kUserId, kDecisionId};

// Headers that prove who the caller is.
constexpr std::string_view kCredentialHeaders[] = {"authorization", "x-amz-security-token"};
// Parameters of a presigned request that prove it.
constexpr std::string_view kCredentialParameters[] = {"X-Amz-Signature", "X-Amz-Security-Token"};

template <size_t size>
bool Contains(const std::string_view (&names)[size], std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

// A value that is one line whatever is in it: what comes here has been checked when it was loaded,
// but a line end would be a header of its own.
std::string OneLine(std::string_view value) {
  std::string line(value);
  std::replace_if(
      line.begin(), line.end(),
      [](char c) { return absl::ascii_iscntrl(static_cast<unsigned char>(c)); }, '?');
  return base::IsValidUtf8(line) ? line : std::string();
}

// Whether an application could take the header for one of ours.
bool LooksLikeOurs(std::string_view name) {
  if (name.size() < kPrefix.size()) return false;
  return std::equal(kPrefix.begin(), kPrefix.end(), name.begin(), [](char ours, char theirs) {
    return ours == route::FoldedHeaderCharacter(theirs);
  });
}

bool IsToBeRemoved(std::string_view name, const Verdict& verdict) {
  if (LooksLikeOurs(name)) return !Contains(kIdentityNames, name);
  return !verdict.forward_credentials && verdict.proof == Verdict::Proof::kAuthorization &&
         Contains(kCredentialHeaders, name);
}

void AddOnce(std::string_view name, std::vector<std::string>* names) {
  if (std::find(names->begin(), names->end(), name) == names->end()) names->emplace_back(name);
}

int StatusOf(const Verdict& verdict, bool grpc) {
  switch (verdict.outcome) {
    case Outcome::kUndecided:
      return verdict.failure.code() == absl::StatusCode::kResourceExhausted ? 429 : 503;
    case Outcome::kUnauthenticated:
      return 401;
    case Outcome::kRefused:
      // To gRPC clients 400 would become INTERNAL, as if it were our fault.
      return grpc ? 403 : 400;
    case Outcome::kDenied:
    case Outcome::kAllowed:
      break;
  }
  return 403;
}

std::string EscapedHtml(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped.push_back(c);
    }
  }
  return escaped;
}

std::string_view TitleOf(int status) {
  switch (status) {
    case 400:
      return "Bad request";
    case 401:
      return "Not authenticated";
    case 429:
    case 503:
      return "Not available";
    default:
      return "Access denied";
  }
}

std::string JsonBody(const Verdict& verdict) {
  base::JsonWriter json;
  json.BeginObject();
  json.Member("message", std::string_view(verdict.message));
  json.Member("reason", std::string_view(verdict.reason));
  json.Member("decisionId", std::string_view(verdict.decision_id));
  json.EndObject();
  return base::Concat({json.text(), "\n"});
}

std::string HtmlBody(const Verdict& verdict, int status) {
  const std::string_view title = TitleOf(status);
  return base::Concat({"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>",
                       title, "</title></head>\n<body><h1>", title, "</h1>\n<p>",
                       EscapedHtml(verdict.message), "</p>\n<p><small>",
                       EscapedHtml(verdict.reason), ", decision ", EscapedHtml(verdict.decision_id),
                       "</small></p></body></html>\n"});
}

// One line without its end: proxies make a grpc-message of it.
std::string TextBody(const Verdict& verdict) {
  return OneLine(base::Concat(
      {verdict.message, " (", verdict.reason, ", decision ", verdict.decision_id, ")"}));
}

std::string_view ContentTypeOf(MediaType type) {
  switch (type) {
    case MediaType::kText:
      return "text/plain; charset=utf-8";
    case MediaType::kJson:
      return "application/json";
    case MediaType::kHtml:
      return "text/html; charset=utf-8";
  }
  return "text/plain; charset=utf-8";
}

std::string BodyOf(const Verdict& verdict, MediaType type, int status) {
  switch (type) {
    case MediaType::kText:
      return TextBody(verdict);
    case MediaType::kJson:
      return JsonBody(verdict);
    case MediaType::kHtml:
      return HtmlBody(verdict, status);
  }
  return {};
}

}  // namespace

std::vector<ReplyHeader> IdentityHeaders(const Verdict& verdict) {
  std::vector<ReplyHeader> headers;
  const auto add = [&headers](std::string_view name, std::string_view value) {
    headers.push_back({std::string(name), OneLine(value)});
  };
  add(kPrincipal, verdict.principal_arn);
  add(kAccount, verdict.account);
  add(kUserId, verdict.user_id);
  add(kDecisionId, verdict.decision_id);
  return headers;
}

std::vector<std::string> HeadersToRemove(const route::Request& request, const Verdict& verdict) {
  std::vector<std::string> names;
  for (const route::Header& header : request.headers) {
    if (IsToBeRemoved(header.name, verdict)) AddOnce(header.name, &names);
  }
  return names;
}

std::vector<std::string> QueryParametersToRemove(const route::Request& request,
                                                 const Verdict& verdict) {
  std::vector<std::string> names;
  if (verdict.forward_credentials || verdict.proof != Verdict::Proof::kQuery) return names;
  const size_t mark = request.target.find('?');
  if (mark == std::string_view::npos) return names;
  std::string_view rest = request.target.substr(mark + 1);
  std::string decoded;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view name = rest.substr(0, std::min(rest.find('='), end));
    if (base::DecodeFormInto(name, &decoded) && Contains(kCredentialParameters, decoded)) {
      AddOnce(name, &names);
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return names;
}

Denial MakeDenial(const route::Request& request, const Verdict& verdict) {
  const bool grpc = IsGrpc(request);
  const MediaType type = PreferredMediaType(request);
  Denial denial;
  denial.status = StatusOf(verdict, grpc);
  const auto add = [&denial](std::string_view name, std::string_view value) {
    denial.headers.push_back({std::string(name), OneLine(value)});
  };
  add("content-type", ContentTypeOf(type));
  add("cache-control", "no-store");
  if (type == MediaType::kHtml) add("x-content-type-options", "nosniff");
  add(kDecisionId, verdict.decision_id);
  add("x-portcullis-reason", verdict.reason);
  for (const std::string& challenge : verdict.challenges) add("www-authenticate", challenge);
  if (verdict.outcome == Outcome::kUndecided) add("retry-after", "1");
  if (request.method != "HEAD") denial.body = BodyOf(verdict, type, denial.status);
  return denial;
}

}  // namespace portcullis::gateway
