// Audit records on standard output, for containers whose platform collects it.
#ifndef PORTCULLIS_SERVER_AUDIT_STDOUT_SINK_H_
#define PORTCULLIS_SERVER_AUDIT_STDOUT_SINK_H_

#include <string_view>

#include "server/audit/sink.h"

namespace portcullis::audit {

// Writes to a descriptor that somebody else opened and closes. A reader that went away is an error
// of Write(), provided that the process ignores SIGPIPE.
class StdoutSink : public Sink {
 public:
  explicit StdoutSink(int fd = 1) : fd_(fd) {}

  absl::Status Write(std::string_view lines) override;
  absl::Status Flush() override { return absl::OkStatus(); }
  metrics::AuditSink label() const override { return metrics::AuditSink::kStdout; }

 private:
  const int fd_;
  bool line_is_open_ = false;  // An earlier write stopped within a line.
};

}  // namespace portcullis::audit

#endif  // PORTCULLIS_SERVER_AUDIT_STDOUT_SINK_H_
