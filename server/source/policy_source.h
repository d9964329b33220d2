// Where policies come from.
#ifndef PORTCULLIS_SERVER_SOURCE_POLICY_SOURCE_H_
#define PORTCULLIS_SERVER_SOURCE_POLICY_SOURCE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "server/session/key_ring.h"

namespace portcullis::source {

// One text of a reading. Shared with readings before and after while it does not change.
struct SourceDocument {
  std::shared_ptr<const std::string> name;  // A path relative to the root, or "env:NAME".
  // nullptr if it is that of the reading before and nobody has kept it: whoever needs it after all
  // calls ReadAgain(). Secrets always have theirs.
  std::shared_ptr<const std::string> content;
  std::string digest;  // SHA-256 of the content, hex.
};

// Everything as it stood at one instant.
struct SourceReading {
  // Sorted by name. `documents` are definitions and the policy documents they refer to; `secrets`
  // are what definitions refer to as secrets, never anything else.
  std::vector<SourceDocument> documents;
  std::vector<SourceDocument> secrets;
  std::shared_ptr<const session::KeyRing> key_ring;

  // SHA-256 over all names, contents and the key ring's fingerprint, hex: equal for equal readings
  // in every process.
  std::string digest;

  // Where changes would show, for a watcher; may be empty.
  std::vector<std::string> directories;
};

// A place that can be read as a whole.
class PolicySource {
 public:
  virtual ~PolicySource() = default;

  // All documents of one consistent reading, or an error that says what to mend: a mixture of two
  // states, or a part of one, is never returned. May be called from one thread at a time.
  virtual absl::StatusOr<SourceReading> Load() = 0;

  // The content of one of the last reading's `documents`. UNAVAILABLE if there is another one by
  // now: then the reading is out of date, and nothing may be made of it. May be called from one
  // thread at a time, and not during Load().
  virtual absl::StatusOr<std::shared_ptr<const std::string>> ReadAgain(
      const SourceDocument& document) = 0;
};

}  // namespace portcullis::source

#endif  // PORTCULLIS_SERVER_SOURCE_POLICY_SOURCE_H_
