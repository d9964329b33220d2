// What a probe found, for people and for programs.
#ifndef PORTCULLIS_CLIENT_PROBE_REPORT_H_
#define PORTCULLIS_CLIENT_PROBE_REPORT_H_

#include <string>
#include <string_view>

#include "client/probe_run.h"

namespace portcullis::client {

// `url`: what was probed. Findings and suspects with what was sent, what came back and what to do;
// of what was skipped why; with `verbose` every row. Printable.
std::string ProbeText(const ProbeReport& report, std::string_view url, bool verbose);

// {"url","requests","complete","findings","suspects","rows":[{"group","name","outcome","why",
// "sent","advice"}]}, every row.
std::string ProbeJson(const ProbeReport& report, std::string_view url);

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_PROBE_REPORT_H_
