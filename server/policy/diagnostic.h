// What is wrong, or suspicious, in a policy document.
#ifndef PORTCULLIS_SERVER_POLICY_DIAGNOSTIC_H_
#define PORTCULLIS_SERVER_POLICY_DIAGNOSTIC_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/types/span.h"
#include "server/base/position.h"

namespace portcullis::policy {

enum class Severity : uint8_t { kError, kWarning };

// The rows of section 2.9 in their order: IAM reports only the first failing row of a document.
// kNone: not a save-time error of IAM (a warning, or a rule of Portcullis alone).
enum class MalformedRow : uint8_t {
  kNone,
  kSyntax,
  kVersionRequired,
  kLegacyParsing,
  kSid,
  kActionsMissing,
  kResourcesMissing,
  kResourceFormat,
  kPartition,
  kResourceVendor,
  kResourceRegion,
  kIamResourcePath,
  kActionVendorMissing,
  kActionColons,
  kActionVendor,
  kPrincipal,
  kProhibitedField,
};

struct Diagnostic {
  Severity severity = Severity::kError;
  base::Position position;

  // Lower case, no final period, the author's text in backticks.
  std::string message;
  // The likely intended word; empty if none is close. Printed as "; did you mean `...`?".
  std::string suggestion;

  MalformedRow row = MalformedRow::kNone;
  // IAM's own sentence for this row, with its arguments filled in; empty iff row is kNone.
  std::string iam_message;
};

// "2:18: error: unknown condition operator `StringEqual`; did you mean `StringEquals`?"; with a
// non-empty `file` that comes first: "dev.yaml:2:18: error: ...".
std::string FormatDiagnostic(const Diagnostic& diagnostic, std::string_view file = {});

bool HasErrors(absl::Span<const Diagnostic> diagnostics);

// The sentence IAM would answer: that of the first failing row. Falls back to
// the row of if only errors of Portcullis's own are present.
// REQUIRES: HasErrors(diagnostics).
std::string IamMessage(absl::Span<const Diagnostic> diagnostics);

}  // namespace portcullis::policy

#endif  // PORTCULLIS_SERVER_POLICY_DIAGNOSTIC_H_
