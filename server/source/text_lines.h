// The lines of a text by number.
#ifndef PORTCULLIS_SERVER_SOURCE_TEXT_LINES_H_
#define PORTCULLIS_SERVER_SOURCE_TEXT_LINES_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace portcullis::source {

// Finds lines of `text`, which must outlive it. Lines end at a line feed; the carriage return
// before it is not part of the line. Const after construction.
class TextLines {
 public:
  explicit TextLines(std::string_view text);

  size_t count() const { return starts_.size(); }

  // Line `number`, from 1; empty if there is no such line.
  std::string_view Line(uint32_t number) const;

  // The rest of line `number` from code point `column`, from 1.
  std::string_view From(uint32_t number, uint32_t column) const;

 private:
  std::string_view text_;
  std::vector<size_t> starts_;
};

}  // namespace portcullis::source

#endif  // PORTCULLIS_SERVER_SOURCE_TEXT_LINES_H_
