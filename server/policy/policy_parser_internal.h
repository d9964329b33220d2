// The parts of the policy parser, which policy_parser.cc puts together. For this directory only.
#ifndef PORTCULLIS_SERVER_POLICY_POLICY_PARSER_INTERNAL_H_
#define PORTCULLIS_SERVER_POLICY_POLICY_PARSER_INTERNAL_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/node.h"
#include "server/base/position.h"
#include "server/policy/diagnostic.h"
#include "server/policy/limits.h"
#include "server/policy/policy_document.h"
#include "server/policy/policy_type.h"

namespace portcullis::policy::parser {

// Collects diagnostics. Does not own the list. Not thread-safe.
class DiagnosticSink {
 public:
  explicit DiagnosticSink(std::vector<Diagnostic>* diagnostics) : diagnostics_(diagnostics) {}

  // An error that IAM reports too: its row of section 2.9 and its sentence.
  void Error(base::Position position, MalformedRow row, std::string iam_message,
             std::string message, std::string_view suggestion = {});
  // The commonest of them: row, which has one sentence.
  void SyntaxError(base::Position position, std::string message, std::string_view suggestion = {});
  // A rule of Portcullis alone.
  void OwnError(base::Position position, std::string message);
  void Warn(base::Position position, std::string message, std::string_view suggestion = {});

  size_t error_count() const { return error_count_; }

 private:
  std::vector<Diagnostic>* diagnostics_;
  size_t error_count_ = 0;
};

// What every part needs to know about the document it is in. Refers to what it was made from.
struct ParserContext {
  PolicyType type = PolicyType::kInlineIdentity;
  const PolicyTypeTraits& traits;
  const PolicyLimits& limits;
  LanguageVersion version = LanguageVersion::k2008;
  DiagnosticSink& sink;
};

// Parses one statement and checks what concerns the statement alone (sections 2.1 to 2.8). Always
// fills what could be understood, so that the rest of the document can be checked too.
void ParseStatement(const base::Node& node, const ParserContext& context, Statement* statement);

// The value of a Principal or NotPrincipal member. Fills `statement->principals`.
void ParsePrincipals(const base::Node& member, const ParserContext& context, Statement* statement);

// nobody wants anybody at all to assume a role, unless the operator allows it under a
// condition. Called when all of the statement has been read.
void CheckTrustWildcards(const Statement& statement, const ParserContext& context);

// The value of an Action or NotAction, Resource or NotResource member.
void ParseActions(const base::Node& member, const ParserContext& context, Statement* statement);
void ParseResources(const base::Node& member, const ParserContext& context, Statement* statement);

// The value of a Condition member. REQUIRES: the statement's effect has been read.
void ParseConditions(const base::Node& member, const ParserContext& context, Statement* statement);

// Warnings about conditions that are legal and rarely meant (section 2.10). Called for every
// condition that was understood, and once per statement when all of it has been read.
void AdviseOnCondition(const ConditionClause& clause, const ParserContext& context);
void AdviseOnStatement(const Statement& statement, const ParserContext& context);

// A string or a list of strings, as an element's value; `what` names the element in
// messages. Appends what is a string, reports what is not, and that there are too many or too long
// ones. Returns whether the value has the right form; an empty list has.
bool ReadStrings(const base::Node& value, std::string_view what, const ParserContext& context,
                 std::vector<SourceText>* texts);

// "an inline policy", "a trust policy", ...
std::string WithArticle(std::string_view name);

}  // namespace portcullis::policy::parser

#endif  // PORTCULLIS_SERVER_POLICY_POLICY_PARSER_INTERNAL_H_
