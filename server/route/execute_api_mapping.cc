#include "server/base/text.h"
#include "server/route/mapping_internal.h"

namespace portcullis::route {

// arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/PATH, as API Gateway documents it for
// execute-api:Invoke. The path has no slash in front; a final one stays, since applications may
// tell the two apart.
absl::Status AskExecuteApi(const MappingTarget& target, const Values& values, Question* question) {
  const std::string_view path = std::string_view(values.canonical.path).substr(1);
  question->items.push_back(
      {"execute-api:Invoke",
       base::Concat({ArnPrefix("execute-api", values.gateway), target.api, "/", target.stage, "/",
                     values.canonical.method, "/", path})});
  return absl::OkStatus();
}

}  // namespace portcullis::route
