// The caller of a simulated request. For this directory only.
#ifndef PORTCULLIS_SERVER_POLICY_SIMULATION_INTERNAL_H_
#define PORTCULLIS_SERVER_POLICY_SIMULATION_INTERNAL_H_

#include <string_view>

#include "server/policy/request.h"
#include "server/policy/request_context.h"

namespace portcullis::policy::simulation {

// the principal that an ARN, or a service's name, stands for; of kind kAnonymous if it
// stands for none. Views refer to `caller_arn`.
Principal PrincipalOf(std::string_view caller_arn);

// Adds the condition keys that follow from who calls, so far as they are known and
// not in the context already.
void FillCallerKeys(const Principal& principal, RequestContext* context);

}  // namespace portcullis::policy::simulation

#endif  // PORTCULLIS_SERVER_POLICY_SIMULATION_INTERNAL_H_
