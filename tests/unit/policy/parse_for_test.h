// Parses policies from JSON in tests of the parser.
#ifndef PORTCULLIS_TESTS_UNIT_POLICY_PARSE_FOR_TEST_H_
#define PORTCULLIS_TESTS_UNIT_POLICY_PARSE_FOR_TEST_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

#include "server/base/json_reader.h"
#include "server/base/node.h"
#include "server/policy/diagnostic.h"
#include "server/policy/limits.h"
#include "server/policy/policy_document.h"
#include "server/policy/policy_parser.h"
#include "server/policy/policy_type.h"

namespace portcullis::policy {

// What ParsePolicy() made of a text. The document's views live as long as this.
struct Parsed {
  base::NodeTree tree;
  std::optional<PolicyDocument> document;
  std::vector<Diagnostic> diagnostics;

  // The first statement. REQUIRES: the policy was accepted.
  const Statement& statement() const { return document.value().statements.at(0); }

  std::vector<std::string> Messages(Severity severity) const {
    std::vector<std::string> messages;
    for (const Diagnostic& diagnostic : diagnostics) {
      if (diagnostic.severity == severity) messages.push_back(diagnostic.message);
    }
    return messages;
  }
  std::vector<std::string> Errors() const { return Messages(Severity::kError); }
  std::vector<std::string> Warnings() const { return Messages(Severity::kWarning); }
};

inline Parsed Parse(std::string_view json, PolicyType type, const PolicyLimits& limits = {}) {
  Parsed parsed;
  std::vector<base::TextError> errors;
  EXPECT_TRUE(base::ReadJson(json, {}, &parsed.tree, &errors)) << json;
  if (!errors.empty()) return parsed;
  parsed.document = ParsePolicy(parsed.tree.root(), type, limits, &parsed.diagnostics);
  EXPECT_EQ(parsed.document.has_value(), !HasErrors(parsed.diagnostics)) << json;
  return parsed;
}

// A policy of version 2012-10-17 with one statement of these members.
inline Parsed ParseStatementOf(std::string_view members, PolicyType type,
                               const PolicyLimits& limits = {}) {
  return Parse("{\"Version\":\"2012-10-17\",\"Statement\":{" + std::string(members) + "}}", type,
               limits);
}

}  // namespace portcullis::policy

#endif  // PORTCULLIS_TESTS_UNIT_POLICY_PARSE_FOR_TEST_H_
