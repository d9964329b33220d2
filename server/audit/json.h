// Records as JSON, in the shape of CloudTrail's, so that detections written for those work.
#ifndef PORTCULLIS_SERVER_AUDIT_JSON_H_
#define PORTCULLIS_SERVER_AUDIT_JSON_H_

#include <cstddef>
#include <string>

#include "server/audit/record.h"
#include "server/base/json_writer.h"

namespace portcullis::audit {

// Our schema of `additionalEventData`: the major number changes when a member is removed or changes
// its type, the minor one when members are added.
inline constexpr std::string_view kSchemaVersion = "1.1";

// A line is never longer, its newline included.
inline constexpr size_t kLineBytesMax = 32 * 1024;

// Formats records one after another; keeps memory between them. Not thread-safe.
class JsonFormatter {
 public:
  // Appends one line to `lines`. Control characters are escaped and bad UTF-8 is replaced, so a
  // record is one line whatever its texts contain. Returns whether anything had to be cut: texts in
  // the record, or, if the line would be too long, its lists and the rest of its texts.
  bool AppendLine(const Record& record, std::string* lines);

 private:
  base::JsonWriter writer_;
};

}  // namespace portcullis::audit

#endif  // PORTCULLIS_SERVER_AUDIT_JSON_H_
