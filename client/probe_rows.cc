#include "client/probe_rows.h"

#include <vector>

#include "client/probe_rows_internal.h"

namespace portcullis::client {

namespace {

using enum ProbeGroup;
using enum ProbeJudge;

struct PathRow {
  const char* name;
  const char* target;
};

// The protected path in other spellings.
constexpr PathRow kPathRows[] = {
    {"dot-segment", "/.{path}{query}"},
    {"dot-segment-inside", "{parent}/./{last}{query}"},
    {"dot-segment-behind", "{path}/.{query}"},
    {"dot-dot", "/probe/..{path}{query}"},
    {"dot-encoded", "/%2e{path}{query}"},
    {"dot-dot-encoded", "/probe/%2e%2e{path}{query}"},
    {"dot-dot-capitals", "/probe/%2E%2E{path}{query}"},
    {"dot-dot-half-encoded", "/probe/.%2e{path}{query}"},
    {"dot-dot-encoded-slash", "/probe/..%2f{bare}{query}"},
    {"dot-dot-encoded-twice", "/probe/%252e%252e{path}{query}"},
    {"dot-dot-overlong", "/probe/%c0%ae%c0%ae{path}{query}"},
    {"dot-dot-parameter", "/probe/..;{path}{query}"},
    {"slash-doubled", "/{path}{query}"},
    {"slash-doubled-inside", "{parent}//{last}{query}"},
    {"slash-behind", "{path}/{query}"},
    {"slash-encoded", "{parent}%2f{last}{query}"},
    {"slash-encoded-first", "/%2f{bare}{query}"},
    {"slash-overlong", "{parent}%c0%af{last}{query}"},
    {"slash-missing", "{bare}{query}"},
    {"backslash", "{parent}\\{last}{query}"},
    {"backslash-first", "\\{bare}{query}"},
    {"backslash-encoded", "{parent}%5c{last}{query}"},
    {"parameter", "{path};probe=1{query}"},
    {"parameter-inside", "{parent};probe=1/{last}{query}"},
    {"parameter-encoded", "{path}%3bprobe=1{query}"},
    {"letter-encoded", "{encoded}{query}"},
    {"letter-encoded-twice", "{encoded-twice}{query}"},
    {"capitals", "{capitals}{query}"},
    {"dot-behind", "{path}.{query}"},
    {"extension", "{path}.json{query}"},
    {"blank-behind", "{path}%20{query}"},
    {"tab-behind", "{path}%09{query}"},
    {"line-end-behind", "{path}%0a{query}"},
    {"nul-encoded", "{path}%00{query}"},
    {"nul", "{path}{nul}{query}"},
    {"not-utf-8", "{path}%ff{query}"},
    {"fragment", "{path}#probe"},
    {"fragment-encoded", "{path}%23probe{query}"},
    {"query-encoded", "{path}%3fprobe"},
};

// From the public path to the protected one.
constexpr PathRow kPublicPathRows[] = {
    {"dot-dot", "{public}/{back:../}{bare}{query}"},
    {"dot-dot-encoded", "{public}/{back:%2e%2e/}{bare}{query}"},
    {"dot-dot-encoded-slash", "{public}/{back:..%2f}{bare}{query}"},
    {"dot-dot-encoded-both", "{public}/{back:%2e%2e%2f}{bare}{query}"},
    {"dot-dot-encoded-twice", "{public}/{back:%252e%252e/}{bare}{query}"},
    {"dot-dot-encoded-slash-twice", "{public}/{back:..%252f}{bare}{query}"},
    {"dot-dot-overlong", "{public}/{back:%c0%ae%c0%ae/}{bare}{query}"},
    {"dot-dot-backslash", "{public}/{back:..\\}{bare}{query}"},
    {"dot-dot-backslash-encoded", "{public}/{back:..%5c}{bare}{query}"},
    {"dot-dot-parameter", "{public}/{back:..;/}{bare}{query}"},
    {"parameter-dot-dot", "{public};probe=1/{back:../}{bare}{query}"},
    {"slash-doubled-dot-dot", "{public}//../{back:../}{bare}{query}"},
    {"nul-dot-dot", "{public}%00/{back:../}{bare}{query}"},
    {"query-encoded-dot-dot", "{public}%3f/{back:../}{bare}{query}"},
    {"fragment-dot-dot", "{public}#/{back:../}{bare}"},
    {"fragment-encoded-dot-dot", "{public}%23/{back:../}{bare}{query}"},
    {"absolute-dot-dot", "{scheme}://{authority}{public}/{back:../}{bare}{query}"},
};

std::vector<ProbeRow> MakeRows() {
  std::vector<ProbeRow> rows;
  for (const PathRow& row : kPathRows) rows.push_back({kPath, row.name, row.target, kMayBeAnother});
  for (const PathRow& row : kPublicPathRows) {
    rows.push_back({.group = kPublicPath,
                    .name = row.name,
                    .target = row.target,
                    .judge = kStartsPublic,
                    .needs = kNeedsPublic});
  }
  for (const absl::Span<const ProbeRow> table : {RequestRows(), ConnectionRows()}) {
    rows.insert(rows.end(), table.begin(), table.end());
  }
  return rows;
}

struct GroupText {
  const char* name;
  const char* advice;
};

// In the order of ProbeGroup.
constexpr GroupText kGroups[] = {
    {"baseline",
     "Put the path behind the proxy's external authorization, and a rule into a gateway."},
    {"path",
     "Let the proxy refuse paths that have two readings, and hand Portcullis the path that the "
     "application will read. Envoy: normalize_path, merge_slashes, "
     "path_with_escaped_slashes_action "
     "REJECT_REQUEST. nginx: $request_uri, and proxy_pass without a path."},
    {"public-path",
     "Let no location or route be without authorization by a prefix: match the whole path, and "
     "have "
     "the proxy normalise it before it is matched."},
    {"method",
     "Ask Portcullis about every method; do not exempt HEAD or OPTIONS, and let the application "
     "ignore headers that override the method."},
    {"host",
     "Give the proxy one default host that denies, and ask about every host that reaches the "
     "application."},
    {"header",
     "Have the proxy set or remove the headers that tell the original request; take none of them "
     "from outside."},
    {"credentials",
     "Have the proxy pass Authorization on as it is, all of its values, and let no other part "
     "accept credentials beside Portcullis."},
    {"framing",
     "Have the proxy refuse malformed requests, and ask about each request of a connection."},
    {"protocol", "Ask about upgrades too, and let the proxy switch to no protocol it need not."},
    {"size",
     "Close, not open: what is too large to be decided about must be denied (Envoy: "
     "failure_mode_allow false; nginx: any code but 2xx denies)."},
    {"decision-point",
     "Portcullis must not be reached from outside: nginx `internal`, no route to it at others, a "
     "listener on loopback or with the proxy's certificate."},
    {"identity",
     "Have the proxy overwrite or remove every x-portcullis-* header, also with underscores or "
     "dots (Envoy: headers_with_underscores_action REJECT_REQUEST; nginx: underscores_in_headers "
     "off; Traefik: aliasHeadersStrategy reject), and pass on what Portcullis answers."},
    {"fail-open",
     "Envoy: failure_mode_allow false, and no gRPC past a filter that asks over HTTP. nginx: no "
     "error_page that leads to the application. Traefik and Caddy: no fallback route."},
};

}  // namespace

const ProbeRow kAnonymousRow = {.group = kBaseline, .name = "anonymous", .judge = kReference};

const ProbeRow kAuthorizedRow = {.group = kBaseline,
                                 .name = "authorized",
                                 .judge = kReference,
                                 .headers = "{credentials}",
                                 .needs = kNeedsCredentials};

const ProbeRow kPublicRow = {.group = kBaseline,
                             .name = "public",
                             .target = "{public}",
                             .judge = kReference,
                             .needs = kNeedsPublic};

const ProbeRow kUncoveredRow = {
    .group = kBaseline, .name = "uncovered", .target = "/{nonce}", .judge = kReference};

const ProbeRow kEchoRow = {.group = kBaseline,
                           .name = "echo",
                           .target = "{echo}",
                           .judge = kReference,
                           .headers = "{echo-credentials}X-Probe-Control: {nonce}\r\n",
                           .needs = kNeedsEcho};

absl::Span<const ProbeRow> FailOpenRows() {
  static constexpr ProbeRow kRows[] = {
      {.group = kFailOpen, .name = "anonymous"},
      {.group = kFailOpen, .name = "bearer", .headers = "Authorization: Bearer probe\r\n"},
      // Errors have status 200 there. An Envoy that asks over HTTP takes its own for a permission.
      {.group = kFailOpen, .name = "grpc", .headers = "Content-Type: application/grpc\r\n"},
      {.group = kFailOpen,
       .name = "long-body",
       .headers = "Content-Length: 131072\r\n",
       .body = "{fill:131072}"},
      {.group = kFailOpen,
       .name = "authorized",
       .headers = "{credentials}",
       .needs = kNeedsCredentials},
  };
  return kRows;
}

absl::Span<const ProbeRow> ProbeRows() {
  static const auto& rows = *new std::vector<ProbeRow>(MakeRows());
  return rows;
}

const char* GroupName(ProbeGroup group) {
  return kGroups[static_cast<size_t>(group)].name;
}

const char* GroupAdvice(ProbeGroup group) {
  return kGroups[static_cast<size_t>(group)].advice;
}

}  // namespace portcullis::client
