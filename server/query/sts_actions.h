// The actions of STS.
#ifndef PORTCULLIS_SERVER_QUERY_STS_ACTIONS_H_
#define PORTCULLIS_SERVER_QUERY_STS_ACTIONS_H_

#include "absl/types/span.h"

#include "server/query/actions.h"

namespace portcullis::query {

// Operations that the service's model has and this list has not (AssumeRoot, GetWebIdentityToken,
// GetDelegatedAccessToken) are "InvalidAction" like any other name.
absl::Span<const Action> StsActions();

}  // namespace portcullis::query

#endif  // PORTCULLIS_SERVER_QUERY_STS_ACTIONS_H_
