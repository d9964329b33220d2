#include "server/base/text.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <limits>

namespace portcullis::base {
namespace {

constexpr uint32_t kNotUtf8 = std::numeric_limits<uint32_t>::max();

bool IsAscii(char c) {
  return static_cast<unsigned char>(c) < 0x80;
}

char FoldAscii(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr uint64_t kOnes = 0x0101010101010101;
constexpr uint64_t kHighBits = kOnes * 0x80;

void FoldWord(const char* text, char* folded) {
  uint64_t word;
  std::memcpy(&word, text, sizeof(word));
  // The high bit of each byte: at least `A`, and more than `Z`. Without their own high bits no sum
  // reaches the next byte.
  const uint64_t low = word & ~kHighBits;
  const uint64_t from_a = low + kOnes * (0x80 - 'A');
  const uint64_t past_z = low + kOnes * (0x80 - 'Z' - 1);
  word |= (from_a & ~past_z & ~word & kHighBits) >> 2;  // 0x20 makes a small letter of a capital.
  std::memcpy(folded, &word, sizeof(word));
}

bool IsAsciiWord(const char* text) {
  uint64_t word;
  std::memcpy(&word, text, sizeof(word));
  return (word & kHighBits) == 0;
}

// One code point, or kNotUtf8 for a byte that begins none, and how many bytes it takes.
struct Decoded {
  uint32_t code_point;
  size_t length;
};

bool IsContinuation(unsigned char byte) {
  return (byte & 0xC0) == 0x80;
}

// Decodes the sequence at the start of `text`, which is not empty. Refuses overlong forms,
// surrogates and anything above U+10FFFF.
Decoded DecodeFirst(std::string_view text) {
  constexpr std::array<uint32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {lead, 1};
  const size_t length = Utf8SequenceLength(lead);
  if (length < 2 || length > text.size()) return {kNotUtf8, 1};
  uint32_t code_point = lead & (0x7Fu >> length);
  for (size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (!IsContinuation(byte)) return {kNotUtf8, 1};
    code_point = code_point << 6 | (byte & 0x3Fu);
  }
  const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (code_point < kSmallest[length] || surrogate || code_point > 0x10FFFF) return {kNotUtf8, 1};
  return {code_point, length};
}

// Unicode's simple folding (statuses C and S of CaseFolding.txt). The library folds fully; where
// that gives several code points, the simple form is the lower case letter, except for U+0130,
// which has no simple form.
uint32_t FoldCodePoint(uint32_t code_point) {
  if (code_point == 0x130) return code_point;
  std::array<utf8proc_int32_t, 8> folded = {};
  int boundary_class = 0;
  const utf8proc_ssize_t count =
      utf8proc_decompose_char(static_cast<utf8proc_int32_t>(code_point), folded.data(),
                              folded.size(), UTF8PROC_CASEFOLD, &boundary_class);
  if (count == 1) return static_cast<uint32_t>(folded[0]);
  return static_cast<uint32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(code_point)));
}

void AppendCodePoint(uint32_t code_point, std::string* text) {
  std::array<utf8proc_uint8_t, 4> bytes = {};
  const utf8proc_ssize_t length =
      utf8proc_encode_char(static_cast<utf8proc_int32_t>(code_point), bytes.data());
  for (utf8proc_ssize_t i = 0; i < length; ++i) {
    text->push_back(static_cast<char>(bytes[static_cast<size_t>(i)]));
  }
}

// The number of leading bytes of `text` that are ASCII. Eight at a time, as long as all are.
size_t AsciiPrefix(std::string_view text) {
  constexpr size_t kWord = sizeof(uint64_t);
  size_t i = 0;
  while (i + kWord <= text.size() && IsAsciiWord(text.data() + i)) i += kWord;
  if (i + kWord > text.size() && text.size() >= kWord &&
      IsAsciiWord(text.data() + text.size() - kWord)) {
    return text.size();
  }
  while (i < text.size() && IsAscii(text[i])) ++i;
  return i;
}

// A step of folded comparison: the folded code point at the start of `text`. Bytes that are not
// UTF-8 get values of their own, so that they equal only themselves.
uint32_t TakeFolded(std::string_view* text) {
  const Decoded decoded = DecodeFirst(*text);
  const uint32_t value = decoded.code_point == kNotUtf8
                             ? kNotUtf8 - static_cast<unsigned char>((*text)[0])
                             : FoldCodePoint(decoded.code_point);
  text->remove_prefix(decoded.length);
  return value;
}

constexpr size_t kSuggestionLengthMax = 64;

// Edits (insertion, deletion, replacement, swap of neighbours) between two short words, without
// regard to ASCII case; anything above `limit` if there are more.
size_t EditDistance(std::string_view a, std::string_view b, size_t limit) {
  using Row = std::array<size_t, kSuggestionLengthMax + 1>;
  Row before_previous = {};
  Row previous = {};
  Row current = {};
  for (size_t j = 0; j <= b.size(); ++j) previous[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    size_t best = current[0];
    for (size_t j = 1; j <= b.size(); ++j) {
      const char x = FoldAscii(a[i - 1]);
      const char y = FoldAscii(b[j - 1]);
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (x != y)});
      const bool swapped = i > 1 && j > 1 && x == FoldAscii(b[j - 2]) && FoldAscii(a[i - 2]) == y;
      if (swapped) current[j] = std::min(current[j], before_previous[j - 2] + 1);
      best = std::min(best, current[j]);
    }
    if (best > limit) return best;
    before_previous = previous;
    previous = current;
  }
  return previous[b.size()];
}

void AppendEscaped(std::string_view text, std::string* out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  while (!text.empty()) {
    const Decoded decoded = DecodeFirst(text);
    const auto byte = static_cast<unsigned char>(text[0]);
    const bool control = decoded.code_point < 0x20 || decoded.code_point == 0x7F;
    if (text[0] == '\n') {
      out->append("\\n");
    } else if (text[0] == '\t') {
      out->append("\\t");
    } else if (control || decoded.code_point == kNotUtf8) {
      out->append("\\x");
      out->push_back(kHex[byte >> 4]);
      out->push_back(kHex[byte & 0xF]);
    } else {
      out->append(text.substr(0, decoded.length));
    }
    text.remove_prefix(decoded.length);
  }
}

}  // namespace

// Eight characters at a time, the last eight again where need be: most of what is folded is names
// on a request's way.
void FoldAsciiInto(std::string_view text, char* folded) {
  constexpr size_t kWord = sizeof(uint64_t);
  if (text.size() < kWord) {
    std::transform(text.begin(), text.end(), folded, FoldAscii);
    return;
  }
  const size_t last = text.size() - kWord;
  for (size_t i = 0; i < last; i += kWord) FoldWord(text.data() + i, folded + i);
  FoldWord(text.data() + last, folded + last);
}

std::string FoldCase(std::string_view text) {
  std::string folded;
  FoldCaseInto(text, &folded);
  return folded;
}

void FoldCaseInto(std::string_view text, std::string* folded) {
  const size_t ascii = AsciiPrefix(text);
  folded->resize(ascii);
  FoldAsciiInto(text.substr(0, ascii), folded->data());
  text.remove_prefix(ascii);
  while (!text.empty()) {
    const Decoded decoded = DecodeFirst(text);
    if (decoded.code_point == kNotUtf8) {
      folded->push_back(text[0]);
    } else {
      AppendCodePoint(FoldCodePoint(decoded.code_point), folded);
    }
    text.remove_prefix(decoded.length);
  }
}

bool EqualFolded(std::string_view a, std::string_view b) {
  // Folding may change the length in bytes, so lengths are compared only at the end.
  while (!a.empty() && !b.empty()) {
    if (IsAscii(a[0]) && IsAscii(b[0])) {
      if (FoldAscii(a[0]) != FoldAscii(b[0])) return false;
      a.remove_prefix(1);
      b.remove_prefix(1);
    } else if (TakeFolded(&a) != TakeFolded(&b)) {
      return false;
    }
  }
  return a.empty() && b.empty();
}

bool IsValidUtf8(std::string_view text) {
  while (true) {
    text.remove_prefix(AsciiPrefix(text));
    if (text.empty()) return true;
    const Decoded decoded = DecodeFirst(text);
    if (decoded.code_point == kNotUtf8) return false;
    text.remove_prefix(decoded.length);
  }
}

size_t CodePointCount(std::string_view text) {
  size_t count = 0;
  for (const char c : text) count += IsContinuation(static_cast<unsigned char>(c)) ? 0 : 1;
  return count;
}

size_t Utf8SequenceLength(unsigned char lead) {
  if (lead >= 0xC2 && lead < 0xE0) return 2;
  if (lead >= 0xE0 && lead < 0xF0) return 3;
  if (lead >= 0xF0 && lead < 0xF5) return 4;
  return 1;
}

std::optional<std::string_view> ClosestName(std::string_view word,
                                            absl::Span<const std::string_view> candidates) {
  if (word.empty() || word.size() > kSuggestionLengthMax) return std::nullopt;
  const size_t limit = std::max<size_t>(1, word.size() / 3);
  // A word changed in every letter is another word.
  size_t best_distance = std::min(limit + 1, word.size());
  std::optional<std::string_view> best;
  for (const std::string_view candidate : candidates) {
    if (candidate.size() > kSuggestionLengthMax) continue;
    // Every character more or less is an edit.
    if (std::max(candidate.size(), word.size()) - std::min(candidate.size(), word.size()) > limit) {
      continue;
    }
    const size_t distance = EditDistance(word, candidate, limit);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string Quoted(std::string_view text, size_t bytes_max) {
  std::string quoted = "`";
  std::string_view kept = text.substr(0, bytes_max);
  if (kept.size() < text.size()) {
    // Not through the middle of a character.
    while (!kept.empty() && IsContinuation(static_cast<unsigned char>(text[kept.size()]))) {
      kept.remove_suffix(1);
    }
  }
  AppendEscaped(kept, &quoted);
  if (kept.size() < text.size()) quoted += "...";
  quoted += '`';
  return quoted;
}

std::string Concat(std::initializer_list<std::string_view> parts) {
  size_t size = 0;
  for (const std::string_view part : parts) size += part.size();
  std::string text;
  text.reserve(size);
  for (const std::string_view part : parts) text += part;
  return text;
}

}  // namespace portcullis::base
