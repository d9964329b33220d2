#include <algorithm>
#include <cstddef>
#include <memory>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"

#include "client/commands.h"
#include "server/base/json_writer.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/federation/documents.h"
#include "server/session/key_ring.h"
#include "server/source/file_system.h"
#include "server/source/snapshot_loader.h"
#include "server/source/yaml_directory_source.h"
#include "server/store/definitions.h"

namespace portcullis::client {
namespace {

struct CheckOptions {
  std::string directory;
  std::string secrets;
  bool allow_wildcard_trust = false;
};

// Policies are checked as they would be served, which includes a key ring; this one seals nothing.
absl::StatusOr<std::shared_ptr<const session::KeyRing>> AnyKeyRing() {
  ASSIGN_OR_RETURN(session::KeyRingEntry entry,
                   session::KeyRing::ParseKeyFile("check", session::KeyRing::GenerateKeyFile()));
  std::vector<session::KeyRingEntry> entries;
  entries.push_back(std::move(entry));
  return session::KeyRing::Create(std::move(entries));
}

absl::StatusOr<source::SourceReading> ReadDirectory(const CheckOptions& options) {
  if (options.directory.empty()) return absl::InvalidArgumentError("the directory has no name");
  source::YamlDirectoryOptions reading;
  reading.policy_directory = options.directory;
  reading.secrets_directory = options.secrets;
  ASSIGN_OR_RETURN(reading.fixed_key_ring, AnyKeyRing());
  reading.quiet_period = absl::ZeroDuration();  // Whoever asks has finished writing.
  return source::YamlDirectorySource(source::FileSystem::System(), reading).Load();
}

// The file as the caller would name it, so that editors find it.
std::string PathOf(const std::string& directory, const std::string& file) {
  return absl::StrCat(directory, directory.back() == '/' ? "" : "/", file);
}

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

absl::StatusOr<ExitCode> Check(const CheckOptions& options, const CommandContext& context) {
  ASSIGN_OR_RETURN(const source::SourceReading reading, ReadDirectory(options));
  source::SnapshotLoaderOptions loading;
  loading.limits.validate_jwks = federation::CheckKeySet;
  loading.limits.validate_saml_metadata = federation::CheckSamlMetadata;
  loading.limits.policy.allow_wildcard_trust_with_condition = options.allow_wildcard_trust;
  loading.threads_max = std::max(std::thread::hardware_concurrency(), 1U);
  source::SnapshotLoader::Result loaded = source::SnapshotLoader(loading).Load(reading);

  Findings findings = {std::move(loaded.diagnostics), reading.documents.size()};
  for (store::SourceDiagnostic& found : findings.diagnostics) {
    found.file = PathOf(options.directory, found.file);
  }
  if (context.json()) {
    PrintJson(findings, context.out());
  } else {
    PrintText(findings, context.out());
  }
  return loaded.snapshot != nullptr ? ExitCode::kOk : ExitCode::kError;
}

}  // namespace

CommandAction SetUpPolicyCheck(CLI::App& app) {
  auto options = std::make_shared<CheckOptions>();
  app.add_option("directory", options->directory, "The directory, as portcullisd's --policies")
      ->required();
  app.add_option("--secrets", options->secrets,
                 "What `File` references of secrets are relative to, if there are any");
  app.add_flag("--allow-wildcard-trust", options->allow_wildcard_trust,
               "As the option of portcullisd");
  app.footer(
      "Reports every mistake as file:line:column. Needs no server.\n"
      "Exits with 0 if a server would serve the directory, 2 if not.");
  return ActionOf<CheckOptions>(options, Check);
}

}  // namespace portcullis::client
