#include "server/policy/pattern.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/policy/pattern_program.h"

namespace portcullis::policy {
namespace {

using Kind = PatternPiece::Kind;

constexpr size_t kNone = std::string_view::npos;

// Bytes of the code point at `position`; 1 where the bytes are not UTF-8, so that no byte of a text
// is ever skipped unseen.
size_t CodePointSize(std::string_view text, size_t position) {
  const size_t size = base::Utf8SequenceLength(static_cast<unsigned char>(text[position]));
  if (size > text.size() - position) return 1;
  for (size_t i = 1; i < size; ++i) {
    if ((static_cast<unsigned char>(text[position + i]) & 0xC0) != 0x80) return 1;
  }
  return size;
}

// The place after `literal` if the text has it at `position`, else kNone.
size_t TakeExact(std::string_view text, size_t position, std::string_view literal) {
  return text.substr(position).starts_with(literal) ? position + literal.size() : kNone;
}

// The same without regard to case. Folding maps one code point to one, but their sizes may differ,
// so as many code points are taken as the literal has.
size_t TakeFolded(std::string_view text, size_t position, std::string_view literal) {
  size_t end = position;
  for (size_t i = 0; i < literal.size(); i += CodePointSize(literal, i)) {
    if (end == text.size()) return kNone;
    end += CodePointSize(text, end);
  }
  return base::EqualFolded(text.substr(position, end - position), literal) ? end : kNone;
}

}  // namespace

// Matches one text against one pattern of shape kGeneral.
class PatternMatcher {
 public:
  PatternMatcher(const Pattern& pattern, std::string_view text, const RequestContext* context)
      : pattern_(pattern), program_(*pattern.program_), text_(text), context_(context) {}

  Match Run() {
    const size_t start = Take(0, pattern_.literal_prefix());
    if (start == kNone && !program_.fields_vary) return Match::kNo;
    if (!ResolveVariables()) return Match::kUnresolved;
    if (program_.fields_vary && CountColons() < kArnColons) return Match::kIncomparable;
    if (start == kNone) return Match::kNo;
    return MatchPieces({0, start, program_.colons}) ? Match::kYes : Match::kNo;
  }

 private:
  // Where matching stands: the next piece, the next byte of the text, and how many colons of the
  // pattern lie behind.
  struct State {
    size_t piece;
    size_t position;
    uint32_t colons;
  };

  size_t Take(size_t position, std::string_view literal) const {
    return pattern_.fold_case_ ? TakeFolded(text_, position, literal)
                               : TakeExact(text_, position, literal);
  }

  // What the variable stands for; nullopt if it is unresolved (R-2.47, R-2.48).
  std::optional<std::string_view> LookUp(const PatternPiece& piece) const {
    const ContextValues found = context_->Find(program_.variables[piece.number]);
    if (found.ambiguous) return std::nullopt;
    if (!found.present()) {
      return piece.has_default ? std::make_optional(piece.text.view()) : std::nullopt;
    }
    if (found.multivalued || piece.multivalued || found.values.size() != 1) return std::nullopt;
    return found.values.front();
  }

  bool ResolveVariables() {
    if (!pattern_.has_variables()) return true;
    for (const PatternPiece& piece : program_.pieces) {
      if (piece.kind != Kind::kVariable) continue;
      const std::optional<std::string_view> value = LookUp(piece);
      if (!value.has_value()) return false;
      if (piece.number < resolved_.size()) resolved_[piece.number] = *value;
    }
    return true;
  }

  std::string_view ValueOf(const PatternPiece& piece) const {
    if (piece.number < resolved_.size()) return resolved_[piece.number];
    return LookUp(piece).value_or(std::string_view());  // Known to be resolved.
  }

  static uint32_t ColonsIn(std::string_view text) {
    return static_cast<uint32_t>(std::count(text.begin(), text.end(), ':'));
  }

  uint32_t CountColons() const {
    uint32_t colons = program_.colons;
    for (const PatternPiece& piece : program_.pieces) {
      if (piece.kind == Kind::kLiteral) colons += piece.number;
      if (piece.kind == Kind::kVariable) colons += ColonsIn(ValueOf(piece));
    }
    return colons;
  }

  // Whether a wildcard at `state` may take the next character.
  bool MayTakeNext(const State& state) const {
    return state.position < text_.size() &&
           (state.colons >= kArnColons || text_[state.position] != ':');
  }

  // Takes the piece at `state`, which is no `*`.
  bool Step(State* state) const {
    const PatternPiece& piece = program_.pieces[state->piece++];
    if (piece.kind == Kind::kAnyOne) {
      if (!MayTakeNext(*state)) return false;
      state->position += CodePointSize(text_, state->position);
      return true;
    }
    const bool variable = piece.kind == Kind::kVariable;
    const std::string_view literal = variable ? ValueOf(piece) : piece.text.view();
    state->position = Take(state->position, literal);
    state->colons += variable ? ColonsIn(literal) : piece.number;
    return state->position != kNone;
  }

  // Moves `state`, which is just behind a `*`, to the next place where a literal that follows
  // begins.
  bool Seek(State* state) const {
    if (state->piece == program_.pieces.size() || pattern_.fold_case_) return true;
    const PatternPiece& next = program_.pieces[state->piece];
    if (next.kind != Kind::kLiteral) return true;
    const size_t found = text_.find(next.text.view(), state->position);
    if (found == kNone) return false;
    const std::string_view taken = text_.substr(state->position, found - state->position);
    if (state->colons < kArnColons && taken.find(':') != kNone) return false;
    state->position = found;
    return true;
  }

  // Lets the `*` before `state` take one character more.
  bool Extend(State* state) const {
    if (!MayTakeNext(*state)) return false;
    state->position += CodePointSize(text_, state->position);
    return Seek(state);
  }

  // Goes back to the last `*` only. An earlier one need not be tried again: what stands between the
  // two was found at its leftmost place, which leaves the most to the rest; and where a colon held
  // the earlier one back, that colon of the text is the only one that fits.
  bool MatchPieces(State state) const {
    std::optional<State> retry;
    while (true) {
      const bool at_end = state.piece == program_.pieces.size();
      if (at_end && state.position == text_.size()) return true;
      if (!at_end && program_.pieces[state.piece].kind == Kind::kAnyRun) {
        ++state.piece;
        if (state.piece == program_.pieces.size() && state.colons >= kArnColons) return true;
        if (!Seek(&state)) return false;
        retry = state;
        continue;
      }
      if (!at_end && Step(&state)) continue;
      if (!retry.has_value() || !Extend(&*retry)) return false;
      state = *retry;
    }
  }

  const Pattern& pattern_;
  const PatternProgram& program_;
  std::string_view text_;
  const RequestContext* context_;  // nullptr: the pattern has no variables.
  // Looked up once; patterns with more variables look the later ones up each time.
  std::array<std::string_view, 4> resolved_;
};

absl::Status Pattern::Write(std::string_view source, PatternSyntax syntax,
                            BlockPlace<Pattern> place, BlockWriter* writer) {
  PatternBuilder builder(syntax);
  RETURN_IF_ERROR(builder.Read(source));
  builder.Write(place, writer);
  return absl::OkStatus();
}

absl::StatusOr<Block<Pattern>> Pattern::Compile(std::string_view source, PatternSyntax syntax) {
  BlockWriter writer;
  const auto place = writer.Append<Pattern>();
  RETURN_IF_ERROR(Write(source, syntax, place, &writer));
  return Block<Pattern>(writer);
}

absl::Span<const CompiledKeyName> Pattern::variables() const {
  return program_.get() == nullptr ? absl::Span<const CompiledKeyName>() : program_->variables;
}

Match Pattern::Matches(std::string_view text, const RequestContext& context) const {
  if (shape_ == Shape::kGeneral) return PatternMatcher(*this, text, &context).Run();
  return Matches(text) ? Match::kYes : Match::kNo;
}

bool Pattern::Matches(std::string_view text) const {
  switch (shape_) {
    case Shape::kExact:
      return fold_case_ ? base::EqualFolded(text, literal_prefix()) : text == literal_prefix();
    case Shape::kPrefix:
      return text.starts_with(literal_prefix());
    case Shape::kAny:
      return true;
    case Shape::kGeneral:
      return PatternMatcher(*this, text, nullptr).Run() == Match::kYes;
    case Shape::kNothing:
      return false;
  }
  return false;
}

std::string Pattern::ToText() const {
  std::string text(literal_prefix());
  switch (shape_) {
    case Shape::kExact:
    case Shape::kNothing:
      return text;
    case Shape::kPrefix:
    case Shape::kAny:
      return text + "*";
    case Shape::kGeneral:
      break;
  }
  for (const PatternPiece& piece : program_->pieces) {
    const std::string_view own = piece.text;
    switch (piece.kind) {
      case Kind::kLiteral:
        text.append(own);
        break;
      case Kind::kAnyRun:
        text.push_back('*');
        break;
      case Kind::kAnyOne:
        text.push_back('?');
        break;
      case Kind::kVariable:
        text.append("${").append(program_->variables[piece.number].folded());
        if (piece.has_default) text.append(", '").append(own).append("'");
        text.push_back('}');
        break;
    }
  }
  return text;
}

}  // namespace portcullis::policy
