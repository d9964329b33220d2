// A rule as it is matched and asked.
#ifndef PORTCULLIS_SERVER_ROUTE_RULE_INTERNAL_H_
#define PORTCULLIS_SERVER_ROUTE_RULE_INTERNAL_H_

#include "server/route/table.h"

namespace portcullis::route {

class CompiledRule {};

}  // namespace portcullis::route

#endif  // PORTCULLIS_SERVER_ROUTE_RULE_INTERNAL_H_
