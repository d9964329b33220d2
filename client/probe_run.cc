#include "client/probe_run.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "server/base/status_macros.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"

namespace portcullis::client {
namespace {

using base::StrCat;

// What only Portcullis says, in its denials.
constexpr std::string_view kDenialHeaders[] = {"x-portcullis-reason", "x-portcullis-decision-id"};

struct Need {
  unsigned need;
  const char* skipped;
};
constexpr Need kNeeds[] = {
    {kNeedsPublic, "needs --public PATH"},
    {kNeedsCredentials, "needs credentials of somebody who may"},
    {kNeedsEcho, "needs --echo PATH"},
    {kNeedsIntrusive, "could do harm; needs --intrusive"},
};

bool IsDenial(const ProbeAnswer& answer) {
  return answer.status == 401 || answer.status == 403 || answer.status / 100 == 3;
}

bool IsOfPortcullis(const ProbeAnswer& answer) {
  return std::any_of(std::begin(kDenialHeaders), std::end(kDenialHeaders),
                     [&answer](std::string_view name) { return !answer.Header(name).empty(); });
}

std::string TextOf(const ProbeReply& reply) {
  if (!reply.answers.empty()) return StatusText(reply.answers.front());
  return reply.end == ProbeEnd::kTimeout ? "no answer in time" : "closed without an answer";
}

class Run {
 public:
  Run(const ProbeSettings& settings, const ProbeTools& tools)
      : settings_(settings), tools_(tools) {}

  absl::StatusOr<ProbeReport> All();
  absl::StatusOr<ProbeReport> FailOpen();

 private:
  struct Exchanged {
    ProbeBytes sent;
    ProbeReply reply;
    std::string nonce;
  };

  bool is_spent() const { return report_.requests >= settings_.requests_max; }
  absl::StatusOr<Exchanged> Send(const ProbeRow& row, const ProbeSubject& subject);
  // A request that every other one depends on.
  absl::StatusOr<ProbeReply> SendReference(const ProbeRow& row);
  // Two answers to `row`, both of which have to be a success.
  absl::StatusOr<std::vector<ProbeAnswer>> SendSamples(const ProbeRow& row, std::string_view what);

  // True if anybody is let in, so that there is nothing more to find out.
  absl::StatusOr<bool> LearnAnonymous();
  absl::Status LearnPages();
  absl::Status LearnEcho();
  absl::Status TryAlso();
  absl::Status TryRow(const ProbeRow& row);
  absl::Status CheckStillClosed();

  const char* WhySkipped(const ProbeRow& row) const;
  absl::Status Add(const ProbeRow& row, ProbeOutcome outcome, std::string why);

  const ProbeSettings& settings_;
  const ProbeTools& tools_;
  ProbeReferences references_;
  std::string denial_;
  ProbeReport report_;
};

// ---- Sending ------------------------------------------------------------------------------------

absl::StatusOr<Run::Exchanged> Run::Send(const ProbeRow& row, const ProbeSubject& subject) {
  if (report_.requests > 0 && settings_.delay > absl::ZeroDuration()) tools_.sleep(settings_.delay);
  Exchanged exchanged;
  exchanged.nonce = StrCat(subject.nonce, "n", report_.requests);
  ASSIGN_OR_RETURN(exchanged.sent,
                   MakeProbeBytes(row, subject, exchanged.nonce, tools_.clock.Now()));
  ++report_.requests;
  ASSIGN_OR_RETURN(exchanged.reply, tools_.exchange(exchanged.sent));
  return exchanged;
}

absl::StatusOr<ProbeReply> Run::SendReference(const ProbeRow& row) {
  if (is_spent()) {
    return absl::InvalidArgumentError("--requests-max is too few to find out what is usual");
  }
  ASSIGN_OR_RETURN(Exchanged exchanged, Send(row, settings_.subject));
  return std::move(exchanged.reply);
}

absl::StatusOr<std::vector<ProbeAnswer>> Run::SendSamples(const ProbeRow& row,
                                                          std::string_view what) {
  std::vector<ProbeAnswer> samples;
  for (int i = 0; i < 2; ++i) {
    ASSIGN_OR_RETURN(const ProbeReply reply, SendReference(row));
    if (reply.answers.empty() || !IsSuccess(reply.answers.front())) {
      return absl::FailedPreconditionError(
          StrCat(what, " should be let through, and is not: ", TextOf(reply)));
    }
    samples.push_back(reply.answers.front());
  }
  return samples;
}

absl::Status Run::Add(const ProbeRow& row, ProbeOutcome outcome, std::string why) {
  ProbeResult result = {row.group, row.name, outcome, std::move(why), ""};
  if (outcome != ProbeOutcome::kSkipped) {
    ASSIGN_OR_RETURN(result.sent, DescribeProbe(row, settings_.subject));
  }
  report_.results.push_back(std::move(result));
  return absl::OkStatus();
}

// ---- What is usual ------------------------------------------------------------------------------

absl::StatusOr<bool> Run::LearnAnonymous() {
  ASSIGN_OR_RETURN(const ProbeReply reply, SendReference(kAnonymousRow));
  if (!reply.answers.empty() && IsSuccess(reply.answers.front())) {
    RETURN_IF_ERROR(Add(kAnonymousRow, ProbeOutcome::kFinding,
                        StrCat(TextOf(reply), ": anybody is let in without credentials")));
    return true;
  }
  if (reply.answers.empty() || !IsDenial(reply.answers.front())) {
    return absl::FailedPreconditionError(StrCat(
        "a request without credentials should be turned away with 401 or 403, and got ",
        TextOf(reply), ": is the URL one that the proxy protects, and is Portcullis running?"));
  }
  denial_ = reply.answers.front().body;
  RETURN_IF_ERROR(Add(kAnonymousRow, ProbeOutcome::kHeld, TextOf(reply)));
  return false;
}

absl::Status Run::LearnPages() {
  const ProbeSubject& subject = settings_.subject;
  std::vector<std::string> elsewhere = {denial_};
  ASSIGN_OR_RETURN(const ProbeReply uncovered, SendReference(kUncoveredRow));
  if (!uncovered.answers.empty() && IsSuccess(uncovered.answers.front())) {
    references_.uncovered_page.emplace(uncovered.answers, absl::Span<const std::string>());
    elsewhere.push_back(uncovered.answers.front().body);
    RETURN_IF_ERROR(Add(kUncoveredRow, ProbeOutcome::kSuspect,
                        StrCat(TextOf(uncovered),
                               ": a path that nobody has heard of is let through; see that no "
                               "rule or route is wider than it should be")));
  } else {
    RETURN_IF_ERROR(Add(kUncoveredRow, ProbeOutcome::kHeld, TextOf(uncovered)));
  }
  std::vector<ProbeAnswer> page;
  if (!subject.public_path.empty()) {
    ASSIGN_OR_RETURN(page, SendSamples(kPublicRow, "--public"));
    references_.public_page.emplace(page, absl::Span<const std::string>());
    elsewhere.push_back(page.front().body);
  }
  if (subject.has_credentials()) {
    ASSIGN_OR_RETURN(const auto samples,
                     SendSamples(kAuthorizedRow, "the caller whose credentials were given"));
    ASSIGN_OR_RETURN(const ProbeBytes own,
                     MakeProbeBytes(kAuthorizedRow, subject, "", tools_.clock.Now()));
    elsewhere.emplace_back(HeadersOf(own.bytes));
    references_.protected_page.emplace(samples, elsewhere);
    RETURN_IF_ERROR(Add(kAuthorizedRow, ProbeOutcome::kHeld, StatusText(samples.front())));
  }
  if (page.empty()) return absl::OkStatus();
  const bool same =
      references_.protected_page.has_value() && references_.protected_page->Is(page.front());
  return Add(
      kPublicRow, same ? ProbeOutcome::kSuspect : ProbeOutcome::kHeld,
      StrCat(StatusText(page.front()),
             same ? ": the public and the protected answer are the same, so that nothing can "
                    "be said about ways from one to the other"
                  : ""));
}

absl::Status Run::LearnEcho() {
  if (settings_.subject.echo_path.empty()) return absl::OkStatus();
  if (is_spent()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Exchanged exchanged, Send(kEchoRow, settings_.subject));
  const ProbeReply& reply = exchanged.reply;
  const bool echoes = !reply.answers.empty() && IsSuccess(reply.answers.front()) &&
                      reply.answers.front().body.find(exchanged.nonce) != std::string::npos;
  if (!echoes) {
    return absl::FailedPreconditionError(
        StrCat("--echo: the answer does not repeat the request's headers: ", TextOf(reply)));
  }
  references_.identity = IdentityInEcho(reply.answers.front().body);
  return Add(kEchoRow, ProbeOutcome::kHeld, TextOf(reply));
}

// ---- What is not usual --------------------------------------------------------------------------

absl::Status Run::TryAlso() {
  for (const std::string& path : settings_.also) {
    if (is_spent()) {
      report_.cut = true;
      return absl::OkStatus();
    }
    ProbeSubject subject = settings_.subject;
    subject.target.query = path.substr(std::min(path.find('?'), path.size()));
    subject.target.path = path.substr(0, path.find('?'));
    ASSIGN_OR_RETURN(const Exchanged exchanged, Send(kAnonymousRow, subject));
    const ProbeReply& reply = exchanged.reply;
    const bool open = !reply.answers.empty() && IsSuccess(reply.answers.front());
    ASSIGN_OR_RETURN(std::string sent, DescribeProbe(kAnonymousRow, subject));
    report_.results.push_back(
        {ProbeGroup::kBaseline, StrCat("also ", path),
         open ? ProbeOutcome::kFinding : ProbeOutcome::kHeld,
         StrCat(TextOf(reply), open ? ": anybody is let in without credentials" : ""),
         std::move(sent)});
  }
  return absl::OkStatus();
}

const char* Run::WhySkipped(const ProbeRow& row) const {
  const ProbeSubject& subject = settings_.subject;
  const unsigned given = (subject.public_path.empty() ? 0U : kNeedsPublic) |
                         (subject.has_credentials() ? kNeedsCredentials : 0U) |
                         (subject.echo_path.empty() ? 0U : kNeedsEcho) |
                         (settings_.intrusive ? kNeedsIntrusive : 0U);
  for (const Need& need : kNeeds) {
    if ((row.needs & need.need & ~given) != 0) return need.skipped;
  }
  if (row.judge == ProbeJudge::kKeepsIdentity && references_.identity.empty()) {
    return "the application is not told of the caller";
  }
  return nullptr;
}

absl::Status Run::TryRow(const ProbeRow& row) {
  if (const char* why = WhySkipped(row); why != nullptr) {
    return Add(row, ProbeOutcome::kSkipped, why);
  }
  if (is_spent()) {
    report_.cut = true;
    return Add(row, ProbeOutcome::kSkipped, "left out: --requests-max");
  }
  ASSIGN_OR_RETURN(const Exchanged exchanged, Send(row, settings_.subject));
  ProbeVerdict verdict =
      JudgeProbe(row, exchanged.sent.bytes, exchanged.reply, exchanged.nonce, references_);
  return Add(row, verdict.outcome, std::move(verdict.why));
}

// A proxy that fell over on the way turned everything away.
absl::Status Run::CheckStillClosed() {
  if (is_spent()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Exchanged exchanged, Send(kAnonymousRow, settings_.subject));
  const ProbeReply& reply = exchanged.reply;
  if (!reply.answers.empty() && IsDenial(reply.answers.front())) return absl::OkStatus();
  return absl::FailedPreconditionError(
      StrCat("the proxy does not answer at the end as it did at the start, but ", TextOf(reply),
             ": what it turned away proves nothing; try again with a longer --delay"));
}

absl::StatusOr<ProbeReport> Run::All() {
  ASSIGN_OR_RETURN(const bool open, LearnAnonymous());
  if (open) return std::move(report_);
  RETURN_IF_ERROR(LearnPages());
  RETURN_IF_ERROR(LearnEcho());
  RETURN_IF_ERROR(TryAlso());
  for (const ProbeRow& row : ProbeRows()) RETURN_IF_ERROR(TryRow(row));
  for (const ProbeRow& row : FailOpenRows()) {
    RETURN_IF_ERROR(Add(row, ProbeOutcome::kSkipped, "stop Portcullis, then give --pdp-down"));
  }
  if (report_.Count(ProbeOutcome::kFinding) == 0) RETURN_IF_ERROR(CheckStillClosed());
  return std::move(report_);
}

absl::StatusOr<ProbeReport> Run::FailOpen() {
  for (const ProbeRow& row : FailOpenRows()) {
    if (const char* why = WhySkipped(row); why != nullptr) {
      RETURN_IF_ERROR(Add(row, ProbeOutcome::kSkipped, why));
      continue;
    }
    ASSIGN_OR_RETURN(const ProbeReply reply, SendReference(row));
    if (!reply.answers.empty() && IsOfPortcullis(reply.answers.front())) {
      return absl::FailedPreconditionError("--pdp-down: Portcullis still answers; stop it first");
    }
    const bool open = !reply.answers.empty() && IsSuccess(reply.answers.front());
    RETURN_IF_ERROR(Add(row, open ? ProbeOutcome::kFinding : ProbeOutcome::kHeld,
                        StrCat(TextOf(reply), open ? ": let through without a decision" : "")));
  }
  return std::move(report_);
}

}  // namespace

size_t ProbeReport::Count(ProbeOutcome outcome) const {
  return static_cast<size_t>(
      std::count_if(results.begin(), results.end(),
                    [outcome](const ProbeResult& result) { return result.outcome == outcome; }));
}

absl::StatusOr<ProbeReport> RunProbe(const ProbeSettings& settings, const ProbeTools& tools) {
  Run run(settings, tools);
  return settings.pdp_down ? run.FailOpen() : run.All();
}

}  // namespace portcullis::client
