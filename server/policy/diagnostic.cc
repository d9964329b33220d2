#include "server/policy/diagnostic.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "server/base/text.h"

namespace portcullis::policy {
namespace {

bool IsError(const Diagnostic& diagnostic) {
  return diagnostic.severity == Severity::kError;
}

std::string_view SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "error";
    case Severity::kWarning:
      return "warning";
  }
  return "error";
}

}  // namespace

std::string FormatDiagnostic(const Diagnostic& diagnostic, std::string_view file) {
  std::string text(file);
  if (diagnostic.position != base::Position{}) {
    absl::StrAppend(&text, text.empty() ? "" : ":", diagnostic.position.line, ":",
                    diagnostic.position.column);
  }
  if (!text.empty()) text += ": ";
  text += base::Concat({SeverityName(diagnostic.severity), ": ", diagnostic.message});
  if (!diagnostic.suggestion.empty()) {
    text += base::Concat({"; did you mean ", base::Quoted(diagnostic.suggestion), "?"});
  }
  return text;
}

bool HasErrors(absl::Span<const Diagnostic> diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(), IsError);
}

std::string IamMessage(absl::Span<const Diagnostic> diagnostics) {
  const Diagnostic* first = nullptr;
  for (const Diagnostic& diagnostic : diagnostics) {
    if (!IsError(diagnostic) || diagnostic.row == MalformedRow::kNone) continue;
    if (first == nullptr || diagnostic.row < first->row) first = &diagnostic;
  }
  return first == nullptr ? "Syntax errors in policy." : first->iam_message;
}

}  // namespace portcullis::policy
