#include "client/probe_verdict.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"

#include "server/base/str_cat.h"
#include "server/base/text.h"

namespace portcullis::client {
namespace {

using base::StrCat;

constexpr size_t kMarkBytesMin = 3;
constexpr std::string_view kSeparators = " \t\r\n\"'<>(){}[],;=";
constexpr size_t kIdentityBytesBetween = 48;  // Name, quotes, brackets, blanks.
constexpr std::string_view kPrincipalHeader = "x-portcullis-principal";
// What Portcullis tells proxies, and proxies tell no client.
constexpr std::string_view kAnswersOfOurs[] = {kPrincipalHeader, "x-portcullis-account",
                                               "x-portcullis-user-id"};
constexpr std::string_view kAuthzenMember = "access_evaluation_endpoint";

// What stands between blanks, quotes and the punctuation of HTML and JSON.
std::set<std::string> WordsOf(std::string_view text) {
  std::set<std::string> words;
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of(kSeparators), text.size());
    if (end >= kMarkBytesMin) words.emplace(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

ProbeVerdict Held(const ProbeAnswer& answer, std::string_view more = "") {
  return {ProbeOutcome::kHeld, StrCat(StatusText(answer), more)};
}

ProbeVerdict Finding(const ProbeAnswer& answer, std::string_view what) {
  return {ProbeOutcome::kFinding, StrCat(StatusText(answer), ": ", what)};
}

ProbeVerdict Suspect(const ProbeAnswer& answer, std::string_view what) {
  return {ProbeOutcome::kSuspect, StrCat(StatusText(answer), ": ", what)};
}

// What an answer is compared with, and what it may repeat.
struct Comparison {
  const ProbeReferences& references;
  std::string_view said;  // The headers of the request.

  bool IsProtected(const ProbeAnswer& answer) const {
    return references.protected_page.has_value() && references.protected_page->Is(answer, said);
  }
};

// What everybody gets to see, and nothing that only the caller may.
bool IsKnownToAll(const ProbeAnswer& answer, const ProbeReferences& references) {
  const auto is = [&answer](const std::optional<ProbePage>& page) {
    return page.has_value() && page->IsExactly(answer);
  };
  return is(references.public_page) || is(references.uncovered_page);
}

ProbeVerdict JudgeAnother(ProbeJudge judge, const ProbeAnswer& answer,
                          const ProbeReferences& references) {
  switch (judge) {
    case ProbeJudge::kPreflight:
      return Suspect(answer, "answered without asking; see that it tells nothing");
    case ProbeJudge::kAnotherHost:
      return Suspect(answer, "another host lets everybody in; see what is there");
    case ProbeJudge::kPublicByHeader:
      return Held(answer, ", not the protected answer");
    case ProbeJudge::kStartsPublic:
      if (references.public_page.has_value() && references.public_page->is_stable()) {
        return Finding(answer, "let through by the public path, to another page than that");
      }
      return Suspect(answer, "let through; the public page is another one each time");
    case ProbeJudge::kMayBeAnother:
      if (!references.uncovered_page.has_value()) {
        return Finding(answer, "let through, where a path that nobody has heard of is not");
      }
      return Suspect(answer, "let through, as many paths are; see that it tells nothing");
    case ProbeJudge::kNamesProtected:
    case ProbeJudge::kContradicts:
    case ProbeJudge::kAsksDirectly:
    case ProbeJudge::kSpoofed:
    case ProbeJudge::kSpoofedOther:
    case ProbeJudge::kKeepsIdentity:
    case ProbeJudge::kReference:
      break;
  }
  return Finding(answer, "let through to what is protected, without credentials");
}

ProbeVerdict JudgeWay(ProbeJudge judge, const ProbeAnswer& answer, const Comparison& comparison) {
  const bool known = IsKnownToAll(answer, comparison.references);
  // The two pages may be the same; then a way from the public one proves nothing.
  const bool starts_public =
      judge == ProbeJudge::kStartsPublic || judge == ProbeJudge::kPublicByHeader;
  const bool bare_preflight = judge == ProbeJudge::kPreflight && answer.body.empty();
  if (!(known && starts_public) && !bare_preflight && comparison.IsProtected(answer)) {
    return Finding(answer, "the protected answer, without credentials");
  }
  if (known) return Held(answer, ", a page that everybody may see");
  return JudgeAnother(judge, answer, comparison.references);
}

ProbeVerdict JudgeDecisionPoint(const ProbeAnswer& answer, const Comparison& comparison) {
  const bool ours =
      std::any_of(answer.headers.begin(), answer.headers.end(), [](const auto& header) {
        return std::find(std::begin(kAnswersOfOurs), std::end(kAnswersOfOurs), header.first) !=
               std::end(kAnswersOfOurs);
      });
  if (ours || Contains(answer.body, kAuthzenMember)) {
    return Finding(answer, "Portcullis itself answers somebody from outside");
  }
  if (IsKnownToAll(answer, comparison.references)) {
    return Held(answer, ", a page that everybody may see");
  }
  if (comparison.IsProtected(answer)) return Held(answer, ", the application");
  return Suspect(answer, "let through; see who answers there");
}

ProbeVerdict JudgeEcho(ProbeJudge judge, const ProbeAnswer& answer, std::string_view nonce,
                       const ProbeReferences& references) {
  if (judge == ProbeJudge::kKeepsIdentity) {
    if (Contains(answer.body, references.identity))
      return Held(answer, ", the caller is still told");
    return Finding(answer, "the application is not told any more who calls");
  }
  if (!Contains(answer.body, nonce)) return Held(answer, ", the header is gone");
  if (judge == ProbeJudge::kSpoofedOther) {
    return Suspect(answer, "the header comes to the application; see that it does not believe it");
  }
  return Finding(answer, "the made-up header comes to the application");
}

ProbeVerdict JudgeAnswer(const ProbeRow& row, const ProbeAnswer& answer, std::string_view nonce,
                         const Comparison& comparison) {
  if (answer.status == 0 && comparison.IsProtected(answer)) {
    return Finding(answer, "the protected answer, without credentials");
  }
  if (answer.status == 429) {
    return {ProbeOutcome::kUnclear, "429: too many requests; give a longer --delay"};
  }
  if (!IsSuccess(answer)) return Held(answer);
  switch (row.judge) {
    case ProbeJudge::kNamesProtected:
    case ProbeJudge::kMayBeAnother:
    case ProbeJudge::kStartsPublic:
    case ProbeJudge::kPreflight:
    case ProbeJudge::kPublicByHeader:
    case ProbeJudge::kAnotherHost:
      return JudgeWay(row.judge, answer, comparison);
    case ProbeJudge::kContradicts:
      return Finding(answer, "let through with two proofs, one of which is none");
    case ProbeJudge::kAsksDirectly:
      return JudgeDecisionPoint(answer, comparison);
    case ProbeJudge::kSpoofed:
    case ProbeJudge::kSpoofedOther:
    case ProbeJudge::kKeepsIdentity:
      return JudgeEcho(row.judge, answer, nonce, comparison.references);
    case ProbeJudge::kReference:
      return Held(answer);
  }
  return {ProbeOutcome::kUnclear, "no judgement"};
}

ProbeVerdict JudgeSilence(const ProbeRow& row, const ProbeReply& reply) {
  if (reply.end != ProbeEnd::kTimeout) return {ProbeOutcome::kHeld, "closed without an answer"};
  return {row.may_be_silent ? ProbeOutcome::kHeld : ProbeOutcome::kUnclear, "no answer in time"};
}

}  // namespace

const char* OutcomeName(ProbeOutcome outcome) {
  switch (outcome) {
    case ProbeOutcome::kSkipped:
      return "skipped";
    case ProbeOutcome::kHeld:
      return "held";
    case ProbeOutcome::kUnclear:
      return "unclear";
    case ProbeOutcome::kSuspect:
      return "suspect";
    case ProbeOutcome::kFinding:
      return "finding";
  }
  return "unclear";
}

bool IsSuccess(const ProbeAnswer& answer) {
  if (answer.status == 101) return true;
  if (answer.status / 100 != 2) return false;
  const bool grpc = answer.Header("content-type").substr(0, 16) == "application/grpc";
  const std::string_view status = answer.Header("grpc-status");
  return !grpc || status.empty() || status == "0";
}

std::string_view HeadersOf(std::string_view sent) {
  return sent.substr(std::min(sent.find('\n'), sent.size()));
}

ProbePage::ProbePage(absl::Span<const ProbeAnswer> samples, absl::Span<const std::string> elsewhere)
    : sample_(samples.front()), stable_(true), marks_(WordsOf(sample_.body)) {
  const auto keep = [this](const std::set<std::string>& words, bool in_words) {
    for (auto mark = marks_.begin(); mark != marks_.end();) {
      mark = (words.count(*mark) > 0) == in_words ? std::next(mark) : marks_.erase(mark);
    }
  };
  for (const ProbeAnswer& other : samples.subspan(1)) {
    stable_ = stable_ && other.status == sample_.status && other.body == sample_.body;
    keep(WordsOf(other.body), true);
  }
  for (const std::string& text : elsewhere) keep(WordsOf(text), false);
}

bool ProbePage::Is(const ProbeAnswer& answer, std::string_view said) const {
  if (IsExactly(answer)) return true;
  const std::set<std::string> words = WordsOf(answer.body);
  const std::set<std::string> no_proof = WordsOf(said);
  size_t proofs = 0;
  for (const std::string& mark : marks_) {
    if (words.count(mark) == 0) return false;
    proofs += no_proof.count(mark) == 0 ? 1 : 0;
  }
  return proofs > 0;
}

bool ProbePage::IsExactly(const ProbeAnswer& answer) const {
  if (!stable_ || answer.body != sample_.body) return false;
  return !answer.body.empty() || answer.status == sample_.status;
}

ProbeVerdict JudgeProbe(const ProbeRow& row, std::string_view sent, const ProbeReply& reply,
                        std::string_view nonce, const ProbeReferences& references) {
  if (reply.answers.size() <= row.answers_before) return JudgeSilence(row, reply);
  return JudgeAnswer(row, reply.answers[row.answers_before], nonce, {references, HeadersOf(sent)});
}

std::string IdentityInEcho(std::string_view echo) {
  std::string folded = absl::AsciiStrToLower(base::AbslView(echo));
  std::replace(folded.begin(), folded.end(), '_', '-');
  const size_t header = folded.find(kPrincipalHeader);
  if (header == std::string::npos) return "";
  const size_t begin = folded.find("arn:", header);
  // Pretty-printed JSON has the value on the next line; a value further away is another header's.
  if (begin == std::string::npos || begin - header > kIdentityBytesBetween) return "";
  const std::string_view arn = echo.substr(begin);
  return std::string(arn.substr(0, arn.find_first_of(" \t\r\n\"',;")));
}

}  // namespace portcullis::client
