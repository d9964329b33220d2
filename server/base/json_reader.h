// Reads JSON text strictly, with positions, into a NodeTree.
//
// A thin layer over RapidJSON's streaming reader, which is not recursive: depth is a limit, not a
// stack. RFC 8259 only: UTF-8, no comments, no trailing commas, no NaN, nothing after the value.
#ifndef PORTCULLIS_SERVER_BASE_JSON_READER_H_
#define PORTCULLIS_SERVER_BASE_JSON_READER_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "server/base/node.h"
#include "server/base/position.h"

namespace portcullis::base {

struct JsonReaderOptions {
  size_t bytes_max = 1 << 20;
  uint32_t depth_max = 64;

  // Where the text begins inside a larger one, so that positions refer to the larger one: the first
  // character of the text is at `origin`; later lines start at `later_line_column`.
  Position origin = {1, 1};
  uint32_t later_line_column = 1;
};

// Parses `text`. Returns true and fills `tree` if the text is well-formed JSON without duplicate
// member names. Otherwise appends at least one error and returns false; all duplicate
// members are reported at once, a syntax error ends the reading. `tree` keeps views into neither
// `text` nor anything else: it owns what it needs.
bool ReadJson(std::string_view text, const JsonReaderOptions& options, NodeTree* tree,
              std::vector<TextError>* errors);

}  // namespace portcullis::base

#endif  // PORTCULLIS_SERVER_BASE_JSON_READER_H_
