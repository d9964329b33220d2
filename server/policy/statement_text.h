// Statements in words again, for those who are told which of them decided.
#ifndef PORTCULLIS_SERVER_POLICY_STATEMENT_TEXT_H_
#define PORTCULLIS_SERVER_POLICY_STATEMENT_TEXT_H_

#include <string>
#include <vector>

#include "server/policy/compiled_policy.h"

namespace portcullis::policy {

// What a compiled statement says. Compiling folds the case of actions, of condition keys and of
// some values, so these are not the author's own words.
struct StatementText {
  std::vector<std::string> principals;  // Or those of NotPrincipal.
  std::vector<std::string> actions;     // Or those of NotAction.
  std::vector<std::string> resources;   // Or those of NotResource; "*" where it is implied.
  struct Condition {
    std::string op;  // "ForAnyValue:StringLikeIfExists", "Null".
    std::string key;
    std::vector<std::string> values;  // "" for one that is not of the operator's type.
  };
  std::vector<Condition> conditions;
};

StatementText DescribeStatement(const CompiledStatement& statement);

}  // namespace portcullis::policy

#endif  // PORTCULLIS_SERVER_POLICY_STATEMENT_TEXT_H_
