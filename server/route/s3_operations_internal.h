// The operations of S3's REST interface, as rows. Only for this directory.
#ifndef PORTCULLIS_SERVER_ROUTE_S3_OPERATIONS_INTERNAL_H_
#define PORTCULLIS_SERVER_ROUTE_S3_OPERATIONS_INTERNAL_H_

#include <cstdint>
#include <string_view>

#include "absl/types/span.h"

namespace portcullis::route {

// What a path names: "/", "/bucket" and "/bucket/", "/bucket/key".
enum class S3Scope : uint8_t { kService, kBucket, kObject };

// One operation and the permissions that it takes. Which one a request is, its method, what its
// path names and its subresource say; with any parameter that the row does not have it is none.
struct S3Operation {
  std::string_view method;
  S3Scope scope;
  std::string_view subresource;     // A query parameter that has to be there; empty: none.
  std::string_view parameters;      // Others that may be there, separated by blanks.
  std::string_view action;          // Without "s3:".
  std::string_view version_action;  // With versionId; empty: the same.
};

absl::Span<const S3Operation> S3Operations();

// What one more permission is needed for: `header` on an operation with `action`.
struct S3HeaderAction {
  std::string_view header;
  std::string_view action;
  std::string_view further_action;
};
absl::Span<const S3HeaderAction> S3HeaderActions();

// Where a condition key comes from: a header or a query parameter.
struct S3Key {
  std::string_view source;
  std::string_view key;
};
absl::Span<const S3Key> S3HeaderKeys();
absl::Span<const S3Key> S3ParameterKeys();

// Parameters that any request may have: of signatures, and what SDKs add for people who read logs.
bool IsS3CommonParameter(std::string_view name);

// Whether `word` is one of the words of `list`, which blanks separate.
bool IsWordOf(std::string_view list, std::string_view word);

}  // namespace portcullis::route

#endif  // PORTCULLIS_SERVER_ROUTE_S3_OPERATIONS_INTERNAL_H_
