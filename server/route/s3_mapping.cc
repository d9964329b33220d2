#include "server/route/mapping_internal.h"
#include "server/route/refusal.h"

namespace portcullis::route {

absl::Status AskS3(const MappingTarget&, const Values&, Question*) {
  return Refuse(Refusal::kUnmappable, "no operation of S3 is known");
}

}  // namespace portcullis::route
