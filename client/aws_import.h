// An account of AWS becomes a directory of policies: reading, checking, writing.
#ifndef PORTCULLIS_CLIENT_AWS_IMPORT_H_
#define PORTCULLIS_CLIENT_AWS_IMPORT_H_

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

#include "client/aws_account.h"
#include "client/import_report.h"

namespace portcullis::client {

// A file that was read: as its user names it, and what it holds.
struct ImportFile {
  std::string name;
  std::string text;
};

struct AwsImportInput {
  std::vector<ImportFile> details;  // Of `aws iam get-account-authorization-details`.
  std::optional<ImportFile> credential_report;
  std::optional<ImportFile> resource_policies;
};

// Reads all of it; what is wrong, and what has no place in Portcullis, is in `report`.
AwsAccount ReadAwsAccount(const AwsImportInput& input, ImportReport* report);

// What became of an import.
struct AwsImportResult {
  bool written = false;      // false: `report` has errors.
  size_t warning_count = 0;  // Of the loader, about what was written.
};

// Writes the account to `directory`, which must not exist or be empty, after the loader of the
// server has found nothing wrong with it; what it finds is reported at the place in the input that
// it was made from. Nothing is written if `report` has errors, before or then. Entities without a
// unique id get the one that the server would derive.
absl::StatusOr<AwsImportResult> WriteAwsAccount(AwsAccount account, const std::string& directory,
                                                bool allow_wildcard_trust, ImportReport* report);

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_AWS_IMPORT_H_
