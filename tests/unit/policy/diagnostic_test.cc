#include "server/policy/diagnostic.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace portcullis::policy {
namespace {

Diagnostic Make(Severity severity, MalformedRow row, std::string iam_message) {
  return {.severity = severity,
          .position = {2, 18},
          .message = "unknown condition operator `StringEqual`",
          .suggestion = "StringEquals",
          .row = row,
          .iam_message = std::move(iam_message)};
}

TEST(FormatDiagnostic, PutsThePositionFirst) {
  Diagnostic diagnostic = Make(Severity::kError, MalformedRow::kSyntax, "Syntax errors in policy.");
  EXPECT_EQ(FormatDiagnostic(diagnostic),
            "2:18: error: unknown condition operator `StringEqual`; did you mean `StringEquals`?");
  EXPECT_EQ(FormatDiagnostic(diagnostic, "dev.yaml"),
            "dev.yaml:2:18: error: unknown condition operator `StringEqual`; did you mean "
            "`StringEquals`?");
  diagnostic.severity = Severity::kWarning;
  diagnostic.suggestion.clear();
  EXPECT_EQ(FormatDiagnostic(diagnostic),
            "2:18: warning: unknown condition operator `StringEqual`");
}

TEST(FormatDiagnostic, LeavesOutAnUnknownPosition) {
  Diagnostic diagnostic = Make(Severity::kError, MalformedRow::kNone, "");
  diagnostic.position = {};
  diagnostic.suggestion.clear();
  EXPECT_EQ(FormatDiagnostic(diagnostic), "error: unknown condition operator `StringEqual`");
  EXPECT_EQ(FormatDiagnostic(diagnostic, "dev.yaml"),
            "dev.yaml: error: unknown condition operator `StringEqual`");
}

TEST(HasErrors, DisregardsWarnings) {
  std::vector<Diagnostic> diagnostics;
  EXPECT_FALSE(HasErrors(diagnostics));
  diagnostics.push_back(Make(Severity::kWarning, MalformedRow::kNone, ""));
  EXPECT_FALSE(HasErrors(diagnostics));
  diagnostics.push_back(Make(Severity::kError, MalformedRow::kNone, ""));
  EXPECT_TRUE(HasErrors(diagnostics));
}

// Section 2.9: the first failing row wins, wherever it stands in the document.
TEST(IamMessage, IsThatOfTheFirstRow) {
  const std::vector<Diagnostic> diagnostics = {
      Make(Severity::kWarning, MalformedRow::kNone, ""),
      Make(Severity::kError, MalformedRow::kActionVendor, "Vendor s3* is not valid"),
      Make(Severity::kError, MalformedRow::kNone, ""),
      Make(Severity::kError, MalformedRow::kSid, "first Sid"),
      Make(Severity::kError, MalformedRow::kSid, "second Sid"),
  };
  EXPECT_EQ(IamMessage(diagnostics), "first Sid");
}

TEST(IamMessage, FallsBackToSyntax) {
  EXPECT_EQ(IamMessage(std::vector<Diagnostic>{Make(Severity::kError, MalformedRow::kNone, "")}),
            "Syntax errors in policy.");
}

}  // namespace
}  // namespace portcullis::policy
