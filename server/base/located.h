// A text that a person wrote, and where.
#ifndef PORTCULLIS_SERVER_BASE_LOCATED_H_
#define PORTCULLIS_SERVER_BASE_LOCATED_H_

#include <string>

#include "server/base/position.h"

namespace portcullis::base {

struct Located {
  std::string text;
  Position position;
};

}  // namespace portcullis::base

#endif  // PORTCULLIS_SERVER_BASE_LOCATED_H_
