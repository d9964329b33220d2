// Texts with variables in rules: "arn:aws:orders:${region}:${account}:order/${path.order}".
#ifndef PORTCULLIS_SERVER_ROUTE_TEXT_TEMPLATE_H_
#define PORTCULLIS_SERVER_ROUTE_TEXT_TEMPLATE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"

#include "server/route/definition.h"

namespace portcullis::route {

struct Problem;  // In table.h.
struct Values;   // In values_internal.h.
struct VariableRow;

// What a text is for, which says what values may do in it.
enum class TextUse : uint8_t {
  kContext,   // Any text.
  kAction,    // "service:Action"; the service is constant.
  kResource,  // "*", or an ARN whose fields are where the author sees them.
};

// What the rule around a text has.
struct TextScope {
  absl::Span<const std::string> path_variables;
  bool connection = false;  // Nothing is known but the host and extensions.
};

// Variables: ${account} ${region} ${gateway} ${host} ${method} ${path} ${path.NAME} ${query.NAME}
// ${header.NAME} ${grpc.service} ${grpc.method} ${extension.NAME}. `$${` is a literal `${`.
//
// Values are what the request says, never patterns: a `*` in one is the character, since policies'
// resources are patterns and requests' resources are not. In the fields of an ARN before the last,
// where no name has one, they are refused all the same, with everything but [A-Za-z0-9._-].
//
// Immutable; any number of threads may read.
class TextTemplate {
 public:
  // nullopt with at least one problem, all at `text`'s position. A constant text is checked as what
  // it is for, one with variables as far as it is constant.
  static std::optional<TextTemplate> Parse(const Located& text, TextUse use, const TextScope& scope,
                                           std::vector<Problem>* problems);

  // Appends the text. kMissingValue for a variable without exactly one value, kMalformed for a
  // value that may not stand where it would, and if what comes out is no action or resource.
  absl::Status AppendTo(const Values& values, std::string* text) const;

 private:
  struct Part {
    const VariableRow* variable = nullptr;  // nullptr: `text` as it is.
    std::string text;                       // Or the NAME of the variable.
    size_t index = 0;                       // Of ${path.NAME}.
    bool name_characters_only = false;      // Stands in a field before the last.
  };

  explicit TextTemplate(TextUse use) : use_(use) {}

  // Empty, or what is wrong.
  std::string AddParts(std::string_view text, const TextScope& scope, std::string* suggestion);
  std::string AddVariable(std::string_view name, const TextScope& scope, std::string* suggestion);
  void AddText(std::string_view text);
  std::string CheckUse();

  TextUse use_;
  std::vector<Part> parts_;
  size_t size_ = 0;  // Of the constant parts.
};

}  // namespace portcullis::route

#endif  // PORTCULLIS_SERVER_ROUTE_TEXT_TEMPLATE_H_
