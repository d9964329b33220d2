#include "client/aws_import.h"

#include <algorithm>
#include <memory>
#include <string_view>

#include "absl/strings/match.h"

#include "client/import_checks.h"
#include "client/import_credential_report.h"
#include "client/import_details.h"
#include "client/import_principals.h"
#include "client/import_resources.h"
#include "client/import_tree.h"
#include "client/offline_tree.h"
#include "client/staged_directory.h"
#include "server/base/status_macros.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/store/definitions.h"
#include "server/store/snapshot.h"

namespace portcullis::client {
namespace {

// What to do where AWS lets an account have more than Portcullis does, or says things that only AWS
// can check.
struct Advice {
  std::string_view message;  // A part of the loader's message.
  std::string_view advice;
};
constexpr std::string_view kRulesOfAws =
    "AWS exempts its own policies from this rule; attach one of the account's own instead before "
    "the import";
constexpr Advice kAdvice[] = {
    {"characters of a trust policy",
     "AWS raises this quota on request; name accounts instead of their users and roles, and narrow "
     "them by a condition on `aws:PrincipalArn`"},
    {"total size of inline policies", "make managed policies of some of them before the import"},
    {"AttachedPoliciesPerEntity", "merge some of the policies before the import"},
    {"GroupsPerUser", "merge some of the groups before the import"},
    {"exceeds the 20480 characters", "shorten the policy in the file of resource policies"},
    {"canonical user ids", "the account's id stands in the console of its bucket's owner"},
    {"of no known kind", kRulesOfAws},
    {"a policy variable may stand only", kRulesOfAws},
    {"does not exist", "was the input made with `--filter`, or is something of it missing?"},
    {"every principal",
     "a server can be told to accept it with `--allow-wildcard-trust`, and so can this "
     "command"},
};

std::string WithAdvice(const policy::Diagnostic& diagnostic) {
  std::string message = diagnostic.message;
  if (!diagnostic.suggestion.empty()) {
    message += base::StrCat("; did you mean ", base::Quoted(diagnostic.suggestion), "?");
  }
  for (const Advice& row : kAdvice) {
    if (absl::StrContains(message, base::AbslView(row.message))) {
      return base::StrCat(message, " (", row.advice, ")");
    }
  }
  return message;
}

absl::Status WriteFiles(const std::vector<ImportedFile>& files, StagedDirectory* staged) {
  for (const ImportedFile& file : files) {
    RETURN_IF_ERROR(staged->Write(file.name, file.yaml.text));
  }
  return absl::OkStatus();
}

// Reports the loader's errors at their places in the input; returns the number of its warnings.
size_t ReportDiagnostics(const AwsAccount& account, const OfflineTree& tree,
                         const std::vector<ImportedFile>& files, ImportReport* report) {
  size_t warning_count = 0;
  for (const store::SourceDiagnostic& found : tree.diagnostics) {
    if (found.diagnostic.severity != policy::Severity::kError) {
      ++warning_count;
      continue;
    }
    const auto file = std::find_if(files.begin(), files.end(),
                                   [&](const auto& item) { return item.name == found.file; });
    const ImportPlace* place =
        file == files.end() ? nullptr : file->PlaceAt(found.diagnostic.position);
    report->Error(place != nullptr ? *place : account.id.place, WithAdvice(found.diagnostic));
  }
  return warning_count;
}

template <typename T, typename Find>
bool FillIds(std::vector<T>* entities, Find find) {
  bool filled = false;
  for (T& entity : *entities) {
    if (!entity.id.text.empty()) continue;
    const auto* built = find(entity.arn.text);
    if (built == nullptr) continue;
    entity.id = {std::string(built->id), entity.place};
    filled = true;
  }
  return filled;
}

// Gives the ids that the loader derived to what has none, so that they stay when names change.
bool FillAllIds(const store::Snapshot& snapshot, AwsAccount* account) {
  const auto profile_of = [&](std::string_view arn) -> const store::InstanceProfile* {
    for (const auto& profile : snapshot.instance_profiles()) {
      if (profile->arn == arn) return profile.get();
    }
    return nullptr;
  };
  const bool filled[] = {
      FillIds(&account->users, [&](std::string_view arn) { return snapshot.FindUser(arn); }),
      FillIds(&account->groups, [&](std::string_view arn) { return snapshot.FindGroup(arn); }),
      FillIds(&account->roles, [&](std::string_view arn) { return snapshot.FindRole(arn); }),
      FillIds(&account->policies,
              [&](std::string_view arn) { return snapshot.FindManagedPolicy(arn); }),
      FillIds(&account->instance_profiles, profile_of),
  };
  return std::any_of(std::begin(filled), std::end(filled), [](bool value) { return value; });
}

}  // namespace

AwsAccount ReadAwsAccount(const AwsImportInput& input, ImportReport* report) {
  AwsAccount account;
  std::vector<uint32_t> details;
  for (const ImportFile& file : input.details) {
    details.push_back(report->AddJson(file.name, file.text));
  }
  ReadAccountDetails(details, report, &account);
  if (input.credential_report.has_value()) {
    ReadCredentialReport(input.credential_report->name, input.credential_report->text, report,
                         &account);
  }
  if (input.resource_policies.has_value()) {
    const uint32_t resources =
        report->AddJson(input.resource_policies->name, input.resource_policies->text);
    ReadResourcePolicies(resources, report, &account);
  }
  CheckAccount(report, &account);
  return account;
}

absl::StatusOr<AwsImportResult> WriteAwsAccount(AwsAccount account, const std::string& directory,
                                                bool allow_wildcard_trust, ImportReport* report) {
  AwsImportResult result;
  if (report->has_errors()) return result;
  ASSIGN_OR_RETURN(const std::unique_ptr<StagedDirectory> staged,
                   StagedDirectory::Create(directory));
  const NamedPrincipals principals = FindNamedPrincipals(account);
  OfflineTreeOptions loading;
  loading.directory = staged->path();
  loading.allow_wildcard_trust = allow_wildcard_trust;
  bool changed = true;
  while (changed) {  // Twice at most: then nothing is without an id.
    ASSIGN_OR_RETURN(const std::vector<ImportedFile> files, MakeTree(account, principals));
    RETURN_IF_ERROR(WriteFiles(files, staged.get()));
    ASSIGN_OR_RETURN(const OfflineTree tree, LoadOfflineTree(loading));
    result.warning_count = ReportDiagnostics(account, tree, files, report);
    if (tree.snapshot == nullptr) return result;
    changed = FillAllIds(*tree.snapshot, &account);
  }
  RETURN_IF_ERROR(staged->Commit());
  ReportProviders(principals, report);
  result.written = true;
  return result;
}

}  // namespace portcullis::client
