#include <fstream>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "client/aws_import.h"
#include "client/commands.h"
#include "client/files.h"
#include "server/base/json_writer.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"

namespace portcullis::client {
namespace {

constexpr size_t kFileBytesMax = size_t{1} << 30;

struct ImportOptions {
  std::vector<std::string> details;
  std::string directory;
  std::string credential_report;
  std::string resource_policies;
  std::string not_carried;
  bool allow_wildcard_trust = false;
};

absl::StatusOr<ImportFile> Read(const std::string& path) {
  ASSIGN_OR_RETURN(std::string text, ReadWholeFile(path, kFileBytesMax));
  return ImportFile{path, std::move(text)};
}

absl::StatusOr<AwsImportInput> ReadInput(const ImportOptions& options) {
  AwsImportInput input;
  for (const std::string& path : options.details) {
    ASSIGN_OR_RETURN(input.details.emplace_back(), Read(path));
  }
  if (!options.credential_report.empty()) {
    ASSIGN_OR_RETURN(input.credential_report.emplace(), Read(options.credential_report));
  }
  if (!options.resource_policies.empty()) {
    ASSIGN_OR_RETURN(input.resource_policies.emplace(), Read(options.resource_policies));
  }
  return input;
}

std::string Counted(size_t count, std::string_view noun, std::string_view nouns) {
  return absl::StrCat(count, " ", base::AbslView(count == 1 ? noun : nouns));
}

std::string Summary(const AwsAccount& account) {
  size_t platform = 0;
  for (const AwsManagedPolicy& policy : account.policies) platform += policy.platform ? 1 : 0;
  return absl::StrCat(
      Counted(account.users.size(), "user", "users"), ", ",
      Counted(account.groups.size(), "group", "groups"), ", ",
      Counted(account.roles.size(), "role", "roles"), ", ",
      Counted(account.policies.size() - platform, "managed policy", "managed policies"), ", ",
      Counted(platform, "policy of AWS", "policies of AWS"), ", ",
      Counted(account.instance_profiles.size(), "instance profile", "instance profiles"), ", ",
      Counted(account.resources.size(), "resource", "resources"));
}

void AppendEntries(const std::vector<ImportReport::Entry>& entries, std::string_view severity,
                   std::string* text) {
  for (const ImportReport::Entry& entry : entries) *text += entry.ToText(severity) + "\n";
}

std::string NotCarriedText(const ImportReport& report) {
  const auto entries = report.not_carried();
  if (entries.empty()) return "Everything was carried over.\n";
  std::string text = absl::StrCat("Not carried over (", entries.size(), "):\n");
  AppendEntries(entries, {}, &text);
  return text;
}

void WriteEntries(const char* key, const std::vector<ImportReport::Entry>& entries,
                  base::JsonWriter* writer) {
  writer->Key(key).BeginArray();
  for (const ImportReport::Entry& entry : entries) {
    writer->BeginObject();
    writer->Member("file", std::string_view(entry.file));
    writer->Member("line", static_cast<int64_t>(entry.position.line));
    writer->Member("column", static_cast<int64_t>(entry.position.column));
    writer->Member("path", std::string_view(entry.path));
    writer->Member("message", std::string_view(entry.message));
    writer->EndObject();
  }
  writer->EndArray();
}

std::string JsonText(const ImportOptions& options, const std::string& id,
                     const AwsImportResult& result, const ImportReport& report) {
  base::JsonWriter writer;
  writer.BeginObject();
  writer.Member("account", std::string_view(id));
  writer.Member("directory", std::string_view(options.directory));
  writer.Member("written", result.written);
  writer.Member("warnings", static_cast<int64_t>(result.warning_count));
  WriteEntries("errors", report.errors(), &writer);
  WriteEntries("notCarried", report.not_carried(), &writer);
  writer.EndObject();
  return absl::StrCat(base::AbslView(writer.text()), "\n");
}

std::string SuccessText(const ImportOptions& options, const std::string& id,
                        const std::string& summary, const AwsImportResult& result,
                        const ImportReport& report) {
  std::string text = absl::StrCat("Account ", id, " is in ", base::Quoted(options.directory), ": ",
                                  summary, "\n", NotCarriedText(report));
  if (result.warning_count > 0) {
    absl::StrAppend(&text, "`portcullis policy check` shows ",
                    Counted(result.warning_count, "warning", "warnings"), " about it\n");
  }
  return text;
}

absl::Status WriteNotCarried(const ImportOptions& options, const ImportReport& report) {
  if (options.not_carried.empty()) return absl::OkStatus();
  std::ofstream file(options.not_carried);
  file << NotCarriedText(report);
  file.close();
  if (file.good()) return absl::OkStatus();
  return absl::UnknownError(absl::StrCat("the account was imported, but ",
                                         base::Quoted(options.not_carried), " cannot be written"));
}

absl::StatusOr<ExitCode> Import(const ImportOptions& options, const CommandContext& context) {
  ASSIGN_OR_RETURN(const AwsImportInput input, ReadInput(options));
  ImportReport report;
  AwsAccount account = ReadAwsAccount(input, &report);
  const std::string id = account.id.text;
  const std::string summary = Summary(account);
  ASSIGN_OR_RETURN(const AwsImportResult result,
                   WriteAwsAccount(std::move(account), options.directory,
                                   options.allow_wildcard_trust, &report));
  if (context.json()) {
    context.out() << JsonText(options, id, result, report);
  } else if (result.written) {
    context.out() << SuccessText(options, id, summary, result, report);
  }
  if (!result.written) {
    std::string text;
    if (!context.json()) AppendEntries(report.errors(), "error", &text);
    context.err() << text << "portcullis: nothing was written\n";
    return ExitCode::kError;
  }
  RETURN_IF_ERROR(WriteNotCarried(options, report));
  return ExitCode::kOk;
}

}  // namespace

CommandAction SetUpImportAwsAccount(CLI::App& app) {
  auto options = std::make_shared<ImportOptions>();
  app.add_option("files", options->details,
                 "What `aws iam get-account-authorization-details` printed: all its pages, in one "
                 "file or several; `aws iam list-roles`, too")
      ->required();
  app.add_option("--output", options->directory,
                 "The directory to make; it must not exist, or be empty")
      ->required();
  app.add_option("--credential-report", options->credential_report,
                 "What `aws iam get-credential-report` printed, or the CSV in it");
  app.add_option("--resource-policies", options->resource_policies,
                 "A JSON list of {\"ResourceArn\": .., \"Policy\": .., \"Tags\": [..]}");
  app.add_option("--not-carried", options->not_carried,
                 "Also write what could not be carried over to this file");
  app.add_flag("--allow-wildcard-trust", options->allow_wildcard_trust,
               "As the option of portcullisd, which then needs it too");
  app.footer(
      "Writes YAML for users, groups, roles, policies and instance profiles, and lists what could "
      "not\n"
      "be carried over, such as secrets. The directory is checked as a server checks it, and "
      "appears\n"
      "whole or not at all; mistakes are reported at their places in the input. `--output json` "
      "before\n"
      "`import` prints the lists for programs. The session durations and descriptions of roles "
      "are\n"
      "only in what `aws iam list-roles` prints: give it as one of the files.\n"
      "Exits with 0 if the directory was written, 2 if not.");
  return ActionOf<ImportOptions>(options, Import);
}

}  // namespace portcullis::client
