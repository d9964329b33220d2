// Writes JSON text. A thin layer over RapidJSON's streaming writer, so that no other directory
// depends on the library.
#ifndef PORTCULLIS_SERVER_BASE_JSON_WRITER_H_
#define PORTCULLIS_SERVER_BASE_JSON_WRITER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "server/base/node.h"

namespace portcullis::base {

// Builds one JSON value as text. Calls must nest properly (asserted). Not thread-safe; Clear()
// makes it usable again and keeps its memory. Strings that are not UTF-8 have their bad bytes
// replaced by U+FFFD, so the output is always valid JSON; control characters are escaped.
class JsonWriter {
 public:
  JsonWriter();
  ~JsonWriter();
  JsonWriter(const JsonWriter&) = delete;
  JsonWriter& operator=(const JsonWriter&) = delete;

  JsonWriter& BeginObject();
  JsonWriter& EndObject();
  JsonWriter& BeginArray();
  JsonWriter& EndArray();
  JsonWriter& Key(std::string_view key);
  JsonWriter& String(std::string_view value);
  JsonWriter& Int(int64_t value);
  JsonWriter& Uint(uint64_t value);
  JsonWriter& Double(double value);
  JsonWriter& Bool(bool value);
  JsonWriter& Null();

  // Key followed by a string, integer or boolean.
  JsonWriter& Member(std::string_view key, std::string_view value);
  JsonWriter& Member(std::string_view key, const char* value);
  JsonWriter& Member(std::string_view key, int64_t value);
  JsonWriter& Member(std::string_view key, bool value);

  // Writes `node` and everything below it, compactly; scalars by kind, numbers as spelled.
  JsonWriter& Value(const Node& node);

  // Copies `json`, which REQUIRES to be one valid JSON value, as it stands.
  JsonWriter& Raw(std::string_view json);

  // The text so far; valid until the next call of a non-const member.
  std::string_view text() const;
  void Clear();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace portcullis::base

#endif  // PORTCULLIS_SERVER_BASE_JSON_WRITER_H_
