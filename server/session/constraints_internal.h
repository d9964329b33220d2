// The constraints of STS parameters (sections 5.3 to 5.12).
#ifndef PORTCULLIS_SERVER_SESSION_CONSTRAINTS_INTERNAL_H_
#define PORTCULLIS_SERVER_SESSION_CONSTRAINTS_INTERNAL_H_

#include "server/base/constraints.h"

namespace portcullis::session {

using base::ConstraintViolations;
using base::TextConstraint;

extern const TextConstraint kArnConstraint;
extern const TextConstraint kRoleSessionNameConstraint;
extern const TextConstraint kPolicyConstraint;
extern const TextConstraint kTagKeyConstraint;
extern const TextConstraint kTagValueConstraint;
extern const TextConstraint kExternalIdConstraint;
extern const TextConstraint kSerialNumberConstraint;
extern const TextConstraint kTokenCodeConstraint;
extern const TextConstraint kSourceIdentityConstraint;
extern const TextConstraint kWebIdentityTokenConstraint;
extern const TextConstraint kProviderIdConstraint;
extern const TextConstraint kSamlAssertionConstraint;
extern const TextConstraint kFederatedNameConstraint;
extern const TextConstraint kAccessKeyIdConstraint;
extern const TextConstraint kEncodedMessageConstraint;

}  // namespace portcullis::session

#endif  // PORTCULLIS_SERVER_SESSION_CONSTRAINTS_INTERNAL_H_
