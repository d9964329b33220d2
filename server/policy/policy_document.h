// A policy as its author wrote it.
#ifndef PORTCULLIS_SERVER_POLICY_POLICY_DOCUMENT_H_
#define PORTCULLIS_SERVER_POLICY_POLICY_DOCUMENT_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "server/base/node.h"
#include "server/base/position.h"

namespace portcullis::policy {

// A word of the document and where it stands.
struct SourceText {
  std::string_view text;
  base::Position position;
};

enum class StatementEffect : uint8_t { kDeny, kAllow };  // Zero value: deny.

// The keys of a Principal mapping. kEveryone is the bare string "*".
enum class PrincipalType : uint8_t { kEveryone, kAws, kService, kFederated, kCanonicalUser };

struct PrincipalEntry {
  PrincipalType type = PrincipalType::kAws;
  SourceText value;
};

// One KEY: VALUES member under one operator.
struct ConditionClause {
  SourceText operator_name;  // As written, with prefix and suffix.
  SourceText key;
  std::vector<SourceText> values;  // Numbers and booleans as their text.
};

// One statement. Elements that were absent are empty; whether `Action: []` was written can be seen
// from `has_action`. Nothing is resolved or defaulted.
struct Statement {
  base::Position begin;  // Of the statement's `{`, or its first line in YAML.
  base::Position end;
  std::optional<SourceText> sid;
  StatementEffect effect = StatementEffect::kDeny;
  bool has_principal = false;
  bool has_not_principal = false;
  std::vector<PrincipalEntry> principals;  // Of Principal or NotPrincipal.
  bool has_action = false;
  bool has_not_action = false;
  std::vector<SourceText> actions;  // Of Action or NotAction.
  bool has_resource = false;
  bool has_not_resource = false;
  std::vector<SourceText> resources;  // Of Resource or NotResource.
  std::vector<ConditionClause> conditions;
  // An unknown operator over an empty block, which loads. What it meant to ask is not
  // known: an Allow never applies, a Deny is not held back by it.
  bool has_unknown_operator = false;
};

enum class LanguageVersion : uint8_t { k2008, k2012 };

// Immutable once parsed. Views refer to the base::NodeTree it was parsed from, which must outlive
// it.
struct PolicyDocument {
  bool has_version = false;
  LanguageVersion version = LanguageVersion::k2008;  // Missing means 2008-10-17.
  std::optional<SourceText> id;
  std::vector<Statement> statements;
};

}  // namespace portcullis::policy

#endif  // PORTCULLIS_SERVER_POLICY_POLICY_DOCUMENT_H_
