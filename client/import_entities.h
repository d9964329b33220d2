// The lists of GetAccountAuthorizationDetails, member by member.
#ifndef PORTCULLIS_CLIENT_IMPORT_ENTITIES_H_
#define PORTCULLIS_CLIENT_IMPORT_ENTITIES_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "client/aws_account.h"
#include "client/import_reader.h"
#include "server/base/node.h"

namespace portcullis::client {

// Each appends to the account what its list holds. ARNs are checked against names, paths and the
// account, whose id the first one sets.
void ReadUserDetails(ImportContext& context, const base::Node& list);
void ReadGroupDetails(ImportContext& context, const base::Node& list);
void ReadRoleDetails(ImportContext& context, const base::Node& list);
void ReadPolicyDetails(ImportContext& context, const base::Node& list);

// What `aws iam list-roles` tells about one role.
struct ListedRole : AwsNamed {
  Placed description;
  std::optional<int64_t> max_session_duration_seconds;
};
void ReadListedRoles(ImportContext& context, const base::Node& list, std::vector<ListedRole>* out);

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_IMPORT_ENTITIES_H_
