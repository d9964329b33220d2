// Small text functions that several modules need: case folding, UTF-8, suggestions.
#ifndef PORTCULLIS_SERVER_BASE_TEXT_H_
#define PORTCULLIS_SERVER_BASE_TEXT_H_

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace portcullis::base {

// Simple Unicode case folding (one code point to one code point), by utf8proc; ASCII is fast.
// Bytes that are not UTF-8 stay as they are.
std::string FoldCase(std::string_view text);
void FoldCaseInto(std::string_view text, std::string* folded);
// Folds ASCII letters and nothing else. `folded` has room for as many bytes, and is `text` itself
// or does not overlap it.
void FoldAsciiInto(std::string_view text, char* folded);

// Whether two texts are equal after FoldCase, without allocating.
bool EqualFolded(std::string_view a, std::string_view b);

bool IsValidUtf8(std::string_view text);

// Number of code points of valid UTF-8.
size_t CodePointCount(std::string_view text);

// Length in bytes of the UTF-8 sequence that starts with `lead`; 1 for a byte that starts none.
size_t Utf8SequenceLength(unsigned char lead);

// The candidate most like `word` (case-insensitive edit distance at most a third of its length, and
// at least one), or nullopt if none is close. For "did you mean".
std::optional<std::string_view> ClosestName(std::string_view word,
                                            absl::Span<const std::string_view> candidates);

// `text` in backticks, control characters escaped, cut after `bytes_max` bytes: for messages.
std::string Quoted(std::string_view text, size_t bytes_max = 120);

// The parts one after another. Debian builds Abseil for C++14, where absl::string_view is a class
// of its own and absl::StrCat refuses std::string_view; this is for those, AbslView for everything
// else.
std::string Concat(std::initializer_list<std::string_view> parts);
inline absl::string_view AbslView(std::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace portcullis::base

#endif  // PORTCULLIS_SERVER_BASE_TEXT_H_
