#include "server/federation/documents.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "server/federation/jwks.h"
#include "server/federation/saml_metadata.h"

namespace portcullis::federation {

absl::Status CheckKeySet(std::string_view json) {
  std::vector<base::TextError> errors;
  if (KeySet::Parse(json, base::JsonReaderOptions{}, &errors) != nullptr) return absl::OkStatus();
  std::string message;
  for (const base::TextError& error : errors) {
    absl::StrAppend(&message, message.empty() ? "" : "; ", "line ", error.position.line, ": ",
                    error.message);
  }
  return absl::InvalidArgumentError(message);
}

absl::Status CheckSamlMetadata(std::string_view xml) {
  return ParseSamlMetadata(xml).status();
}

}  // namespace portcullis::federation
