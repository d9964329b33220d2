// Where something stands in a text that a person wrote.
#ifndef PORTCULLIS_SERVER_BASE_POSITION_H_
#define PORTCULLIS_SERVER_BASE_POSITION_H_

#include <cstdint>
#include <string>

namespace portcullis::base {

// A place in a text: line and column, both from 1; columns count code points.
// The zero value (0:0) means "no place is known".
struct Position {
  uint32_t line = 0;
  uint32_t column = 0;

  friend bool operator==(const Position&, const Position&) = default;
  friend auto operator<=>(const Position&, const Position&) = default;
};

// A mistake found while reading a text. The message starts in lower case and has no final period.
struct TextError {
  Position position;
  std::string message;
};

}  // namespace portcullis::base

#endif  // PORTCULLIS_SERVER_BASE_POSITION_H_
