#include <algorithm>
#include <cstddef>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "client/commands.h"
#include "client/offline_tree.h"
#include "server/base/json_writer.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/store/definitions.h"

namespace portcullis::client {
namespace {

struct Findings {
  std::vector<store::SourceDiagnostic> diagnostics;
  size_t file_count = 0;

  size_t Count(policy::Severity severity) const {
    return static_cast<size_t>(std::count_if(
        diagnostics.begin(), diagnostics.end(),
        [severity](const auto& found) { return found.diagnostic.severity == severity; }));
  }
};

std::string Counted(size_t count, std::string_view noun) {
  return absl::StrCat(count, " ", base::AbslView(noun), count == 1 ? "" : "s");
}

void PrintText(const Findings& findings, std::ostream& out) {
  for (const store::SourceDiagnostic& diagnostic : findings.diagnostics) {
    out << store::FormatSourceDiagnostic(diagnostic) << "\n";
  }
  out << Counted(findings.file_count, "file") << ", "
      << Counted(findings.Count(policy::Severity::kError), "error") << ", "
      << Counted(findings.Count(policy::Severity::kWarning), "warning") << "\n";
}

void PrintJson(const Findings& findings, std::ostream& out) {
  base::JsonWriter writer;
  writer.BeginObject().Key("diagnostics").BeginArray();
  for (const store::SourceDiagnostic& diagnostic : findings.diagnostics) {
    writer.String(store::FormatSourceDiagnostic(diagnostic));
  }
  writer.EndArray();
  writer.Key("files").Uint(findings.file_count);
  writer.Key("errors").Uint(findings.Count(policy::Severity::kError));
  writer.Key("warnings").Uint(findings.Count(policy::Severity::kWarning));
  writer.EndObject();
  out << writer.text() << "\n";
}

absl::StatusOr<ExitCode> Check(const OfflineTreeOptions& options, const CommandContext& context) {
  ASSIGN_OR_RETURN(OfflineTree tree, LoadOfflineTree(options));
  Findings findings = {std::move(tree.diagnostics), tree.file_count};
  for (store::SourceDiagnostic& found : findings.diagnostics) {
    found.file = PathInTree(options.directory, found.file);
  }
  if (context.json()) {
    PrintJson(findings, context.out());
  } else {
    PrintText(findings, context.out());
  }
  return tree.snapshot != nullptr ? ExitCode::kOk : ExitCode::kError;
}

}  // namespace

CommandAction SetUpPolicyCheck(CLI::App& app) {
  auto options = std::make_shared<OfflineTreeOptions>();
  app.add_option("directory", options->directory, "The directory, as portcullisd's --policies")
      ->required();
  app.add_option("--secrets", options->secrets,
                 "What `File` references of secrets are relative to, if there are any");
  app.add_flag("--allow-wildcard-trust", options->allow_wildcard_trust,
               "As the option of portcullisd");
  app.footer(
      "Reports every mistake as file:line:column. Needs no server.\n"
      "Exits with 0 if a server would serve the directory, 2 if not.");
  return ActionOf<OfflineTreeOptions>(options, Check);
}

}  // namespace portcullis::client
