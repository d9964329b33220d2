// The inside of Pattern: private to pattern.cc, pattern_builder.cc and arn_pattern.cc.
#ifndef PORTCULLIS_SERVER_POLICY_PATTERN_PROGRAM_H_
#define PORTCULLIS_SERVER_POLICY_PATTERN_PROGRAM_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

#include "server/policy/pattern.h"

namespace portcullis::policy {

inline constexpr uint32_t kArnColons = 5;

// One piece of a pattern, as matching needs it.
struct PatternPiece {
  enum class Kind : uint8_t { kLiteral, kAnyRun, kAnyOne, kVariable };
  Kind kind = Kind::kLiteral;
  bool has_default = false;  // kVariable.
  bool multivalued = false;  // kVariable: by the catalogue, so that only the default is usable.
  uint32_t number = 0;       // kLiteral: how many colons it has. kVariable: which of the variables.
  BlockText text;            // kLiteral: the literal, kVariable: the default.
};

// What a pattern is beyond its literal prefix.
struct PatternProgram {
  BlockArray<PatternPiece> pieces;
  BlockArray<CompiledKeyName> variables;

  // A wildcard takes no colon before the fifth. `colons` counts those of the prefix;
  // patterns that are no ARNs start with all five, so that nothing holds their wildcards back.
  uint32_t colons = kArnColons;
  // The number of fields depends on what the variables stand for: operands of ARN operators only.
  bool fields_vary = false;
};

// Reads a pattern's source into tokens, which arn_pattern.cc may look at and add to, and makes the
// pattern from them.
class PatternBuilder {
 public:
  struct Token {
    PatternPiece::Kind kind = PatternPiece::Kind::kLiteral;
    std::string text;  // kLiteral: itself. kVariable: the default.
    std::string key;   // kVariable.
    bool has_default = false;
  };

  explicit PatternBuilder(PatternSyntax syntax) : syntax_(syntax) {}

  // Appends what `source` says. INVALID_ARGUMENT for a malformed variable.
  absl::Status Read(std::string_view source);

  const std::vector<Token>& tokens() const { return tokens_; }

  // Colons in the literals before the first variable, and in all of them.
  uint32_t ColonsBeforeVariables() const;
  uint32_t LiteralColons() const;
  bool HasVariables() const;
  bool HasWildcards() const;

  void Write(BlockPlace<Pattern> place, BlockWriter* writer) const;
  // `fields_vary` as in PatternProgram.
  void WriteArn(bool fields_vary, BlockPlace<Pattern> place, BlockWriter* writer) const;

 private:
  absl::Status ReadVariable(std::string_view source, size_t* position);
  void AddLiteral(std::string_view text);
  void AddAnyRun();

  // Whether the tokens from `first` on say no more than "any text": a final `*`, or, in an ARN, `*`
  // for the rest of one field and for all that follow.
  bool RestIsAny(size_t first, uint32_t colons) const;
  void WriteFrom(uint32_t colons, bool fields_vary, BlockPlace<Pattern> place,
                 BlockWriter* writer) const;
  void WritePieces(size_t first, BlockPlace<PatternProgram> program, BlockWriter* writer) const;

  PatternSyntax syntax_;
  std::vector<Token> tokens_;
};

}  // namespace portcullis::policy

#endif  // PORTCULLIS_SERVER_POLICY_PATTERN_PROGRAM_H_
