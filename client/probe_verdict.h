// Whether an answer proves a bypass.
#ifndef PORTCULLIS_CLIENT_PROBE_VERDICT_H_
#define PORTCULLIS_CLIENT_PROBE_VERDICT_H_

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"

#include "client/probe_answer.h"
#include "client/probe_rows.h"

namespace portcullis::client {

// In the order of weight.
enum class ProbeOutcome {
  kSkipped,  // Not sent: something that it needs was not given.
  kHeld,     // Turned away, or answered with what everybody may see.
  kUnclear,  // No answer that says anything.
  kSuspect,  // Let through, without a proof that it was to what is protected.
  kFinding,  // A bypass.
};

// "held", "finding".
const char* OutcomeName(ProbeOutcome outcome);

struct ProbeVerdict {
  ProbeOutcome outcome = ProbeOutcome::kUnclear;
  std::string why;
};

// Whether somebody was let through: 2xx, or a switch of protocols. A gRPC call that was turned away
// has the status 200, and is no success.
bool IsSuccess(const ProbeAnswer& answer);

// A page as it is known from two answers to the same request: whole if they agree, and by the words
// that are in both, since pages have times and request ids in them.
class ProbePage {
 public:
  // `elsewhere`: texts whose words are no proof, because others get to see them or because the
  // request said them. REQUIRES: at least one answer.
  ProbePage(absl::Span<const ProbeAnswer> samples, absl::Span<const std::string> elsewhere);

  // Whether `answer` is this page: the same body, or all of its words, unless `said`, which an
  // application may have repeated, has them too. An empty page is known by its status.
  bool Is(const ProbeAnswer& answer, std::string_view said = "") const;
  // Whether it has the same body; false for pages that change.
  bool IsExactly(const ProbeAnswer& answer) const;
  // Whether the page is the same each time.
  bool is_stable() const { return stable_; }

 private:
  ProbeAnswer sample_;
  bool stable_ = false;
  std::set<std::string> marks_;
};

// What rows are compared with. Without `protected_page` nobody's credentials are known.
struct ProbeReferences {
  std::optional<ProbePage> protected_page;
  std::optional<ProbePage> public_page;
  std::optional<ProbePage> uncovered_page;  // If a path nobody has heard of is a success.
  std::string identity;  // What the application is told of the caller; empty: not known.
};

// What is behind the first line of a request.
std::string_view HeadersOf(std::string_view sent);

// Judges the answer to the bytes `sent` for `row`, with `nonce`. Pure.
ProbeVerdict JudgeProbe(const ProbeRow& row, std::string_view sent, const ProbeReply& reply,
                        std::string_view nonce, const ProbeReferences& references);

// The caller as an application that repeats its headers was told of it: the ARN behind
// x-portcullis-principal in `echo`; empty if there is none.
std::string IdentityInEcho(std::string_view echo);

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_PROBE_VERDICT_H_
