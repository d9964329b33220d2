// The JSON reader on any bytes.
//
// Whatever the bytes: no crash, no unbounded work; rejected if and only if a reason is given; every
// position inside the text; and what is read, written and read again is the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/json_reader.h"
#include "server/base/json_writer.h"
#include "server/base/node.h"
#include "server/base/position.h"

namespace portcullis::base {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

// One past the last line and column that the text can have.
Position EndOf(std::string_view text) {
  Position end = {1, 1};
  for (const char c : text) {
    end.column += 1;
    if (c == '\n') end.line += 1;
  }
  return end;
}

bool IsInside(Position position, Position end) {
  return position.line >= 1 && position.column >= 1 && position.line <= end.line &&
         position.column <= end.column;
}

void CheckPositions(const Node& node, Position end) {
  Require(IsInside(node.begin, end) && IsInside(node.end, end) && node.begin <= node.end);
  Position last = node.begin;
  uint32_t children = 0;
  for (const Node& child : node.children()) {
    ++children;
    if (node.is_mapping()) {
      Require(last <= child.key_begin && child.key_begin < child.begin);
    }
    Require(last <= child.begin && child.end <= node.end);
    last = child.end;
    CheckPositions(child, end);
  }
  Require(children == node.child_count);
}

void CheckRoundTrip(const Node& root) {
  JsonWriter first;
  first.Value(root);
  NodeTree tree;
  std::vector<TextError> errors;
  // An escape takes at most six bytes for one.
  JsonReaderOptions options;
  options.bytes_max = first.text().size();
  Require(ReadJson(first.text(), options, &tree, &errors));
  JsonWriter second;
  Require(second.Value(tree.root()).text() == first.text());
}

}  // namespace

// The fuzzer's body, inside the namespace of what it tests.
void FuzzJsonReader(std::string_view text) {
  NodeTree tree;
  std::vector<TextError> errors;
  const bool read = ReadJson(text, {}, &tree, &errors);
  Require(read == errors.empty());
  const Position end = EndOf(text);
  for (const TextError& error : errors) {
    Require(IsInside(error.position, end) && !error.message.empty());
  }
  if (!read) return;
  CheckPositions(tree.root(), end);
  CheckRoundTrip(tree.root());
}

}  // namespace portcullis::base

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  portcullis::base::FuzzJsonReader({reinterpret_cast<const char*>(data), size});
  return 0;
}
