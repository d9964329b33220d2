// Forms of the Query protocol: what anybody can send before anything else is known.
//
// The input is a URL's query, a line end, and a body; without a line end, a body. Whatever the
// bytes: no crash; what is accepted is UTF-8 within bounds, says the same when it is written anew,
// and is refused with any of its parameters repeated; lists give each element once, in order.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "server/base/percent.h"
#include "server/base/text.h"
#include "server/query/form.h"
#include "server/query/parameter_reader.h"

namespace portcullis::query {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

std::string WrittenAnew(const Form& form) {
  std::string text;
  for (const auto& [name, value] : form.parameters()) {
    if (!text.empty()) text += "&";
    base::AppendPercentEncoded(name, false, &text);
    text += "=";
    base::AppendPercentEncoded(value, false, &text);
  }
  return text;
}

void CheckList(const FormView& form, std::string_view name, int depth) {
  const auto elements = form.Elements(name);
  if (!elements.ok()) return;
  Require(elements->size() <= kParametersMax);
  std::set<const std::string*> values;
  for (const FormView& element : *elements) {
    const std::string* value = element.Value();
    Require(value == nullptr || values.insert(value).second);
    if (depth > 0) CheckList(element, "ContextKeyValues", depth - 1);
    if (depth > 0) CheckList(element, "member", depth - 1);
  }
}

void CheckForm(const Form& form) {
  Require(form.parameters().size() <= kParametersMax);
  std::set<std::string_view> lists;
  for (const auto& [name, value] : form.parameters()) {
    Require(base::IsValidUtf8(name) && base::IsValidUtf8(value));
    Require(name.size() <= kParameterNameBytesMax);
    Require(form.Find(name) == &value);
    lists.insert(std::string_view(name).substr(0, name.find('.')));
  }
  const std::string anew = WrittenAnew(form);
  const absl::StatusOr<Form> again = Form::Parse("", anew);
  Require(again.ok() && again->parameters() == form.parameters());
  if (!form.parameters().empty()) Require(!Form::Parse(anew, anew).ok());
  for (const std::string_view name : lists) {
    CheckList(FormView(form), name, 3);
    ParameterReader reader{FormView(form)};
    reader.Integer(name);
    reader.Texts(name);
    Require(reader.status().ok() || !reader.status().message().empty());
  }
}

}  // namespace
}  // namespace portcullis::query

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t line_end = text.find('\n');
  const std::string_view query =
      line_end == std::string_view::npos ? std::string_view() : text.substr(0, line_end);
  const std::string_view body =
      line_end == std::string_view::npos ? text : text.substr(line_end + 1);
  const auto form = portcullis::query::Form::Parse(query, body);
  if (form.ok()) portcullis::query::CheckForm(*form);
  return 0;
}
