// The parts of the oracle: reading a document, and the four words "principal", "action",
// "resource" and "condition" of. Nothing outside tests/oracle includes this.

#ifndef PORTCULLIS_TESTS_ORACLE_ORACLE_PARTS_H_
#define PORTCULLIS_TESTS_ORACLE_ORACLE_PARTS_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/oracle/oracle.h"

namespace portcullis::oracle {

// JSON in which every scalar is the text it was written with. Members keep their order.
struct Node {
  enum class Type { kText, kArray, kObject };
  Type type = Type::kText;
  std::string text;
  std::vector<Node> items;         // of an array, or the values of an object's members
  std::vector<std::string> names;  // of an object's members, one for each item

  // The member of that name, or null.
  const Node* Find(std::string_view name) const;
  std::vector<std::pair<std::string, const Node*>> Members() const;
  // A scalar counts as a list of one.
  std::vector<std::string> Texts() const;
};

// Throws std::runtime_error for text that is not JSON and for duplicate members.
Node ParseJson(const std::string& json);

enum class PolicyKind { kIdentity, kBoundary, kSession, kResource, kScp, kRcp };

// What matching needs to know besides the element itself.
struct Scope {
  const Question* question;
  PolicyKind kind;
  bool has_variables;  // the document's version is 2012-10-17
};

// One place of a pattern: a character, `*` or `?`.
struct Symbol {
  enum class Type { kCharacter, kAnySequence, kAnyOne };
  Type type;
  char32_t character;
};
using Pattern = std::vector<Symbol>;

std::u32string Decode(std::string_view utf8);
// Every `*` and `?` of the text is a wildcard.
Pattern WildcardPattern(std::string_view text);
bool PatternMatches(const Pattern& pattern, const std::u32string& text);
// ASCII only, as for action names and condition keys.
std::string LowerCase(std::string_view text);
// Splits at the first five colons, so into at most six fields.
std::vector<std::string> SplitArn(std::string_view text);
bool IsArn(std::string_view text);

// The context value of a key, spelled in any case; null when absent or without values. Sets
// `ambiguous` when several spellings of the key are present.
const Values* FindKey(const Context& context, std::string_view key, bool* ambiguous);

// Replaces the policy variables (part 2.5). Nothing when one of them is unresolved.
std::optional<Pattern> Expand(std::string_view text, const Scope& scope);

bool ActionPartMatches(const Node& statement, const std::string& action);
bool ResourcePartMatches(const Node& statement, const Scope& scope);

// How strongly a principal entry names the caller.
enum class Grant { kNone, kAccount, kLimited, kDirect };
Grant PrincipalPart(const Node& statement, const Question& question);

enum class ConditionResult {
  kFalse,
  kTrue,
  kUnknownOperator,  // false for Allow, and Deny applies
};
ConditionResult ConditionPart(const Node& statement, const Scope& scope);

}  // namespace portcullis::oracle

#endif  // PORTCULLIS_TESTS_ORACLE_ORACLE_PARTS_H_
