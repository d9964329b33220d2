// Policy documents of case files as JSON text.
#ifndef PORTCULLIS_TESTS_CONFORMANCE_CASE_JSON_H_
#define PORTCULLIS_TESTS_CONFORMANCE_CASE_JSON_H_

#include <string>
#include <string_view>
#include <vector>

#include "yaml-cpp/yaml.h"

namespace portcullis::conformance {

// The JSON of a YAML value. Plain scalars that JSON knows (`true`, `null`, `8`, `1.50`) stay what
// they are, with the author's digits; everything else, and everything quoted, is a string. Letters
// beyond U+00FF are escaped, because policy text may not hold them.
std::string ToJson(const YAML::Node& node);

std::string JsonString(std::string_view text);

// `statement` with defaults: Sid `S`, everything allowed to everybody.
struct StatementOptions {
  std::string effect;                // Used unless the statement has its own.
  bool principal = false;            // Policies of this type name principals.
  bool resource = true;              // Policies of this type name resources.
  std::vector<std::string> without;  // Defaults not to add.
};
std::string StatementJson(const YAML::Node& statement, const StatementOptions& options);

// A document of these statements. `version` "none": without one.
std::string DocumentJson(std::string_view version, const std::vector<std::string>& statements);

// The Sids of a document's statements, in order; empty text where there is none.
std::vector<std::string> SidsOf(const std::string& json);

}  // namespace portcullis::conformance

#endif  // PORTCULLIS_TESTS_CONFORMANCE_CASE_JSON_H_
