// Imports for tests: texts in, a directory or what is wrong out.
#ifndef PORTCULLIS_TESTS_UNIT_CLIENT_IMPORT_HELPERS_H_
#define PORTCULLIS_TESTS_UNIT_CLIENT_IMPORT_HELPERS_H_

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "client/aws_import.h"
#include "client/import_report.h"
#include "server/store/snapshot.h"

namespace portcullis::client {

// A directory that is removed with everything in it.
class ScratchDirectory {
 public:
  ScratchDirectory();
  ~ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  std::string Path(std::string_view name) const;
  // The names of everything in it, files by path, directories too; sorted.
  std::vector<std::string> Names() const;

 private:
  std::string path_;
};

std::string FileContents(const std::string& path);
// Every file below the directory.
std::map<std::string, std::string> TreeContents(const std::string& directory);

// Entries as they are printed.
std::vector<std::string> Lines(const std::vector<ImportReport::Entry>& entries,
                               std::string_view severity = {});

// Imports one text, `dump.json`, to `directory`. What is wrong with it, as it is printed.
std::vector<std::string> Import(std::string_view details, const std::string& directory);
std::vector<std::string> Import(const AwsImportInput& input, const std::string& directory);

// The snapshot of a directory that must be without mistakes.
std::shared_ptr<const store::Snapshot> Load(const std::string& directory);
// What `portcullis export` prints of its only account that is not external.
std::string Export(const store::Snapshot& snapshot);
std::string ExportedResources(const store::Snapshot& snapshot);

}  // namespace portcullis::client

#endif  // PORTCULLIS_TESTS_UNIT_CLIENT_IMPORT_HELPERS_H_
