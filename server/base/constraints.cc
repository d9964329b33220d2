#include "server/base/constraints.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"

#include "server/base/error_reason.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/base/unicode.h"

namespace portcullis::base {
namespace {

constexpr size_t kShownValueBytesMax = 128;
constexpr size_t kMessageBytesMax = 4096;

// nullopt if the text is not UTF-8.
struct Measured {
  size_t length = 0;
  bool all_allowed = true;
};
std::optional<Measured> Measure(std::string_view text, bool (*is_allowed)(char32_t)) {
  Measured measured;
  while (!text.empty()) {
    const std::optional<char32_t> code_point = ConsumeCodePoint(&text);
    if (!code_point.has_value()) return std::nullopt;
    ++measured.length;
    if (!is_allowed(*code_point)) measured.all_allowed = false;
  }
  return measured;
}

// What of a value a message may show.
std::string Shown(std::string_view value) {
  std::string shown;
  while (!value.empty()) {
    if (shown.size() >= kShownValueBytesMax) return shown + "...";
    const std::string_view before = value;
    const std::optional<char32_t> code_point = ConsumeCodePoint(&value);
    if (!code_point.has_value()) value.remove_prefix(1);
    const bool printable = code_point.has_value() && *code_point >= 0x20 && *code_point != 0x7F &&
                           !(*code_point >= 0x80 && *code_point < 0xA0);
    if (printable) {
      shown.append(before.substr(0, before.size() - value.size()));
    } else {
      shown.push_back('?');
    }
  }
  return shown;
}

}  // namespace

void ConstraintViolations::Add(std::string_view name, std::string_view shown_value,
                               std::string_view must) {
  violations_.push_back(Concat({"Value", shown_value.empty() ? "" : " ", shown_value, " at '", name,
                                "' failed to satisfy constraint: Member must ", must}));
}

void ConstraintViolations::CheckText(std::string_view name, std::string_view value,
                                     const TextConstraint& constraint) {
  const std::string shown = constraint.secret ? std::string() : Concat({"'", Shown(value), "'"});
  const std::optional<Measured> measured = Measure(value, constraint.is_allowed);
  if (measured.has_value() && measured->length < constraint.length_min) {
    Add(name, shown, absl::StrCat("have length greater than or equal to ", constraint.length_min));
  }
  if (measured.has_value() && measured->length > constraint.length_max) {
    Add(name, shown, absl::StrCat("have length less than or equal to ", constraint.length_max));
  }
  if (!measured.has_value() && constraint.pattern.empty()) {
    Add(name, shown, "be valid UTF-8");
  } else if (!measured.has_value() || !measured->all_allowed) {
    Add(name, shown, Concat({"satisfy regular expression pattern: ", constraint.pattern}));
  }
}

void ConstraintViolations::CheckRequired(std::string_view name, std::string_view value,
                                         const TextConstraint& constraint) {
  if (value.empty()) return AddMissing(name);
  CheckText(name, value, constraint);
}

void ConstraintViolations::CheckInteger(std::string_view name, int64_t value, int64_t min,
                                        int64_t max) {
  const std::string shown = absl::StrCat("'", value, "'");
  if (value < min) Add(name, shown, absl::StrCat("have value greater than or equal to ", min));
  if (value > max) Add(name, shown, absl::StrCat("have value less than or equal to ", max));
}

void ConstraintViolations::CheckCount(std::string_view name, size_t count, size_t count_max) {
  if (count <= count_max) return;
  Add(name, "", absl::StrCat("have length less than or equal to ", count_max));
}

void ConstraintViolations::CheckOneOf(std::string_view name, std::string_view value,
                                      absl::Span<const std::string_view> values) {
  if (std::find(values.begin(), values.end(), value) != values.end()) return;
  std::string set;
  for (const std::string_view one : values) {
    set += Concat({set.empty() ? "" : ", ", one});
  }
  Add(name, Concat({"'", Shown(value), "'"}), Concat({"satisfy enum value set: [", set, "]"}));
}

void ConstraintViolations::AddMissing(std::string_view name) {
  Add(name, "null", "not be null");
}

void ConstraintViolations::AddMalformed(std::string_view name, std::string_view value,
                                        std::string_view must) {
  Add(name, Concat({"'", Shown(value), "'"}), must);
}

absl::Status ConstraintViolations::ToStatus() const {
  if (violations_.empty()) return absl::OkStatus();
  const size_t count = violations_.size();
  std::string message =
      absl::StrCat(count, count == 1 ? " validation error" : " validation errors", " detected: ");
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) message.append("; ");
    if (message.size() > kMessageBytesMax) {
      absl::StrAppend(&message, "and ", count - i, " more");
      break;
    }
    message.append(violations_[i]);
  }
  return ErrorWithReason(absl::StatusCode::kInvalidArgument, "ValidationError", message);
}

}  // namespace portcullis::base
