#include "client/assignments.h"

#include <algorithm>
#include <string_view>

#include "server/base/text.h"

namespace portcullis::client {
namespace {

constexpr std::string_view kMultivaluedMark = "[]";

Assignment* FindOrAdd(std::string_view key, std::vector<Assignment>* assignments) {
  const auto found =
      std::find_if(assignments->begin(), assignments->end(),
                   [key](const Assignment& assignment) { return assignment.key == key; });
  if (found != assignments->end()) return &*found;
  assignments->push_back({std::string(key), {}, false});
  return &assignments->back();
}

}  // namespace

absl::StatusOr<std::vector<Assignment>> ParseAssignments(
    const std::string& option, const std::vector<std::string>& arguments) {
  std::vector<Assignment> assignments;
  for (const std::string& argument : arguments) {
    const size_t equals = argument.find('=');
    std::string_view key = std::string_view(argument).substr(0, equals);
    const bool multivalued = key.ends_with(kMultivaluedMark);
    if (multivalued) key.remove_suffix(kMultivaluedMark.size());
    if (equals == std::string::npos || key.empty()) {
      return absl::InvalidArgumentError(
          base::Concat({option, ": ", base::Quoted(argument), " is not of the form key=value"}));
    }
    Assignment* assignment = FindOrAdd(key, &assignments);
    assignment->values.push_back(argument.substr(equals + 1));
    assignment->multivalued |= multivalued;
  }
  return assignments;
}

}  // namespace portcullis::client
