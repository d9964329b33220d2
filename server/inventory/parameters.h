// Parameters of IAM's read operations, checked against the bounds of the service's model.
#ifndef PORTCULLIS_SERVER_INVENTORY_PARAMETERS_H_
#define PORTCULLIS_SERVER_INVENTORY_PARAMETERS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/types/span.h"

#include "server/base/constraints.h"

namespace portcullis::inventory {

// What a protocol received for one operation, by the model's names ("UserName"). Lists have one
// entry per element. Only scalars and lists of scalars: nothing else occurs.
class Parameters {
 public:
  void Set(std::string_view name, std::string_view value);
  void Append(std::string_view name, std::string_view element);

  bool Has(std::string_view name) const;
  // The value, "" if it is absent. The first element of a list.
  const std::string& Get(std::string_view name) const;
  // Of a parameter that Validate() accepted as an integer or a boolean; nullopt if it is absent.
  std::optional<int64_t> GetInteger(std::string_view name) const;
  std::optional<bool> GetBoolean(std::string_view name) const;
  const std::vector<std::string>& GetList(std::string_view name) const;

 private:
  absl::flat_hash_map<std::string, std::vector<std::string>> values_;
};

// One parameter of an operation: a row of the model.
struct ParameterRule {
  enum class Type : uint8_t { kText, kInteger, kBoolean, kOneOf };
  std::string_view name;  // "PathPrefix".
  Type type = Type::kText;
  bool required = false;
  bool list = false;
  const base::TextConstraint* text = nullptr;  // kText; of each element.
  // kText: what `text->pattern` asks for beyond the characters; nullptr: nothing.
  bool (*has_form)(std::string_view) = nullptr;
  int64_t integer_min = 0;  // kInteger.
  int64_t integer_max = 0;
  absl::Span<const std::string_view> values = {};  // kOneOf.
  size_t elements_max = 0;                         // Lists; 0: what fits into a request.
};

// All violations in one message: INVALID_ARGUMENT "ValidationError". Names in it begin with
// a lower-case letter: "userName", "filter.1.member". Parameters without a rule are ignored, as AWS
// does.
absl::Status Validate(const Parameters& parameters, absl::Span<const ParameterRule> rules);

}  // namespace portcullis::inventory

#endif  // PORTCULLIS_SERVER_INVENTORY_PARAMETERS_H_
