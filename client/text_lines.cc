#include "client/text_lines.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace portcullis::client {
namespace {

constexpr size_t kLabelWidth = 16;

}  // namespace

std::string Printable(std::string_view text) {
  std::string printable;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      printable.push_back(c);
    } else {
      absl::StrAppend(&printable, "\\x", absl::Hex(byte, absl::kZeroPad2));
    }
  }
  return printable;
}

void AddLine(std::string_view label, std::string_view value, std::string* text) {
  if (value.empty()) return;
  const size_t padding = label.size() < kLabelWidth ? kLabelWidth - label.size() : 1;
  text->append("  ").append(label).append(padding, ' ').append(Printable(value)).append("\n");
}

std::string TimeText(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixSeconds(time.seconds()),
                          absl::UTCTimeZone());
}

std::string ShellQuoted(std::string_view value) {
  std::string quoted = "'";
  for (const char c : value) {
    if (c == '\'') {
      quoted.append("'\\''");
    } else {
      quoted.push_back(c);
    }
  }
  quoted.push_back('\'');
  return quoted;
}

}  // namespace portcullis::client
