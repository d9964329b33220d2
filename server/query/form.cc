#include "server/query/form.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"

#include "server/base/error_reason.h"
#include "server/base/numbers.h"
#include "server/base/percent.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"

namespace portcullis::query {
namespace {

constexpr std::string_view kMember = "member.";

absl::Status MalformedQueryString(std::string_view message) {
  return base::ErrorWithReason(absl::StatusCode::kInvalidArgument, "MalformedQueryString", message);
}

absl::Status InvalidQueryParameter(std::string_view message) {
  return base::ErrorWithReason(absl::StatusCode::kInvalidArgument, "InvalidQueryParameter",
                               message);
}

absl::StatusOr<std::string> Decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  if (!base::DecodeFormInto(text, &decoded)) {
    return MalformedQueryString("A parameter contains a malformed percent escape.");
  }
  if (!base::IsValidUtf8(decoded)) {
    return MalformedQueryString("A parameter is not valid UTF-8.");
  }
  return decoded;
}

// The index at the start of "1", "12.Key"; nullopt if there is none.
std::optional<size_t> LeadingIndex(std::string_view text) {
  const std::string_view digits = text.substr(0, text.find('.'));
  if (digits.starts_with('0')) return std::nullopt;  // One spelling for each.
  return base::ParseUnsigned(digits, kElementIndexMax);
}

}  // namespace

absl::StatusOr<Form> Form::Parse(std::string_view query, std::string_view body) {
  Form form;
  RETURN_IF_ERROR(form.Add(query));
  RETURN_IF_ERROR(form.Add(body));
  return form;
}

absl::Status Form::Add(std::string_view text) {
  while (!text.empty()) {
    const size_t end = text.find('&');
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (part.empty()) continue;
    if (parameters_.size() == kParametersMax) {
      return InvalidQueryParameter("The request has too many parameters.");
    }
    const size_t equals = part.find('=');
    const std::string_view raw_name = part.substr(0, equals);
    if (raw_name.size() > 3 * kParameterNameBytesMax) {
      return InvalidQueryParameter("The name of a parameter is too long.");
    }
    ASSIGN_OR_RETURN(std::string name, Decode(raw_name));
    if (name.size() > kParameterNameBytesMax) {
      return InvalidQueryParameter("The name of a parameter is too long.");
    }
    if (parameters_.contains(name)) {
      return InvalidQueryParameter(
          base::Concat({"The parameter ", base::Quoted(name), " occurs more than once."}));
    }
    std::string value;
    if (equals != std::string_view::npos) {
      ASSIGN_OR_RETURN(value, Decode(part.substr(equals + 1)));
    }
    parameters_.emplace(std::move(name), std::move(value));
  }
  return absl::OkStatus();
}

const std::string* Form::Find(std::string_view name) const {
  const auto found = parameters_.find(name);
  return found == parameters_.end() ? nullptr : &found->second;
}

const std::string* FormView::Find(std::string_view name) const {
  if (prefix_.empty()) return form_->Find(name);
  return form_->Find(base::Concat({prefix_, name}));
}

absl::StatusOr<std::vector<FormView>> FormView::Elements(std::string_view name) const {
  const std::string list = base::Concat({prefix_, name, "."});
  std::vector<size_t> indices;
  const Form::Parameters& parameters = form_->parameters();
  for (auto it = parameters.lower_bound(list); it != parameters.end(); ++it) {
    std::string_view rest = it->first;
    if (!rest.starts_with(list)) break;
    rest.remove_prefix(list.size());
    std::optional<size_t> index;
    if (rest.starts_with(kMember)) index = LeadingIndex(rest.substr(kMember.size()));
    if (!index.has_value()) {
      return InvalidQueryParameter(
          base::Concat({"The parameter ", base::Quoted(it->first), " is no element of a list."}));
    }
    indices.push_back(*index);
  }
  std::sort(indices.begin(), indices.end());
  indices.erase(std::unique(indices.begin(), indices.end()), indices.end());
  std::vector<FormView> elements;
  elements.reserve(indices.size());
  for (const size_t index : indices) {
    elements.push_back(FormView(form_, base::Concat({list, kMember, std::to_string(index), "."})));
  }
  return elements;
}

const std::string* FormView::Value() const {
  if (prefix_.empty()) return nullptr;
  return form_->Find(std::string_view(prefix_).substr(0, prefix_.size() - 1));
}

}  // namespace portcullis::query
