// portcullisd --check: would these policies be served?
#ifndef PORTCULLIS_SERVER_APP_CHECK_H_
#define PORTCULLIS_SERVER_APP_CHECK_H_

#include <ostream>

#include "server/app/options.h"

namespace portcullis::app {

// Loads the policies as the server would, writes every diagnostic and a summary to `output`, and
// returns the exit code: 0 if they would be served, 2 if not. Needs no session keys; checks those
// of the options if there are any.
int CheckPolicies(const ServerOptions& options, std::ostream& output);

}  // namespace portcullis::app

#endif  // PORTCULLIS_SERVER_APP_CHECK_H_
