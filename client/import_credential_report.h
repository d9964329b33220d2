// Reads the credential report of an account for what an import can use of it.
#ifndef PORTCULLIS_CLIENT_IMPORT_CREDENTIAL_REPORT_H_
#define PORTCULLIS_CLIENT_IMPORT_CREDENTIAL_REPORT_H_

#include <string>
#include <string_view>

#include "client/aws_account.h"
#include "client/import_report.h"

namespace portcullis::client {

// Reads the CSV of, or the JSON with it in Base64 that `aws iam get-credential-report`
// prints. Adds to the account's users when their passwords were set and used, and to the account
// when it was made. Keys, devices and certificates cannot be carried, because their secrets never
// leave AWS: each is listed, with what to do instead. A report of another account is an error.
void ReadCredentialReport(std::string name, std::string_view text, ImportReport* report,
                          AwsAccount* account);

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_IMPORT_CREDENTIAL_REPORT_H_
