// JSON laid out as the AWS command line prints it.
#ifndef PORTCULLIS_CLIENT_JSON_LAYOUT_H_
#define PORTCULLIS_CLIENT_JSON_LAYOUT_H_

#include <string>

#include "server/base/node.h"

namespace portcullis::client {

// Four blanks a level, one member or element a line, `{}` and `[]` if there is none; texts beyond
// ASCII as they are. Ends with a line end.
std::string LayOutJson(const base::Node& root);

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_JSON_LAYOUT_H_
