// Takes an action's parameters out of a form, and remembers what was wrong with them.
#ifndef PORTCULLIS_SERVER_QUERY_PARAMETER_READER_H_
#define PORTCULLIS_SERVER_QUERY_PARAMETER_READER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

#include "server/base/constraints.h"
#include "server/query/form.h"

namespace portcullis::query {

// Reads by the model's names. A parameter that cannot be read counts as absent, and status() says
// so: nothing may be done with what was read before status() is OK. Lengths, patterns and bounds
// are not looked at.
class ParameterReader {
 public:
  explicit ParameterReader(const FormView& form) : form_(form) {}

  // "" if it is absent.
  std::string Text(std::string_view name);
  // An empty value is a value.
  std::optional<std::string> OptionalText(std::string_view name);
  // Decimal, with or without a `-`.
  std::optional<int64_t> Integer(std::string_view name);
  // A list of scalars.
  std::vector<std::string> Texts(std::string_view name);
  // A list of structures, each to be read by a ParameterReader of its own or by Find().
  std::vector<FormView> Structures(std::string_view name);

  // A parameter that is known and not accepted: its presence is an error.
  void Refuse(std::string_view name, std::string_view must);

  // A member of the element at `index`, from 1, of a list that has to be there and is not.
  void Missing(std::string_view list, size_t index, std::string_view member);

  // Something else that is wrong with what was read; OK: nothing.
  void Fail(const absl::Status& problem);

  // INVALID_ARGUMENT, "InvalidQueryParameter" before "ValidationError".
  absl::Status status() const;

 private:
  const FormView form_;
  absl::Status malformed_;  // The first that was found.
  base::ConstraintViolations violations_;
};

// "DurationSeconds" as messages write it: "durationSeconds".
std::string LowerCamel(std::string_view name);

}  // namespace portcullis::query

#endif  // PORTCULLIS_SERVER_QUERY_PARAMETER_READER_H_
