#include "server/authzen/metadata.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"

#include "server/base/json_writer.h"
#include "server/base/text.h"

namespace portcullis::authzen {

absl::StatusOr<std::string> BaseUrlOf(const http::Request& request) {
  const std::string_view host = request.FindHeader("host");
  const bool plain = std::all_of(host.begin(), host.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == ':' ||
           c == '[' || c == ']' || c == '_';
  });
  if (host.empty() || !plain) return absl::InvalidArgumentError("Host is malformed");
  return base::Concat({request.secure ? "https://" : "http://", host});
}

std::string MetadataDocument(std::string_view base_url) {
  base::JsonWriter writer;
  writer.BeginObject();
  writer.Member("policy_decision_point", base_url);
  writer.Member("access_evaluation_endpoint", base::Concat({base_url, kEvaluationPath}));
  writer.Member("access_evaluations_endpoint", base::Concat({base_url, kEvaluationsPath}));
  writer.EndObject();
  return std::string(writer.text());
}

}  // namespace portcullis::authzen
