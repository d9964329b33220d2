// The YAML schema: from the nodes of one file to definitions.
//
// Field names are those of CloudFormation and the IAM API. The tables of fields are in schema_*.cc,
// and config/schema/portcullis.schema.json describes the same for editors; a test compares the two.
#ifndef PORTCULLIS_SERVER_SOURCE_SCHEMA_H_
#define PORTCULLIS_SERVER_SOURCE_SCHEMA_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

#include "server/policy/limits.h"
#include "server/source/policy_source.h"
#include "server/source/yaml_reader.h"
#include "server/store/definitions.h"

namespace portcullis::source {

// What a definition file may refer to. A function returns nullptr if there is no such document.
struct References {
  std::function<const SourceDocument*(std::string_view name)> document;
  std::function<const SourceDocument*(std::string_view name)> secret;
};

// Whether a document that is not a policy can be used: OK, or what is wrong with it. Called from
// several threads at once. The parsers are not this module's to know, so the app hands them in;
// without one every document is accepted.
using DocumentValidator = std::function<absl::Status(std::string_view document)>;

// What bounds and checks the reading of one file.
struct ParseLimits {
  YamlReaderOptions yaml;
  policy::PolicyLimits policy;
  DocumentValidator validate_jwks;           // A JSON Web Key Set, JSON text.
  DocumentValidator validate_saml_metadata;  // XML text.
};

// Something outside the file that its definitions were made from. `digest` is empty if it did not
// exist.
struct Dependency {
  enum class Kind : uint8_t { kDocument, kSecret };
  Kind kind = Kind::kDocument;
  std::string name;
  std::string digest;
};

// A file understood. Depends on nothing but the file's content and the dependencies.
struct ParsedFile {
  std::shared_ptr<const store::FileDefinitions> definitions;  // nullptr iff there is an error.
  std::vector<store::SourceDiagnostic> diagnostics;
  std::vector<Dependency> dependencies;
};

// Reads one definition file: YAML, fields, policy documents, referenced documents and secrets.
// Reports every mistake. Thread-safe as far as `references` is.
ParsedFile ParseDefinitions(const SourceDocument& document, const References& references,
                            const ParseLimits& limits);

// The schema's own description: every kind of mapping with its fields.
struct SchemaField {
  std::string_view name;
  bool required = false;
};
struct SchemaObject {
  std::string_view name;
  std::vector<SchemaField> fields;
};
std::vector<SchemaObject> SchemaObjects();

}  // namespace portcullis::source

#endif  // PORTCULLIS_SERVER_SOURCE_SCHEMA_H_
