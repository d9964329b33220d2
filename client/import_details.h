// Reads what `aws iam get-account-authorization-details` prints.
#ifndef PORTCULLIS_CLIENT_IMPORT_DETAILS_H_
#define PORTCULLIS_CLIENT_IMPORT_DETAILS_H_

#include <cstdint>
#include <vector>

#include "client/aws_account.h"
#include "client/import_report.h"

namespace portcullis::client {

// Reads the pages in these inputs, each of which holds one page, several one after another, or a
// list of pages; all pages together make one account. A page may also be the answer of `aws iam
// list-roles`, which has the descriptions and the session durations that the other one lacks.
//
// Everything that contradicts itself or is missing is an error in `report`; what is known but has
// no place in Portcullis, and what is not known, is listed there as not carried.
void ReadAccountDetails(const std::vector<uint32_t>& inputs, ImportReport* report,
                        AwsAccount* account);

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_IMPORT_DETAILS_H_
