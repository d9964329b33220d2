// Arguments of the form key=value.
#ifndef PORTCULLIS_CLIENT_ASSIGNMENTS_H_
#define PORTCULLIS_CLIENT_ASSIGNMENTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace portcullis::client {

// A condition key with its values, or a tag with its one value.
struct Assignment {
  std::string key;
  std::vector<std::string> values;
  bool multivalued = false;  // It was written `key[]=value`.
};

// Parses "aws:SourceIp=10.0.0.1" and so on. The first `=` ends the key; the value may be empty and
// may hold further ones. The same key again, compared exactly, adds a value; `key[]=` makes the key
// multivalued although it has one value. Keys keep the order in which they first appear.
// INVALID_ARGUMENT, naming `option`, for an argument without `=` or with an empty key.
absl::StatusOr<std::vector<Assignment>> ParseAssignments(const std::string& option,
                                                         const std::vector<std::string>& arguments);

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_ASSIGNMENTS_H_
