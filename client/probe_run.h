// A probe from its first request to its report.
#ifndef PORTCULLIS_CLIENT_PROBE_RUN_H_
#define PORTCULLIS_CLIENT_PROBE_RUN_H_

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "client/probe_exchange.h"
#include "client/probe_request.h"
#include "client/probe_verdict.h"
#include "server/base/clock.h"

namespace portcullis::client {

struct ProbeSettings {
  ProbeSubject subject;
  std::vector<std::string> also;  // Other paths that nobody without credentials may reach.
  size_t requests_max = 250;
  absl::Duration delay;    // Between two requests.
  bool intrusive = false;  // Also what could do harm if it gets through.
  bool pdp_down = false;   // The user has stopped Portcullis: does the proxy close, or open?
};

// What a run touches of the world outside. Not owned; outlives the run.
struct ProbeTools {
  const ProbeExchange& exchange;
  const std::function<void(absl::Duration)>& sleep;
  const base::Clock& clock;
};

struct ProbeResult {
  ProbeGroup group;
  std::string name;
  ProbeOutcome outcome = ProbeOutcome::kSkipped;
  std::string why;   // What came back, or why it was not sent.
  std::string sent;  // For people; may have control characters. Empty: nothing.
};

struct ProbeReport {
  std::vector<ProbeResult> results;  // In the order in which they were sent.
  size_t requests = 0;
  bool cut = false;  // `requests_max` left something out.

  size_t Count(ProbeOutcome outcome) const;
};

// Sends the requests one after another. A protected URL that lets anybody in is a report of one
// finding. FAILED_PRECONDITION if the proxy's plain answers are not what they should be, so that
// the others would prove nothing; UNAVAILABLE if there is no connection, at the start or later.
absl::StatusOr<ProbeReport> RunProbe(const ProbeSettings& settings, const ProbeTools& tools);

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_PROBE_RUN_H_
