#include "client/probe_report.h"

#include <cstdint>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

#include "client/text_lines.h"
#include "server/base/json_writer.h"
#include "server/base/str_cat.h"

namespace portcullis::client {
namespace {

constexpr size_t kSentBytesMax = 200;
constexpr size_t kNameWidth = 44;

bool IsNews(const ProbeResult& result) {
  return result.outcome == ProbeOutcome::kFinding || result.outcome == ProbeOutcome::kSuspect ||
         result.outcome == ProbeOutcome::kUnclear;
}

// Header lines behind the request line, each after a bar; a line end by itself is shown as one.
std::string Sent(const ProbeResult& result) {
  std::string text = absl::StrReplaceAll(result.sent, {{"\r\n", " | "}});
  if (text.size() > kSentBytesMax) text.replace(kSentBytesMax, std::string::npos, "...");
  return text;
}

std::string NameOf(const ProbeResult& result) {
  return base::StrCat(GroupName(result.group), "/", result.name);
}

std::string Counted(size_t count, std::string_view noun) {
  return base::StrCat(count, " ", noun, count == 1 ? "" : "s");
}

std::string Summary(const ProbeReport& report, std::string_view url) {
  return base::StrCat(
      Counted(report.Count(ProbeOutcome::kFinding), "finding"), ", ",
      Counted(report.Count(ProbeOutcome::kSuspect), "suspect"), ", ",
      report.Count(ProbeOutcome::kHeld), " held, ", report.Count(ProbeOutcome::kUnclear),
      " unclear, ", report.Count(ProbeOutcome::kSkipped),
      " skipped: ", Counted(report.requests, "request"), " to ", Printable(url), "\n");
}

void AddNews(const ProbeResult& result, std::string* text) {
  absl::StrAppend(text, OutcomeName(result.outcome), " ", Printable(NameOf(result)), "\n");
  AddLine("sent", Sent(result), text);
  AddLine("answer", result.why, text);
  if (result.outcome != ProbeOutcome::kUnclear) AddLine("advice", GroupAdvice(result.group), text);
}

void AddRow(const ProbeResult& result, std::string* text) {
  std::string name = Printable(NameOf(result));
  if (name.size() < kNameWidth) name.resize(kNameWidth, ' ');
  std::string outcome = OutcomeName(result.outcome);
  outcome.resize(8, ' ');
  absl::StrAppend(text, outcome, name, " ", Printable(result.why), "\n");
  if (!result.sent.empty()) AddLine("", Sent(result), text);
}

void AddSkipped(const ProbeReport& report, std::string* text) {
  std::map<std::string, size_t> counts;
  for (const ProbeResult& result : report.results) {
    if (result.outcome == ProbeOutcome::kSkipped) ++counts[result.why];
  }
  for (const auto& [why, count] : counts) {
    absl::StrAppend(text, "skipped ", count, ": ", why, "\n");
  }
}

}  // namespace

std::string ProbeText(const ProbeReport& report, std::string_view url, bool verbose) {
  std::string text;
  if (verbose) {
    for (const ProbeResult& result : report.results) AddRow(result, &text);
  }
  for (const ProbeResult& result : report.results) {
    if (IsNews(result)) AddNews(result, &text);
  }
  if (!verbose) AddSkipped(report, &text);
  absl::StrAppend(&text, Summary(report, url));
  return text;
}

std::string ProbeJson(const ProbeReport& report, std::string_view url) {
  base::JsonWriter writer;
  writer.BeginObject().Member("url", url);
  writer.Member("requests", static_cast<int64_t>(report.requests));
  writer.Member("complete", !report.cut && report.Count(ProbeOutcome::kUnclear) == 0);
  writer.Member("findings", static_cast<int64_t>(report.Count(ProbeOutcome::kFinding)));
  writer.Member("suspects", static_cast<int64_t>(report.Count(ProbeOutcome::kSuspect)));
  writer.Key("rows").BeginArray();
  for (const ProbeResult& result : report.results) {
    writer.BeginObject();
    writer.Member("group", GroupName(result.group)).Member("name", result.name);
    writer.Member("outcome", OutcomeName(result.outcome)).Member("why", result.why);
    if (!result.sent.empty()) writer.Member("sent", result.sent);
    if (IsNews(result)) writer.Member("advice", GroupAdvice(result.group));
    writer.EndObject();
  }
  writer.EndArray().EndObject();
  return base::StrCat(writer.text(), "\n");
}

}  // namespace portcullis::client
