#include "server/route/query_internal.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "server/base/percent.h"
#include "server/base/text.h"
#include "server/route/refusal.h"
#include "server/route/request.h"

namespace portcullis::route {
namespace {

absl::Status Malformed(std::string_view detail) {
  return Refuse(Refusal::kMalformed, detail);
}

bool IsVisibleAscii(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte < 0x7F;
}

absl::Status DecodeParameter(std::string_view raw, bool bytes_replaced, QueryParameter* parameter) {
  const size_t equals = raw.find('=');
  parameter->has_value = equals != std::string_view::npos;
  // Some readers take `;` for a separator (CVE-2021-23336), and `+` for itself.
  parameter->has_semicolon = raw.find(';') != std::string_view::npos;
  parameter->has_plus = raw.find('+') != std::string_view::npos;
  parameter->may_have_lost_bytes = bytes_replaced && raw.find('!') != std::string_view::npos;
  const std::string_view value = parameter->has_value ? raw.substr(equals + 1) : std::string_view();
  if (!base::DecodeFormInto(raw.substr(0, equals), &parameter->name) ||
      !base::DecodeFormInto(value, &parameter->value)) {
    return Malformed("the query has a `%` that encodes nothing");
  }
  if (!base::IsValidUtf8(parameter->name) || !base::IsValidUtf8(parameter->value)) {
    return Malformed("the query is not UTF-8");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status DecodeQuery(std::string_view raw, bool bytes_replaced,
                         std::vector<QueryParameter>* parameters) {
  if (raw.find('#') != std::string_view::npos) {
    return Refuse(Refusal::kAmbiguousPath, "the query has a fragment");
  }
  if (!std::all_of(raw.begin(), raw.end(), IsVisibleAscii)) {
    return Malformed("the query has a character that has to be encoded");
  }
  while (!raw.empty()) {
    const size_t end = std::min(raw.find('&'), raw.size());
    const std::string_view text = raw.substr(0, end);
    raw.remove_prefix(std::min(end + 1, raw.size()));
    if (text.empty()) continue;
    if (parameters->size() >= kQueryParametersMax) {
      return Malformed("the query has too many parameters");
    }
    QueryParameter parameter;
    if (absl::Status status = DecodeParameter(text, bytes_replaced, &parameter); !status.ok())
      return status;
    parameters->push_back(std::move(parameter));
  }
  return absl::OkStatus();
}

}  // namespace portcullis::route
