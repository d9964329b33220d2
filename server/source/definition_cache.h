// Parses the files of a reading, those that changed only.
#ifndef PORTCULLIS_SERVER_SOURCE_DEFINITION_CACHE_H_
#define PORTCULLIS_SERVER_SOURCE_DEFINITION_CACHE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"

#include "server/source/policy_source.h"
#include "server/source/schema.h"

namespace portcullis::source {

// Remembers what the definition files of the last reading meant. A file is parsed again if its
// content, or that of a document or secret it refers to, changed; otherwise the very same object is
// used again, with the policies compiled in it. Used by one thread at a time; parses in several.
class DefinitionCache {
 public:
  // `threads_max`: how many files are parsed at once.
  DefinitionCache(const ParseLimits& limits, size_t threads_max);

  struct Result {
    // OK, or why a content that the reading lacks could not be read again. Then the rest is empty.
    absl::Status readable;
    std::vector<std::shared_ptr<const store::FileDefinitions>> files;
    std::vector<store::SourceDiagnostic> diagnostics;  // In the order of the files' names.
    size_t parsed = 0;                                 // How many files were not known.
    bool ok = false;                                   // No file has an error.
  };
  // `source` is where the reading came from; nullptr if no content is missing from it.
  Result Parse(const SourceReading& reading, PolicySource* source = nullptr);

 private:
  struct Entry {
    std::string digest;
    ParsedFile file;
  };

  ParseLimits limits_;
  size_t threads_max_;
  absl::flat_hash_map<std::string, Entry> entries_;
};

}  // namespace portcullis::source

#endif  // PORTCULLIS_SERVER_SOURCE_DEFINITION_CACHE_H_
