// The building blocks of output for people.
#ifndef PORTCULLIS_CLIENT_TEXT_LINES_H_
#define PORTCULLIS_CLIENT_TEXT_LINES_H_

#include <string>
#include <string_view>

#include "google/protobuf/timestamp.pb.h"

namespace portcullis::client {

// All functions are pure.

// Text from elsewhere with its control characters escaped, so that it cannot play tricks with a
// terminal.
std::string Printable(std::string_view text);

// Appends "  label           value\n", the value made printable; nothing for an empty value.
void AddLine(std::string_view label, std::string_view value, std::string* text);

// "2026-11-22T01:02:03Z", as AWS writes it.
std::string TimeText(const google::protobuf::Timestamp& time);

// A value in single quotes, for a POSIX shell.
std::string ShellQuoted(std::string_view value);

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_TEXT_LINES_H_
