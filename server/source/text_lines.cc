#include "server/source/text_lines.h"

#include <algorithm>

#include "server/base/text.h"

namespace portcullis::source {

TextLines::TextLines(std::string_view text) : text_(text), starts_{0} {
  for (size_t i = text.find('\n'); i != std::string_view::npos; i = text.find('\n', i + 1)) {
    starts_.push_back(i + 1);
  }
}

std::string_view TextLines::Line(uint32_t number) const {
  if (number == 0 || number > starts_.size()) return {};
  const size_t begin = starts_[number - 1];
  const size_t end = number < starts_.size() ? starts_[number] - 1 : text_.size();
  std::string_view line = text_.substr(begin, end - begin);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string_view TextLines::From(uint32_t number, uint32_t column) const {
  std::string_view line = Line(number);
  for (uint32_t i = 1; i < column && !line.empty(); ++i) {
    const size_t length = base::Utf8SequenceLength(static_cast<unsigned char>(line.front()));
    line.remove_prefix(std::min(line.size(), length));
  }
  return line;
}

}  // namespace portcullis::source
