#include "server/query/parameter_reader.h"

#include <limits>
#include <utility>

#include "absl/strings/ascii.h"

#include "server/base/numbers.h"
#include "server/base/status_macros.h"
#include "server/base/str_cat.h"

namespace portcullis::query {

std::string ParameterReader::Text(std::string_view name) {
  const std::string* value = form_.Find(name);
  return value == nullptr ? "" : *value;
}

std::optional<std::string> ParameterReader::OptionalText(std::string_view name) {
  const std::string* value = form_.Find(name);
  if (value == nullptr) return std::nullopt;
  return *value;
}

std::optional<int64_t> ParameterReader::Integer(std::string_view name) {
  const std::string* value = form_.Find(name);
  if (value == nullptr) return std::nullopt;
  // What a client's integer can be; beyond it the bounds of the model would not say more.
  const std::optional<int64_t> number = base::ParseInteger(
      *value, std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max());
  if (!number.has_value()) violations_.AddMalformed(LowerCamel(name), *value, "be an integer");
  return number;
}

std::vector<std::string> ParameterReader::Texts(std::string_view name) {
  std::vector<std::string> texts;
  size_t index = 0;
  for (const FormView& element : Structures(name)) {
    ++index;
    const std::string* value = element.Value();
    if (value != nullptr) {
      texts.push_back(*value);
    } else {
      violations_.AddMissing(base::StrCat(LowerCamel(name), ".", index, ".member"));
    }
  }
  return texts;
}

std::vector<FormView> ParameterReader::Structures(std::string_view name) {
  absl::StatusOr<std::vector<FormView>> elements = form_.Elements(name);
  if (elements.ok()) return *std::move(elements);
  malformed_.Update(elements.status());
  return {};
}

void ParameterReader::Refuse(std::string_view name, std::string_view must) {
  if (!Structures(name).empty() || form_.Find(name) != nullptr) {
    violations_.AddMalformed(LowerCamel(name), "...", must);
  }
}

void ParameterReader::Missing(std::string_view list, size_t index, std::string_view member) {
  violations_.AddMissing(base::StrCat(LowerCamel(list), ".", index, ".member.", member));
}

void ParameterReader::Fail(const absl::Status& problem) {
  malformed_.Update(problem);
}

absl::Status ParameterReader::status() const {
  RETURN_IF_ERROR(malformed_);
  return violations_.ToStatus();
}

std::string LowerCamel(std::string_view name) {
  std::string lower(name);
  if (!lower.empty()) lower[0] = absl::ascii_tolower(static_cast<unsigned char>(lower[0]));
  return lower;
}

}  // namespace portcullis::query
