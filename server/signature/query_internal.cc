#include "server/signature/query_internal.h"

#include <algorithm>
#include <cstddef>

#include "absl/container/inlined_vector.h"

#include "server/base/percent.h"
#include "server/base/text.h"
#include "server/signature/request.h"
#include "server/signature/text_internal.h"

namespace portcullis::signature {
namespace {

constexpr std::string_view kSignatureParameter = "X-Amz-Signature";

void AppendReencoded(std::string_view text, std::string* output) {
  base::DecodeForm(text, [output](char c) {
    base::AppendPercentEncoded({&c, 1}, /*slash_stays=*/false, output);
  });
}

struct RawParameter {
  std::string_view name;
  std::string_view value;
};

// Takes the first parameter off a query that is not at its end. A part without `=` is a name.
RawParameter TakeParameter(std::optional<std::string_view>* rest) {
  const std::string_view query = **rest;
  const size_t end = query.find('&');
  const std::string_view part = query.substr(0, end);
  if (end == std::string_view::npos) {
    rest->reset();
  } else {
    *rest = query.substr(end + 1);
  }
  const size_t equals = part.find('=');
  if (equals == std::string_view::npos) return {part, ""};
  return {part.substr(0, equals), part.substr(equals + 1)};
}

std::optional<std::string_view> Whole(std::string_view query) {
  if (query.empty()) return std::nullopt;
  return query;
}

// Where the parameter of this decoded name goes; nullptr if it is not one of the seven.
std::optional<std::string>* PlaceOf(std::string_view name, QueryAuthentication* found) {
  if (name == "X-Amz-Algorithm") return &found->algorithm;
  if (name == "X-Amz-Credential") return &found->credential;
  if (name == "X-Amz-Date") return &found->date;
  if (name == "X-Amz-Expires") return &found->expires;
  if (name == "X-Amz-SignedHeaders") return &found->signed_headers;
  if (name == kSignatureParameter) return &found->signature;
  if (name == "X-Amz-Security-Token") return &found->security_token;
  return nullptr;
}

}  // namespace

absl::StatusOr<QueryAuthentication> FindQueryAuthentication(std::string_view query) {
  QueryAuthentication found;
  std::string name;
  std::string value;
  size_t count = 0;
  for (std::optional<std::string_view> rest = Whole(query); rest.has_value();) {
    const RawParameter parameter = TakeParameter(&rest);
    if (++count > kQueryParametersMax) {
      return IncompleteSignature("The query string has too many parameters.");
    }
    if (!base::DecodeFormInto(parameter.name, &name) ||
        !base::DecodeFormInto(parameter.value, &value)) {
      return IncompleteSignature("The query string contains a malformed percent escape.");
    }
    std::optional<std::string>* const place = PlaceOf(name, &found);
    if (place == nullptr) continue;
    if (place->has_value()) {
      return IncompleteSignature(
          base::Concat({"Query-string parameter '", name, "' must not occur more than once."}));
    }
    *place = value;
  }
  return found;
}

void AppendCanonicalQuery(std::string_view query, bool presigned, std::string* output) {
  struct Parameter {
    size_t start;  // Of the name in `encoded`; the value follows it at once.
    size_t name_size;
    size_t size;
  };
  std::string encoded;
  absl::InlinedVector<Parameter, 16> parameters;
  encoded.reserve(query.size() + query.size() / 4);
  for (std::optional<std::string_view> rest = Whole(query); rest.has_value();) {
    const RawParameter raw = TakeParameter(&rest);
    const size_t start = encoded.size();
    AppendReencoded(raw.name, &encoded);
    const size_t name_size = encoded.size() - start;
    // Encoding leaves this name as it is.
    if (presigned && std::string_view(encoded).substr(start) == kSignatureParameter) {
      encoded.resize(start);
      continue;
    }
    AppendReencoded(raw.value, &encoded);
    parameters.push_back({start, name_size, encoded.size() - start});
  }
  const auto name = [&encoded](const Parameter& parameter) {
    return std::string_view(encoded).substr(parameter.start, parameter.name_size);
  };
  const auto value = [&encoded](const Parameter& parameter) {
    return std::string_view(encoded).substr(parameter.start + parameter.name_size,
                                            parameter.size - parameter.name_size);
  };
  std::sort(parameters.begin(), parameters.end(), [&](const Parameter& a, const Parameter& b) {
    const int order = name(a).compare(name(b));
    return order != 0 ? order < 0 : value(a) < value(b);
  });
  std::string_view separator;
  for (const Parameter& parameter : parameters) {
    output->append(separator).append(name(parameter)).append("=").append(value(parameter));
    separator = "&";
  }
}

}  // namespace portcullis::signature
