#include "client/import_report.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "server/base/json_reader.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"

namespace portcullis::client {
namespace {

using base::Node;
using base::Position;

constexpr std::string_view kJsonBlanks = " \t\r\n";

bool IsAfter(const Position& a, const Position& b) {
  return std::pair(a.line, a.column) > std::pair(b.line, b.column);
}

// Where the JSON value that begins `text` ends, by its brackets; everything if they do not match.
size_t ValueEnd(std::string_view text) {
  size_t depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        in_string = false;
      }
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && depth > 0 && --depth == 0) {
      return i + 1;
    }
  }
  return text.size();
}

// The place after `text`, which begins at `position`.
Position After(std::string_view text, Position position) {
  const size_t line_end = text.rfind('\n');
  if (line_end == std::string_view::npos) {
    position.column += static_cast<uint32_t>(base::CodePointCount(text));
    return position;
  }
  position.line += static_cast<uint32_t>(std::count(text.begin(), text.end(), '\n'));
  position.column = static_cast<uint32_t>(base::CodePointCount(text.substr(line_end + 1))) + 1;
  return position;
}

// A member in a path: as it is, unless it is long or has characters that do not belong in a
// message.
std::string PathElement(std::string_view key) {
  std::string quoted = base::Quoted(key);
  const bool plain = !key.empty() && quoted.size() == key.size() + 2;
  return plain ? std::string(key) : quoted;
}

// The child that `position` is in or behind; nullptr if it is before the first one.
const Node* ChildAt(const Node& node, Position position, size_t* index) {
  const Node* found = nullptr;
  size_t count = 0;
  for (const Node& child : node.children()) {
    if (IsAfter(node.is_mapping() ? child.key_begin : child.begin, position)) break;
    found = &child;
    *index = count++;
  }
  return found;
}

}  // namespace

std::string ImportReport::Entry::ToText(std::string_view severity) const {
  std::string text = base::StrCat(file, ":", position.line, ":", position.column, ": ");
  if (!severity.empty()) text += base::StrCat(severity, ": ");
  if (!path.empty()) text += base::StrCat(path, ": ");
  return text + message;
}

uint32_t ImportReport::AddFile(std::string name) {
  inputs_.push_back({std::move(name), {}});
  return static_cast<uint32_t>(inputs_.size() - 1);
}

uint32_t ImportReport::AddJson(std::string name, std::string_view text) {
  constexpr size_t kBytesMax = size_t{1} << 30;
  const uint32_t input = AddFile(std::move(name));
  if (!base::IsValidUtf8(text)) {
    Error({input, {1, 1}}, "text is not UTF-8");
    return input;
  }
  Position begin = {1, 1};
  do {
    const size_t blanks = std::min(text.find_first_not_of(kJsonBlanks), text.size());
    begin = After(text.substr(0, blanks), begin);
    text.remove_prefix(blanks);
    const std::string_view value = text.substr(0, ValueEnd(text));
    base::JsonReaderOptions options;
    options.bytes_max = kBytesMax;
    options.origin = begin;
    base::NodeTree tree;
    std::vector<base::TextError> errors;
    if (base::ReadJson(value, options, &tree, &errors)) {
      inputs_[input].values.push_back(std::move(tree));
    }
    for (base::TextError& error : errors) Error({input, error.position}, std::move(error.message));
    begin = After(value, begin);
    text.remove_prefix(value.size());
  } while (text.find_first_not_of(kJsonBlanks) != std::string_view::npos);
  return input;
}

void ImportReport::Error(const ImportPlace& place, std::string message) {
  errors_.push_back({place, std::move(message)});
}

void ImportReport::NotCarried(const ImportPlace& place, std::string message) {
  not_carried_.push_back({place, std::move(message)});
}

std::string ImportReport::Format(const ImportPlace& place) const {
  return base::StrCat(inputs_[place.input].name, ":", place.position.line, ":",
                      place.position.column);
}

std::string ImportReport::PathOf(const ImportPlace& place) const {
  const Node* node = nullptr;
  for (const base::NodeTree& value : inputs_[place.input].values) {
    if (!IsAfter(value.root().begin, place.position)) node = &value.root();
  }
  std::string path;
  while (node != nullptr) {
    size_t index = 0;
    const Node* child = ChildAt(*node, place.position, &index);
    if (child == nullptr) break;
    path += node->is_mapping() ? base::StrCat(path.empty() ? "" : ".", PathElement(child->key))
                               : base::StrCat("[", index, "]");
    node = child;
  }
  return path;
}

std::vector<ImportReport::Entry> ImportReport::Sorted(std::vector<Finding> findings) const {
  const auto key = [](const Finding& finding) {
    return std::tuple(finding.place.input, finding.place.position.line,
                      finding.place.position.column, std::string_view(finding.message));
  };
  std::stable_sort(findings.begin(), findings.end(),
                   [&](const Finding& a, const Finding& b) { return key(a) < key(b); });
  findings.erase(std::unique(findings.begin(), findings.end(),
                             [&](const Finding& a, const Finding& b) { return key(a) == key(b); }),
                 findings.end());
  std::vector<Entry> entries;
  entries.reserve(findings.size());
  for (Finding& finding : findings) {
    entries.push_back({inputs_[finding.place.input].name, finding.place.position,
                       PathOf(finding.place), std::move(finding.message)});
  }
  return entries;
}

}  // namespace portcullis::client
