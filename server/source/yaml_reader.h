// Reads YAML text strictly, with positions, into a base::NodeTree.
//
// A thin layer over yaml-cpp's events; its node tree takes 34 times the input's memory and is not
// used. What is read is the part of YAML that has one meaning: one document, no anchors, aliases or
// tags, no repeated keys, scalars as keys.
#ifndef PORTCULLIS_SERVER_SOURCE_YAML_READER_H_
#define PORTCULLIS_SERVER_SOURCE_YAML_READER_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "server/base/node.h"
#include "server/base/position.h"

namespace portcullis::source {

struct YamlReaderOptions {
  size_t bytes_max = size_t{32} << 20;
  uint32_t depth_max = 64;
  uint32_t nodes_max = 8'000'000;  // Bounds memory: a node is larger than the shortest text for it.
};

// Parses `text`. Returns true and fills `tree`, or appends at least one error and returns false.
// Never throws, whatever the text is.
//
// Kinds: a plain `true` or `false` is a boolean, a plain number by JSON's grammar a number, an
// empty value, `~` or `null` is null, and everything else is a string, so `yes`, `2012-10-17`,
// `0x1f` and every quoted scalar keep their meaning as text. Scalars keep the author's spelling.
//
// Positions count code points. `end` equals `begin`. A null's place is that of its key, if any.
bool ReadYaml(std::string_view text, const YamlReaderOptions& options, base::NodeTree* tree,
              std::vector<base::TextError>* errors);

}  // namespace portcullis::source

#endif  // PORTCULLIS_SERVER_SOURCE_YAML_READER_H_
