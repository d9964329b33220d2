// Compiled text patterns: `*`, `?` and policy variables.
#ifndef PORTCULLIS_SERVER_POLICY_PATTERN_H_
#define PORTCULLIS_SERVER_POLICY_PATTERN_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

#include "server/policy/arn.h"
#include "server/policy/block.h"
#include "server/policy/request_context.h"

namespace portcullis::policy {

// How a pattern compares with a text. Zero value: it does not match.
enum class Match : uint8_t {
  kNo,
  kYes,
  kUnresolved,  // A variable without value and default: matches nothing.
  // Operands of ARN operators only: with its variables replaced the pattern has fewer than six
  // fields, so there is nothing to compare.
  kIncomparable,
};

// What is special in a pattern's source text.
struct PatternSyntax {
  bool wildcards = false;  // `*` and `?`; otherwise they are ordinary characters.
  bool variables =
      false;  // `${key}`, `${key, 'default'}`, `${*}` `${?}` `${$}`: version 2012 only.
  bool fold_case = false;  // Compare after simple case folding.
};

struct PatternProgram;  // In pattern_program.h.

// A compiled pattern, in a block. Immutable, shareable between threads. Matching is anchored at
// both ends, never allocates, and takes at most (pattern x text) steps, never exponentially many
// literals between `*` are taken at their leftmost place, which is always right for
// globs. `?` is one code point (not one byte). What a variable stands for is literal: wildcards in
// it have no power.
//
// Small on purpose, because a store holds millions: most patterns are an exact text or a text and
// a final `*`, and need no more than that text.
class Pattern {
 public:
  // INVALID_ARGUMENT for an unclosed `${`, an empty `${}`, a space inside the key or an unquoted
  // default; the message names the fault.
  static absl::Status Write(std::string_view source, PatternSyntax syntax,
                            BlockPlace<Pattern> place, BlockWriter* writer);
  // The same for a pattern on its own.
  static absl::StatusOr<Block<Pattern>> Compile(std::string_view source, PatternSyntax syntax);

  // Matches the empty text only.
  Pattern() = default;

  // `context` supplies the variables.
  Match Matches(std::string_view text, const RequestContext& context) const;
  // REQUIRES: !has_variables().
  bool Matches(std::string_view text) const;

  bool has_variables() const { return has_variables_; }
  bool is_any() const { return shape_ == Shape::kAny; }  // Exactly `*`.
  // The literal text before the first wildcard or variable; the whole text of an exact pattern.
  std::string_view literal_prefix() const { return prefix_; }
  // No wildcard and no variable: matches literal_prefix() and nothing else.
  bool is_exact() const { return shape_ == Shape::kExact; }

  // The pattern as an author could have written it, for explanations: case may be folded, names of
  // variables are.
  std::string ToText() const;

  // Calls `visit(ConditionKeyView)` for every variable.
  template <typename Visitor>
  void ForEachVariable(Visitor visit) const {
    for (const CompiledKeyName& name : variables()) visit(name);
  }

 private:
  friend class ArnPattern;
  friend class ConditionValue;
  friend class PatternBuilder;
  friend class PatternMatcher;

  // kNothing: only as part of an ArnPattern or a ConditionValue.
  enum class Shape : uint8_t { kExact, kPrefix, kAny, kGeneral, kNothing };

  absl::Span<const CompiledKeyName> variables() const;

  BlockText prefix_;
  // What comes after the literal prefix: of shape kGeneral only.
  BlockPointer<PatternProgram> program_;
  Shape shape_ = Shape::kExact;
  bool fold_case_ = false;
  bool has_variables_ = false;
};

// How a Resource pattern treats fewer than six fields.
enum class ShortArn : uint8_t {
  kNothing,            // Matches nothing.
  kPadIfTrailingStar,  // Pad with `*` only if the last field ends in `*`; otherwise match nothing.
  kPadIfWildcard,      // Pad if it contains a wildcard anywhere; otherwise match nothing.
  kPad,                // Always pad.
};

// A pattern over ARNs: six fields, each matched on its own, so that a wildcard in fields one to
// five never crosses a colon; case-sensitive. The lone pattern `*` matches
// everything, also the resource "*". Immutable, shareable between threads.
class ArnPattern {
 public:
  // An entry of Resource or NotResource. Its first field must be `arn`, otherwise it matches
  // nothing; variables stand in field six only. INVALID_ARGUMENT as
  // Pattern::Compile, or for a variable in another field.
  static absl::Status WriteResource(std::string_view source, ShortArn short_arn, bool variables,
                                    BlockPlace<ArnPattern> place, BlockWriter* writer);

  // A policy value of an ARN operator, as the pattern inside. Variables may stand anywhere, and
  // what they stand for may contain colons: the value is divided into fields as if the text had
  // been written out. A value that can never have six fields matches nothing: then `place` is left
  // as it was. INVALID_ARGUMENT as Pattern::Compile.
  static absl::Status WriteOperand(std::string_view source, bool variables,
                                   BlockPlace<Pattern> place, BlockWriter* writer);

  // The same for patterns on their own.
  static absl::StatusOr<Block<ArnPattern>> CompileResource(std::string_view source,
                                                           ShortArn short_arn, bool variables);
  static absl::StatusOr<Block<ArnPattern>> CompileOperand(std::string_view source, bool variables);

  // Matches nothing.
  ArnPattern() { pattern_.shape_ = Pattern::Shape::kNothing; }

  // `arn` is the text to match, parsed. `context` supplies the variables.
  Match Matches(const ArnView& arn, const RequestContext& context) const;

  bool is_any() const { return pattern_.is_any(); }
  bool matches_nothing() const { return pattern_.shape_ == Pattern::Shape::kNothing; }
  bool has_variables() const { return pattern_.has_variables(); }
  // A text with which every ARN that matches begins; for indexing. Lives as long as the block.
  std::string_view literal_prefix() const { return pattern_.literal_prefix(); }

  // As Pattern::ToText(); "" if it matches nothing.
  std::string ToText() const { return pattern_.ToText(); }

  // Calls `visit(ConditionKeyView)` for every variable.
  template <typename Visitor>
  void ForEachVariable(Visitor visit) const {
    pattern_.ForEachVariable(visit);
  }

 private:
  Pattern pattern_;
};

}  // namespace portcullis::policy

#endif  // PORTCULLIS_SERVER_POLICY_PATTERN_H_
