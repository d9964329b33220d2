// Turns an account into the files of a directory of policies.
#ifndef PORTCULLIS_CLIENT_IMPORT_TREE_H_
#define PORTCULLIS_CLIENT_IMPORT_TREE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "client/aws_account.h"
#include "client/definition_maker.h"
#include "client/import_principals.h"
#include "client/import_report.h"
#include "server/base/position.h"
#include "server/source/yaml_writer.h"

namespace portcullis::client {

// A file of the tree.
struct ImportedFile {
  std::string name;  // Relative to the directory.
  source::YamlText yaml;
  std::unique_ptr<DefinitionMaker> maker;  // nullptr: the file was not made from the input.

  // What stands at `position` came from there; nullptr if it came from nowhere.
  const ImportPlace* PlaceAt(base::Position position) const;
};

// One file for each kind of thing that the account has, everything in the order of names, so that
// the same account gives the same bytes, in whatever order the input told it. INTERNAL if something
// could not be written so that it is read as it was meant.
absl::StatusOr<std::vector<ImportedFile>> MakeTree(const AwsAccount& account,
                                                   const NamedPrincipals& principals);

// Lists what has to be added to the tree by hand before roles can be assumed through providers.
void ReportProviders(const NamedPrincipals& principals, ImportReport* report);

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_IMPORT_TREE_H_
