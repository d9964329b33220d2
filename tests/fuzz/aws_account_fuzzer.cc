// What the AWS command line prints about an account, on its way to a tree of policies.
//
// An input is up to three texts with lines `%%` between them: account details, a credential report
// and resource policies. Without a report its place is empty. Whatever they are: no crash, and
// every complaint has a place in one of them and is one line of text. What is accepted becomes YAML
// that the loader of the server either understands or refuses at places that the import can name.
// And from then on nothing changes: what is exported is imported without a complaint, and exported
// again it is the same. Nothing is written to disk.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/account_export.h"
#include "client/aws_import.h"
#include "client/import_principals.h"
#include "client/import_report.h"
#include "client/import_tree.h"
#include "server/base/text.h"
#include "server/federation/documents.h"
#include "server/source/snapshot_loader.h"

namespace portcullis::client {
namespace {

using Entries = std::vector<ImportReport::Entry>;
using Loaded = source::SnapshotLoader::Result;

void Require(bool holds) {
  if (!holds) std::abort();
}

// The text before the next line `%%`, which is taken away with it; nullopt if there is none left.
std::optional<std::string> NextText(std::optional<std::string_view>* rest) {
  constexpr std::string_view kSeparator = "\n%%\n";
  if (!rest->has_value()) return std::nullopt;
  const std::string_view all = **rest;
  const size_t end = all.find(kSeparator);
  *rest = end == std::string_view::npos
              ? std::nullopt
              : std::optional<std::string_view>(all.substr(end + kSeparator.size()));
  return std::string(all.substr(0, end));
}

AwsImportInput InputOf(std::string_view bytes) {
  std::optional<std::string_view> rest = bytes;
  AwsImportInput input;
  input.details.push_back({"details.json", *NextText(&rest)});
  const auto report = NextText(&rest);
  if (report.has_value() && !report->empty()) input.credential_report = {"report.csv", *report};
  const auto resources = NextText(&rest);
  if (resources.has_value()) input.resource_policies = {"resources.json", *resources};
  return input;
}

void CheckEntries(const Entries& entries) {
  for (const ImportReport::Entry& entry : entries) {
    Require(!entry.file.empty() && entry.position.line > 0 && entry.position.column > 0);
    const std::string line = entry.ToText("error");
    Require(base::IsValidUtf8(line));
    Require(std::none_of(line.begin(), line.end(), [](char c) { return c >= 0 && c < ' '; }));
  }
}

source::SourceReading ReadingOf(const std::vector<ImportedFile>& files) {
  source::SourceReading reading;
  reading.digest = "digest";
  for (const ImportedFile& file : files) {
    reading.documents.push_back({std::make_shared<const std::string>(file.name),
                                 std::make_shared<const std::string>(file.yaml.text), file.name});
  }
  std::sort(reading.documents.begin(), reading.documents.end(),
            [](const auto& a, const auto& b) { return *a.name < *b.name; });
  return reading;
}

// As a server would load the tree, with the one option that lets it accept more.
Loaded Load(const AwsAccount& account, ImportReport* report) {
  const auto files = MakeTree(account, FindNamedPrincipals(account));
  Require(files.ok());
  source::SnapshotLoaderOptions options;
  options.limits.validate_jwks = federation::CheckKeySet;
  options.limits.validate_saml_metadata = federation::CheckSamlMetadata;
  options.limits.policy.allow_wildcard_trust_with_condition = true;
  options.threads_max = 1;
  Loaded loaded = source::SnapshotLoader(options).Load(ReadingOf(*files));
  for (const store::SourceDiagnostic& found : loaded.diagnostics) {
    const auto file = std::find_if(files->begin(), files->end(),
                                   [&](const auto& item) { return item.name == found.file; });
    Require(file != files->end());
    const ImportPlace* place = file->PlaceAt(found.diagnostic.position);
    report->NotCarried(place == nullptr ? account.id.place : *place, found.diagnostic.message);
  }
  return loaded;
}

struct Exported {
  std::string details;
  std::string resources;
};

Exported Export(const store::Snapshot& snapshot, const std::string& id) {
  const store::Account* account = snapshot.FindAccount(id);
  Require(account != nullptr && !account->external);
  const auto details = ExportDetails(snapshot, *account);
  Require(details.ok());
  const auto details_text = LayOutShape(*details);
  const auto resources_text = LayOutShape(ExportResources(snapshot, *account));
  Require(details_text.ok() && resources_text.ok());
  return {*details_text, *resources_text};
}

// What the account of the input is exported as; nullopt if it is refused.
std::optional<Exported> ImportAndExport(const AwsImportInput& input) {
  ImportReport report;
  const AwsAccount account = ReadAwsAccount(input, &report);
  CheckEntries(report.errors());
  CheckEntries(report.not_carried());
  if (report.has_errors()) return std::nullopt;
  const Loaded loaded = Load(account, &report);
  CheckEntries(report.not_carried());
  if (loaded.snapshot == nullptr) return std::nullopt;
  return Export(*loaded.snapshot, account.id.text);
}

}  // namespace
}  // namespace portcullis::client

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace client = portcullis::client;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto first = client::ImportAndExport(client::InputOf(bytes));
  if (!first.has_value()) return 0;
  client::AwsImportInput again;
  again.details.push_back({"details.json", first->details});
  again.resource_policies = {"resources.json", first->resources};
  const auto second = client::ImportAndExport(again);
  client::Require(second.has_value());
  client::Require(first->details == second->details && first->resources == second->resources);
  return 0;
}
