#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "client/account_export.h"
#include "client/commands.h"
#include "client/offline_tree.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/store/definitions.h"

namespace portcullis::client {
namespace {

struct ExportOptions {
  OfflineTreeOptions tree;
  std::string account;
  bool resource_policies = false;
};

// The account with that id; without one, the only account that is kept in the directory.
absl::StatusOr<const store::Account*> FindAccount(const store::Snapshot& snapshot,
                                                  const std::string& id) {
  if (!id.empty()) {
    const store::Account* account = snapshot.FindAccount(id);
    if (account == nullptr || account->external) {
      return absl::NotFoundError(
          absl::StrCat("account ", base::Quoted(id),
                       account == nullptr ? " is not declared in the directory"
                                          : " is declared external: nothing of it is kept here"));
    }
    return account;
  }
  const store::Account* only = nullptr;
  for (const auto& account : snapshot.accounts()) {
    if (account->external) continue;
    if (only != nullptr) {
      return absl::InvalidArgumentError(
          "the directory has several accounts: name one with "
          "--account");
    }
    only = account.get();
  }
  if (only == nullptr) return absl::NotFoundError("the directory has no account");
  return only;
}

absl::StatusOr<ExitCode> Export(const ExportOptions& options, const CommandContext& context) {
  ASSIGN_OR_RETURN(const OfflineTree tree, LoadOfflineTree(options.tree));
  if (tree.snapshot == nullptr) {
    for (store::SourceDiagnostic found : tree.diagnostics) {
      if (found.diagnostic.severity != policy::Severity::kError) continue;
      found.file = PathInTree(options.tree.directory, found.file);
      context.err() << store::FormatSourceDiagnostic(found) << "\n";
    }
    return absl::InvalidArgumentError("a server would not serve the directory");
  }
  ASSIGN_OR_RETURN(const store::Account* account, FindAccount(*tree.snapshot, options.account));
  if (options.resource_policies) {
    ASSIGN_OR_RETURN(const std::string text,
                     LayOutShape(ExportResources(*tree.snapshot, *account)));
    context.out() << text;
    return ExitCode::kOk;
  }
  ASSIGN_OR_RETURN(const base::Shape details, ExportDetails(*tree.snapshot, *account));
  ASSIGN_OR_RETURN(const std::string text, LayOutShape(details));
  context.out() << text;
  for (const std::string& line : NotExported(*tree.snapshot, *account)) {
    context.err() << "portcullis: not exported: " << line << "\n";
  }
  return ExitCode::kOk;
}

}  // namespace

CommandAction SetUpExport(CLI::App& app) {
  auto options = std::make_shared<ExportOptions>();
  app.add_option("directory", options->tree.directory, "The directory, as portcullisd's --policies")
      ->required();
  app.add_option("--account", options->account, "Which account; not needed if there is only one");
  app.add_flag("--resource-policies", options->resource_policies,
               "Print its resources, as `import --resource-policies` reads them, instead");
  app.add_option("--secrets", options->tree.secrets,
                 "What `File` references of secrets are relative to, if there are any");
  app.add_flag("--allow-wildcard-trust", options->tree.allow_wildcard_trust,
               "As the option of portcullisd");
  app.footer(
      "Prints what `aws iam get-account-authorization-details` prints: users, groups, roles and\n"
      "managed policies, with their documents. Needs no server; secrets are never printed. Roles "
      "have\n"
      "`Description` and `MaxSessionDuration`, and managed policies `Tags`, where they are set.");
  return ActionOf<ExportOptions>(options, Export);
}

}  // namespace portcullis::client
