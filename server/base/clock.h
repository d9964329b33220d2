// The time of day as a dependency, so that whoever needs it can be given another one.
#ifndef PORTCULLIS_SERVER_BASE_CLOCK_H_
#define PORTCULLIS_SERVER_BASE_CLOCK_H_

#include "absl/time/time.h"

namespace portcullis::base {

// Tells the time. Implementations are thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;

  // The system's clock; lives for the whole process.
  static const Clock& System();
};

}  // namespace portcullis::base

#endif  // PORTCULLIS_SERVER_BASE_CLOCK_H_
