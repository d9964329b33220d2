// What a probe tries: one row per trick.
//
// Rows are data; probe_request.h makes bytes of them and probe_verdict.h judges what comes back.
// Unless a row says otherwise its request has no credentials, so that any way to the protected
// resource is a bypass.
#ifndef PORTCULLIS_CLIENT_PROBE_ROWS_H_
#define PORTCULLIS_CLIENT_PROBE_ROWS_H_

#include <cstddef>

#include "absl/types/span.h"

namespace portcullis::client {

enum class ProbeGroup {
  kBaseline,
  kPath,
  kPublicPath,
  kMethod,
  kHost,
  kHeader,
  kCredentials,
  kFraming,
  kProtocol,
  kSize,
  kDecisionPoint,
  kIdentity,
  kFailOpen,
};

// What a success means.
enum class ProbeJudge {
  // The request names the protected resource: a success is a bypass, unless it is the public page.
  kNamesProtected,
  // The path has another spelling, and may be another one to the application: a bypass if the
  // protected answer comes back, or if paths are not let through as a rule.
  kMayBeAnother,
  // The host is another one: a bypass if the protected answer comes back.
  kAnotherHost,
  // The path goes through the public one, whose own answer is no news; any other is.
  kStartsPublic,
  // The public path, with headers that name the protected one: the protected answer is a bypass.
  kPublicByHeader,
  // A preflight may be answered by the proxy: a bypass with the protected answer in it.
  kPreflight,
  // Credentials that contradict each other: any success is a finding.
  kContradicts,
  // The decision point's own endpoint: a finding if it answers somebody from outside.
  kAsksDirectly,
  // The application repeats what it got: a finding if the made-up value is in it.
  kSpoofed,
  // The same with a header that is not ours: worth a look, if the application believes it.
  kSpoofedOther,
  // The application must still be told who calls.
  kKeepsIdentity,
  // What the others are compared with.
  kReference,
};

// Bits of what a row needs; without it, it is skipped.
inline constexpr unsigned kNeedsPublic = 1;
inline constexpr unsigned kNeedsCredentials = 2;
inline constexpr unsigned kNeedsEcho = 4;
inline constexpr unsigned kNeedsIntrusive = 8;

struct ProbeRow {
  ProbeGroup group;
  const char* name;                 // Unique within the group.
  const char* target = "{target}";  // Templates: see probe_request.h.
  ProbeJudge judge = ProbeJudge::kNamesProtected;
  const char* method = "GET";
  const char* headers = "";  // Whole lines with their ends, behind the usual ones.
  const char* body = "";
  const char* raw = nullptr;  // The whole request, instead of all of the above.
  unsigned needs = 0;
  size_t answers_before = 0;   // Answers to what was sent on the same connection first.
  bool may_be_silent = false;  // A proxy may wait for more instead of refusing.
};

// All rows but those of the baseline, in the order in which they are sent.
absl::Span<const ProbeRow> ProbeRows();

// The requests that tell what the others are compared with.
extern const ProbeRow kAnonymousRow;
extern const ProbeRow kAuthorizedRow;
extern const ProbeRow kPublicRow;
extern const ProbeRow kUncoveredRow;  // A path that nobody has heard of.
extern const ProbeRow kEchoRow;

// What is sent while no decision can be made.
absl::Span<const ProbeRow> FailOpenRows();

// "path", "public-path".
const char* GroupName(ProbeGroup group);

// What to do about a finding of `group`: a sentence or two.
const char* GroupAdvice(ProbeGroup group);

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_PROBE_ROWS_H_
