// YAML text from files. It either becomes a tree whose places lie in the text, or an error with a
// place; never an exception or a crash.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "server/base/node.h"
#include "server/source/yaml_reader.h"

namespace {

void CheckPlaces(const portcullis::base::Node& node, uint32_t line_max) {
  if (node.begin.line == 0 || node.begin.column == 0 || node.begin.line > line_max) std::abort();
  uint32_t count = 0;
  for (const auto& child : node.children()) {
    CheckPlaces(child, line_max);
    ++count;
  }
  if (count != node.child_count) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  uint32_t lines = 2;  // The end of the text may be told as the line after the last one.
  for (const char c : text) lines += c == '\n';
  portcullis::source::YamlReaderOptions options;
  options.bytes_max = 65536;
  portcullis::base::NodeTree tree;
  std::vector<portcullis::base::TextError> errors;
  const bool good = portcullis::source::ReadYaml(text, options, &tree, &errors);
  if (good != errors.empty()) std::abort();
  if (good) CheckPlaces(tree.root(), lines);
  return 0;
}
