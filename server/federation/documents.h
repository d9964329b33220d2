// Whether the documents of identity providers can be used: for loading policies, which do not know
// what is inside.
#ifndef PORTCULLIS_SERVER_FEDERATION_DOCUMENTS_H_
#define PORTCULLIS_SERVER_FEDERATION_DOCUMENTS_H_

#include <string_view>

#include "absl/status/status.h"

namespace portcullis::federation {

// OK, or INVALID_ARGUMENT with everything that is wrong, each with its line in the document.
// Thread-safe.
absl::Status CheckKeySet(std::string_view json);
absl::Status CheckSamlMetadata(std::string_view xml);

}  // namespace portcullis::federation

#endif  // PORTCULLIS_SERVER_FEDERATION_DOCUMENTS_H_
