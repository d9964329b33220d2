// An account in the JSON of AWS, from a snapshot.
#ifndef PORTCULLIS_CLIENT_ACCOUNT_EXPORT_H_
#define PORTCULLIS_CLIENT_ACCOUNT_EXPORT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "server/base/shape.h"
#include "server/store/snapshot.h"

namespace portcullis::client {

// What `aws iam get-account-authorization-details` prints for the account: all pages as one. Three
// members are added to AWS's where they say something, because nothing else of that answer does:
// `Description` and `MaxSessionDuration` of a role, `Tags` of a managed policy.
absl::StatusOr<base::Shape> ExportDetails(const store::Snapshot& snapshot,
                                          const store::Account& account);

// The resources of the account, as `portcullis import --resource-policies` reads them.
base::Shape ExportResources(const store::Snapshot& snapshot, const store::Account& account);

// What the account has that neither of the two can hold, a line for each kind.
std::vector<std::string> NotExported(const store::Snapshot& snapshot,
                                     const store::Account& account);

// As text, laid out as the AWS command line does.
absl::StatusOr<std::string> LayOutShape(const base::Shape& shape);

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_ACCOUNT_EXPORT_H_
