// Writes a base::NodeTree as YAML text that means the same to every reader of YAML.
//
// The counterpart of yaml_reader.h, by yaml-cpp's emitter.
#ifndef PORTCULLIS_SERVER_SOURCE_YAML_WRITER_H_
#define PORTCULLIS_SERVER_SOURCE_YAML_WRITER_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

#include "server/base/node.h"
#include "server/base/position.h"

namespace portcullis::source {

struct YamlWriterOptions {
  // Lines that begin the text, each after `# `. Empty: none.
  std::string_view comment;
  // Members of mappings below which everything beyond ASCII is written as escapes, because a policy
  // document must not contain most of it in any other form.
  absl::Span<const std::string_view> ascii_members;
};

// Where a value stands in the text: its first character, or its key's.
struct YamlPlace {
  base::Position position;
  const base::Node* node = nullptr;
};

struct YamlText {
  std::string text;               // Ends with a line end.
  std::vector<YamlPlace> places;  // In the order of the text.

  // What the author of the text would be pointed at by `position`: the last value that begins there
  // or before, the outermost if several do; nullptr if there is none.
  const base::Node* NodeAt(base::Position position) const;
};

// Writes `root` in block style: members and elements in their order, one a line. Texts that any
// reader might take for a number, a date, a boolean or null are in quotes, and so is everything
// that is not plainly a word; numbers and booleans are written as spelled.
//
// The text is read again, by ReadYaml, before it is returned: INTERNAL if that does not give the
// same tree, so that a text which means something else is never handed out. INVALID_ARGUMENT for a
// text that is not UTF-8. Pure; thread-safe.
absl::StatusOr<YamlText> WriteYaml(const base::Node& root, const YamlWriterOptions& options);

}  // namespace portcullis::source

#endif  // PORTCULLIS_SERVER_SOURCE_YAML_WRITER_H_
