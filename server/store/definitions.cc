#include "server/store/definitions.h"

namespace portcullis::store {

std::string FormatSourceDiagnostic(const SourceDiagnostic& diagnostic) {
  return policy::FormatDiagnostic(diagnostic.diagnostic, diagnostic.file);
}

}  // namespace portcullis::store
