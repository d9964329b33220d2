#include <algorithm>
#include <string>
#include <utility>

#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/policy/condition_keys.h"
#include "server/policy/pattern_program.h"

namespace portcullis::policy {
namespace {

using Kind = PatternPiece::Kind;

uint32_t CountColons(std::string_view text) {
  return static_cast<uint32_t>(std::count(text.begin(), text.end(), ':'));
}

size_t SkipSpaces(std::string_view text, size_t position) {
  while (position < text.size() && text[position] == ' ') ++position;
  return position;
}

absl::Status CheckKey(std::string_view key) {
  if (key.empty()) return absl::InvalidArgumentError("`${}` names no condition key");
  if (key.find_first_of(" \t\r\n") != std::string_view::npos) {
    return absl::InvalidArgumentError(
        base::Concat({"the key of policy variable `", key, "` contains a space"}));
  }
  if (key.find_first_of("${'") != std::string_view::npos) {
    return absl::InvalidArgumentError(
        base::Concat({"`", key, "` is not the name of a condition key"}));
  }
  return absl::OkStatus();
}

}  // namespace

void PatternBuilder::AddLiteral(std::string_view text) {
  if (tokens_.empty() || tokens_.back().kind != Kind::kLiteral) tokens_.emplace_back();
  tokens_.back().text.append(text);
}

void PatternBuilder::AddAnyRun() {
  if (!tokens_.empty() && tokens_.back().kind == Kind::kAnyRun) return;
  tokens_.emplace_back().kind = Kind::kAnyRun;
}

absl::Status PatternBuilder::Read(std::string_view source) {
  size_t position = 0;
  while (position < source.size()) {
    if (syntax_.variables && source.substr(position, 2) == "${") {
      RETURN_IF_ERROR(ReadVariable(source, &position));
      continue;
    }
    const char c = source[position];
    if (syntax_.wildcards && c == '*') {
      AddAnyRun();
    } else if (syntax_.wildcards && c == '?') {
      tokens_.emplace_back().kind = Kind::kAnyOne;
    } else {
      AddLiteral({&c, 1});
    }
    ++position;
  }
  return absl::OkStatus();
}

// `*position` is at `${`; afterwards behind the closing brace.
absl::Status PatternBuilder::ReadVariable(std::string_view source, size_t* position) {
  const size_t begin = *position + 2;
  const size_t end = source.find_first_of(",}", begin);
  if (end == std::string_view::npos) {
    return absl::InvalidArgumentError("a policy variable is not closed: `}` is missing");
  }
  const std::string_view key = source.substr(begin, end - begin);
  if (source[end] == '}' && (key == "*" || key == "?" || key == "$")) {
    AddLiteral(key);  // R-2.52.
    *position = end + 1;
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(CheckKey(key));
  Token variable;
  variable.kind = Kind::kVariable;
  variable.key = key;
  size_t brace = end;
  if (source[end] == ',') {
    const size_t open = SkipSpaces(source, end + 1);
    const size_t close = open < source.size() && source[open] == '\'' ? source.find('\'', open + 1)
                                                                      : std::string_view::npos;
    brace = close == std::string_view::npos ? source.size() : SkipSpaces(source, close + 1);
    if (brace >= source.size() || source[brace] != '}') {
      return absl::InvalidArgumentError(
          base::Concat({"the default of policy variable `", key,
                        "` must be in single quotes, like `${", key, ", 'none'}`"}));
    }
    variable.has_default = true;
    variable.text = source.substr(open + 1, close - open - 1);
  }
  tokens_.push_back(std::move(variable));
  *position = brace + 1;
  return absl::OkStatus();
}

uint32_t PatternBuilder::ColonsBeforeVariables() const {
  uint32_t colons = 0;
  for (const Token& token : tokens_) {
    if (token.kind == Kind::kVariable) break;
    if (token.kind == Kind::kLiteral) colons += CountColons(token.text);
  }
  return colons;
}

uint32_t PatternBuilder::LiteralColons() const {
  uint32_t colons = 0;
  for (const Token& token : tokens_) {
    if (token.kind == Kind::kLiteral) colons += CountColons(token.text);
  }
  return colons;
}

bool PatternBuilder::HasVariables() const {
  return std::any_of(tokens_.begin(), tokens_.end(),
                     [](const Token& token) { return token.kind == Kind::kVariable; });
}

bool PatternBuilder::HasWildcards() const {
  return std::any_of(tokens_.begin(), tokens_.end(), [](const Token& token) {
    return token.kind == Kind::kAnyRun || token.kind == Kind::kAnyOne;
  });
}

bool PatternBuilder::RestIsAny(size_t first, uint32_t colons) const {
  for (size_t i = first; i < tokens_.size(); ++i) {
    const bool any_run = tokens_[i].kind == Kind::kAnyRun;
    const bool separator = tokens_[i].kind == Kind::kLiteral && tokens_[i].text == ":";
    const bool in_turn = (i - first) % 2 == 0 ? any_run : separator;
    if (!in_turn) return false;
    colons += separator;
  }
  return (tokens_.size() - first) % 2 == 1 && colons == kArnColons;
}

void PatternBuilder::Write(BlockPlace<Pattern> place, BlockWriter* writer) const {
  WriteFrom(kArnColons, false, place, writer);
}

void PatternBuilder::WriteArn(bool fields_vary, BlockPlace<Pattern> place,
                              BlockWriter* writer) const {
  const bool has_prefix = !tokens_.empty() && tokens_[0].kind == Kind::kLiteral;
  WriteFrom(has_prefix ? CountColons(tokens_[0].text) : 0, fields_vary, place, writer);
}

void PatternBuilder::WriteFrom(uint32_t colons, bool fields_vary, BlockPlace<Pattern> place,
                               BlockWriter* writer) const {
  const size_t first = !tokens_.empty() && tokens_[0].kind == Kind::kLiteral ? 1 : 0;
  const std::string_view prefix = first == 1 ? std::string_view(tokens_[0].text) : "";
  if (!prefix.empty()) writer->SetText(place, &Pattern::prefix_, prefix);
  Pattern& pattern = writer->At(place);
  pattern.fold_case_ = syntax_.fold_case;
  if (first == tokens_.size()) {
    pattern.shape_ = Pattern::Shape::kExact;
    return;
  }
  if (!syntax_.fold_case && RestIsAny(first, std::min(colons, kArnColons))) {
    pattern.shape_ = prefix.empty() ? Pattern::Shape::kAny : Pattern::Shape::kPrefix;
    return;
  }
  pattern.shape_ = Pattern::Shape::kGeneral;
  pattern.has_variables_ = HasVariables();
  const BlockPlace<PatternProgram> program = writer->SetPointer(place, &Pattern::program_);
  writer->At(program).colons = colons;
  writer->At(program).fields_vary = fields_vary;
  WritePieces(first, program, writer);
}

void PatternBuilder::WritePieces(size_t first, BlockPlace<PatternProgram> program,
                                 BlockWriter* writer) const {
  const auto variable_count =
      static_cast<size_t>(std::count_if(tokens_.begin(), tokens_.end(), [](const Token& token) {
        return token.kind == Kind::kVariable;
      }));
  const auto pieces = writer->SetArray(program, &PatternProgram::pieces, tokens_.size() - first);
  const auto variables = writer->SetArray(program, &PatternProgram::variables, variable_count);
  uint32_t variable = 0;
  for (size_t i = first; i < tokens_.size(); ++i) {
    const Token& token = tokens_[i];
    const BlockPlace<PatternPiece> place = pieces + (i - first);
    if (!token.text.empty()) writer->SetText(place, &PatternPiece::text, token.text);
    PatternPiece& piece = writer->At(place);
    piece.kind = token.kind;
    piece.has_default = token.has_default;
    piece.number = CountColons(token.text);
    if (token.kind == Kind::kVariable) {
      const ConditionKey* key = FindConditionKey(token.key);
      piece.multivalued = key != nullptr && key->multivalued;
      piece.number = variable;
      CompiledKeyName::Write(token.key, variables + variable++, writer);
    }
  }
}

}  // namespace portcullis::policy
