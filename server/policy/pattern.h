// Compiled text patterns: `*`, `?` and policy variables.
#ifndef PORTCULLIS_SERVER_POLICY_PATTERN_H_
#define PORTCULLIS_SERVER_POLICY_PATTERN_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/policy/arn.h"
#include "server/policy/request_context.h"

namespace portcullis::policy {

// How a pattern compares with a text. Zero value: it does not match.
enum class Match : uint8_t {
  kNo,
  kYes,
  kUnresolved,  // A variable without value and default: matches nothing.
};

// What is special in a pattern's source text.
struct PatternSyntax {
  bool wildcards = false;  // `*` and `?`; otherwise they are ordinary characters.
  bool variables = false;  // `${key}`, `${key, 'default'}`, `${*}` `${?}` `${$}`: version 2012 only.
  bool fold_case = false;  // Compare after simple case folding.
};

// A piece of a pattern.
struct PatternPiece {
  enum class Kind : uint8_t { kLiteral, kAnyRun, kAnyOne, kVariable };
  Kind kind = Kind::kLiteral;
  std::string literal;          // kLiteral: the text. kVariable: the default, if any.
  bool has_default = false;     // kVariable.
  ConditionKeyName variable;    // kVariable.
};

// A compiled pattern. Immutable, shareable between threads. Matching is anchored at both ends, never
// allocates, and takes at most (pattern x text) steps, never exponentially many: literals
// between `*` are taken at their leftmost place, which is always right for globs. `?` is one code
// point (not one byte). What a variable stands for is literal: wildcards in it have no power
//
class Pattern {
 public:
  // INVALID_ARGUMENT for an unclosed `${`, an empty `${}`, a space inside the key or an unquoted
  // default; the message names the fault.
  static absl::StatusOr<Pattern> Compile(std::string_view source, PatternSyntax syntax);

  Pattern();
  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;
  ~Pattern();

  // `context` supplies the variables.
  Match Matches(std::string_view text, const RequestContext& context) const;
  // REQUIRES: !has_variables().
  bool Matches(std::string_view text) const;

  bool has_variables() const { return has_variables_; }
  bool is_any() const { return shape_ == Shape::kAny; }  // Exactly `*`.
  // The literal text before the first wildcard or variable; the whole text of an exact pattern.
  std::string_view literal_prefix() const { return text_; }
  // No wildcard and no variable: matches literal_prefix() and nothing else.
  bool is_exact() const { return shape_ == Shape::kExact; }

  // Calls `visit(const ConditionKeyName&)` for every variable.
  template <typename Visitor>
  void ForEachVariable(Visitor visit) const {
    if (pieces_ == nullptr) return;
    for (const PatternPiece& piece : *pieces_) {
      if (piece.kind == PatternPiece::Kind::kVariable) visit(piece.variable);
    }
  }

 private:
  enum class Shape : uint8_t { kExact, kPrefix, kAny, kGeneral };

  std::string text_;
  std::unique_ptr<const std::vector<PatternPiece>> pieces_;  // kGeneral only.
  Shape shape_ = Shape::kExact;
  bool fold_case_ = false;
  bool has_variables_ = false;
};

// How an ARN pattern treats fewer than six fields.
enum class ShortArn : uint8_t {
  kPadIfTrailingStar,  // Pad with `*` only if the last field ends in `*`; otherwise match nothing.
  kPadIfWildcard,      // Pad if it contains a wildcard anywhere; otherwise match nothing.
  kPad,                // Always pad.
  kNothing,            // Matches nothing (condition operators: ).
};

// A pattern over ARNs: six fields, each matched on its own, so that a wildcard in fields one to five
// never crosses a colon; case-sensitive. Variables only in field six.
// The lone pattern `*` matches everything, also the resource "*". Immutable, shareable.
class ArnPattern {
 public:
  // INVALID_ARGUMENT as Pattern::Compile, or a variable outside field six.
  static absl::StatusOr<ArnPattern> Compile(std::string_view source, ShortArn short_arn,
                                            bool variables);

  ArnPattern();
  ArnPattern(ArnPattern&&) noexcept;
  ArnPattern& operator=(ArnPattern&&) noexcept;
  ~ArnPattern();

  // `text` is an ARN with its fields split, given by `arn`.
  Match Matches(const ArnView& arn, const RequestContext& context) const;

  bool is_any() const { return shape_ == Shape::kAny; }
  bool matches_nothing() const { return shape_ == Shape::kNothing; }
  // A text with which every ARN that matches begins; for indexing.
  std::string_view literal_prefix() const { return text_; }

  template <typename Visitor>
  void ForEachVariable(Visitor visit) const {
    if (fields_ == nullptr) return;
    for (const Pattern& field : *fields_) field.ForEachVariable(visit);
  }

 private:
  enum class Shape : uint8_t { kNothing, kAny, kExact, kPrefix, kFields };

  std::string text_;  // kExact, kPrefix: the text. kFields: the literal prefix.
  std::unique_ptr<const std::vector<Pattern>> fields_;  // kFields: fields two to six.
  Shape shape_ = Shape::kNothing;
};

}  // namespace portcullis::policy

#endif  // PORTCULLIS_SERVER_POLICY_PATTERN_H_
