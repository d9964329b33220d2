// The parameters of a Query request: forms, decoded, within bounds.
#ifndef PORTCULLIS_SERVER_QUERY_FORM_H_
#define PORTCULLIS_SERVER_QUERY_FORM_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/statusor.h"

namespace portcullis::query {

// A request beyond any of these is refused before anything is made of it.
inline constexpr size_t kParametersMax = 4096;
inline constexpr size_t kParameterNameBytesMax = 256;
inline constexpr size_t kElementIndexMax = 9999;

// Every parameter of one request by its whole name ("Tags.member.1.Key"), each once, names and
// values valid UTF-8. Values own their texts, so the request may go.
class Form {
 public:
  // Reads the parameters of a URL's query and of a body, of which either may be empty. Order means
  // nothing (spec 1.2). INVALID_ARGUMENT "MalformedQueryString" for a `%` without two digits or
  // bytes that are not UTF-8; "InvalidQueryParameter" for a name given twice, in whichever of the
  // two, and for bounds exceeded. Messages quote names, never values. Work is linear in the text.
  static absl::StatusOr<Form> Parse(std::string_view query, std::string_view body);

  // nullptr: absent.
  const std::string* Find(std::string_view name) const;

  // By name, in byte order.
  using Parameters = absl::btree_map<std::string, std::string, std::less<>>;
  const Parameters& parameters() const { return parameters_; }

 private:
  absl::Status Add(std::string_view text);

  Parameters parameters_;
};

// A form, or the part of it that is one structure: "Tags.member.1." and what follows. Cheap to
// copy; the form outlives it.
class FormView {
 public:
  explicit FormView(const Form& form) : form_(&form) {}

  // The scalar of that name; nullptr: absent.
  const std::string* Find(std::string_view name) const;

  // The elements of the list `name`, in the order of their indices, which count from 1 and need not
  // be contiguous. Each is a structure, or, by Value(), a scalar.
  //
  // "InvalidQueryParameter" for anything below the list's name that is no element: since what is
  // not understood is not applied, a mistyped session policy would otherwise be none at all.
  absl::StatusOr<std::vector<FormView>> Elements(std::string_view name) const;

  // The scalar that this element of a list is; nullptr: it is a structure.
  const std::string* Value() const;

 private:
  FormView(const Form* form, std::string prefix) : form_(form), prefix_(std::move(prefix)) {}

  const Form* form_;
  std::string prefix_;  // Ends in "." unless it is empty.
};

}  // namespace portcullis::query

#endif  // PORTCULLIS_SERVER_QUERY_FORM_H_
