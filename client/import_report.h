// What an import reads, and everything it has to say about it, each with its place.
#ifndef PORTCULLIS_CLIENT_IMPORT_REPORT_H_
#define PORTCULLIS_CLIENT_IMPORT_REPORT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/node.h"
#include "server/base/position.h"

namespace portcullis::client {

// Where something stands in the input number `input`.
struct ImportPlace {
  uint32_t input = 0;
  base::Position position;
};

// A text and where it stands.
struct Placed {
  std::string text;
  ImportPlace place;
};

// The files of one import, and what is found out about them. Used by one thread.
class ImportReport {
 public:
  struct Entry {
    std::string file;
    base::Position position;
    std::string path;  // "UserDetailList[3].Tags[0]"; empty: not in JSON, or the whole of it.
    std::string message;

    // "file:line:column: path: message"; `severity` goes before the path if it is not empty.
    std::string ToText(std::string_view severity) const;
  };

  // A file that is not JSON.
  uint32_t AddFile(std::string name);
  // A file of JSON: one value, or several one after another. Malformed ones are errors; what could
  // be read of them is in values().
  uint32_t AddJson(std::string name, std::string_view text);
  const std::vector<base::NodeTree>& values(uint32_t input) const { return inputs_[input].values; }

  // Why there will be no import.
  void Error(const ImportPlace& place, std::string message);
  // What the import leaves out, and what to do about it.
  void NotCarried(const ImportPlace& place, std::string message);

  bool has_errors() const { return !errors_.empty(); }
  // Sorted by place; equal ones once.
  std::vector<Entry> errors() const { return Sorted(errors_); }
  std::vector<Entry> not_carried() const { return Sorted(not_carried_); }

  // "file:line:column": to point at one place from another.
  std::string Format(const ImportPlace& place) const;

 private:
  struct Input {
    std::string name;
    std::vector<base::NodeTree> values;
  };
  struct Finding {
    ImportPlace place;
    std::string message;
  };

  std::string PathOf(const ImportPlace& place) const;
  std::vector<Entry> Sorted(std::vector<Finding> findings) const;

  std::vector<Input> inputs_;
  std::vector<Finding> errors_;
  std::vector<Finding> not_carried_;
};

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_IMPORT_REPORT_H_
