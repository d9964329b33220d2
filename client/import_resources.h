// Reads the resource-based policies that are imported beside an account.
#ifndef PORTCULLIS_CLIENT_IMPORT_RESOURCES_H_
#define PORTCULLIS_CLIENT_IMPORT_RESOURCES_H_

#include <cstdint>

#include "client/aws_account.h"
#include "client/import_report.h"

namespace portcullis::client {

// The input holds a list of objects, or one object, or several one after another:
//   {"ResourceArn": "arn:aws:s3:::reports", "Policy": {...}, "Tags": [{"Key": .., "Value": ..}]}
// `Arn` is another name of `ResourceArn`. `Policy` is an object or a text with JSON in it, as the
// get-...-policy commands of AWS print it; without it the resource has none. What `portcullis
// export --resource-policies` prints may have `RequiresResourcePolicy` too. AWS has no such list:
// its resources belong to as many services, and one script asks those that matter.
void ReadResourcePolicies(uint32_t input, ImportReport* report, AwsAccount* account);

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_IMPORT_RESOURCES_H_
