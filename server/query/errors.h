// From what the engine says went wrong to what a client of the Query protocol sees: one table.
#ifndef PORTCULLIS_SERVER_QUERY_ERRORS_H_
#define PORTCULLIS_SERVER_QUERY_ERRORS_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/types/span.h"

#include "server/query/xml.h"

namespace portcullis::query {

// An error as AWS shows it.
struct AwsError {
  std::string_view code;  // Of static storage.
  int http_status = 500;
  std::string message;

  bool our_fault() const { return http_status >= 500; }
};

// What becomes of one reason (base::ReasonOf).
struct ErrorRow {
  std::string_view reason;
  std::string_view code;
  int http_status;
  // Instead of the status's own text, which tells more than the caller may know; empty: that text.
  std::string_view message;
};
// All rows. A reason that the engine can return and that has none is a mistake, which a test finds.
absl::Span<const ErrorRow> ErrorRows();

// The error for `status`, by its reason, or by its code if the reason has no row. Texts of
// INTERNAL, UNKNOWN and DATA_LOSS stay here: they describe us, not the caller's mistake.
// REQUIRES: `status` is not OK.
AwsError ToAwsError(const absl::Status& status, Service service);

// The error for a request that HTTP itself refuses, with the status that is sent.
AwsError HttpError(int http_status);

}  // namespace portcullis::query

#endif  // PORTCULLIS_SERVER_QUERY_ERRORS_H_
