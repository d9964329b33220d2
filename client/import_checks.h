// What of an account has no place here, or is incomplete, once all of it was read.
#ifndef PORTCULLIS_CLIENT_IMPORT_CHECKS_H_
#define PORTCULLIS_CLIENT_IMPORT_CHECKS_H_

#include "client/aws_account.h"
#include "client/import_report.h"

namespace portcullis::client {

// Takes out of the account, and lists as not carried: tags that AWS keeps for itself, tags of
// reserved roles, policies of AWS that nothing uses or that are built in with the same
// text, versions beyond the five of, ids that are not of AWS's form. Errors: an attached
// policy or a boundary whose text is missing, a built-in policy with another text.
void CheckAccount(ImportReport* report, AwsAccount* account);

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_IMPORT_CHECKS_H_
