#include "server/policy/policy_text.h"

#include <algorithm>

#include "absl/strings/str_format.h"

#include "server/base/text.h"
#include "server/base/unicode.h"

namespace portcullis::policy {
namespace {

// Above this lead byte of UTF-8 a character is beyond U+00FF.
constexpr unsigned char kLastLatin1Lead = 0xC3;

bool IsForbiddenLead(unsigned char byte) {
  if (byte < 0x20) return byte != '\t' && byte != '\n' && byte != '\r';
  return byte > kLastLatin1Lead;
}

}  // namespace

size_t FindForbiddenCharacter(std::string_view text, size_t begin) {
  for (size_t i = begin; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool continues = (byte & 0xC0) == 0x80;
    if (!continues && IsForbiddenLead(byte)) return i;
  }
  return std::string_view::npos;
}

Diagnostic ForbiddenCharacter(std::string_view text, base::Position position) {
  Diagnostic diagnostic;
  diagnostic.position = position;
  std::string_view rest = text;
  const char32_t code_point = base::ConsumeCodePoint(&rest).value_or(0);
  constexpr std::string_view kAdvice =
      "is not allowed in a policy document, whose characters are U+0020 to U+00FF, tab and line "
      "ends; write it as an escape";
  diagnostic.message =
      base::Concat({"character ", base::Quoted(text.substr(0, text.size() - rest.size())), " (",
                    absl::StrFormat("U+%04X", static_cast<uint32_t>(code_point)), ") ", kAdvice});
  diagnostic.row = MalformedRow::kSyntax;
  diagnostic.iam_message = "Syntax errors in policy.";
  return diagnostic;
}

bool CheckPolicyText(std::string_view text, base::Position origin, uint32_t later_line_column,
                     std::vector<Diagnostic>* diagnostics) {
  size_t next = FindForbiddenCharacter(text);
  if (next == std::string_view::npos) return true;
  uint32_t line = origin.line;
  uint32_t first_column = origin.column;
  for (size_t begin = 0; next != std::string_view::npos;) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    if (next < end) {
      const auto column =
          static_cast<uint32_t>(base::CodePointCount(text.substr(begin, next - begin)));
      diagnostics->push_back(ForbiddenCharacter(text.substr(next), {line, first_column + column}));
      next = FindForbiddenCharacter(text, end);
    }
    begin = end + 1;
    ++line;
    first_column = later_line_column;
  }
  return false;
}

}  // namespace portcullis::policy
