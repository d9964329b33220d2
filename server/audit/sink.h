// Where audit records go.
#ifndef PORTCULLIS_SERVER_AUDIT_SINK_H_
#define PORTCULLIS_SERVER_AUDIT_SINK_H_

#include <string_view>

#include "absl/status/status.h"

#include "server/metrics/names.h"

namespace portcullis::audit {

// Takes formatted lines. Called from one thread, the queue's writer, except where said otherwise.
class Sink {
 public:
  virtual ~Sink() = default;

  // Writes whole lines, each ending in a newline: all of them or, in effect, none. After an error
  // the same lines may be offered again. May block, so it is never called on a request's thread.
  virtual absl::Status Write(std::string_view lines) = 0;

  // Called now and then and before the end: makes durable what the sink's settings ask for.
  virtual absl::Status Flush() = 0;

  // Asks to open the destination again, for log rotation by others. Thread-safe; returns at once,
  // and takes effect before the next Write() or Flush().
  virtual void Reopen() {}

  // The label of metrics.
  virtual metrics::AuditSink label() const = 0;
};

}  // namespace portcullis::audit

#endif  // PORTCULLIS_SERVER_AUDIT_SINK_H_
