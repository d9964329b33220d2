// Universally unique identifiers: RFC 9562.
#ifndef PORTCULLIS_SERVER_BASE_UUID_H_
#define PORTCULLIS_SERVER_BASE_UUID_H_

#include <cstdint>
#include <string>

namespace portcullis::base {

// The text of a random UUID (version 4), 36 characters: 122 of the bits given, which must be random
// ones. How hard it is to guess is up to them.
std::string FormatRandomUuid(uint64_t high, uint64_t low);

}  // namespace portcullis::base

#endif  // PORTCULLIS_SERVER_BASE_UUID_H_
