#include "server/session/constraints_internal.h"

#include <limits>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "server/base/error_reason.h"
#include "server/base/text.h"
#include "server/base/unicode.h"

namespace portcullis::session {
namespace {

constexpr size_t kShownValueBytesMax = 128;
constexpr size_t kMessageBytesMax = 4096;
constexpr size_t kNoLimit = std::numeric_limits<size_t>::max();

bool IsWord(char32_t c) {
  return c < 0x80 && (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == U'_');
}

bool IsOneOf(char32_t c, std::u32string_view others) {
  return others.find(c) != std::u32string_view::npos;
}

bool IsArnCharacter(char32_t c) {
  return c == U'\t' || c == U'\n' || c == U'\r' || (c >= 0x20 && c <= 0x7E) || c == 0x85 ||
         (c >= 0xA0 && c <= 0xD7FF) || (c >= 0xE000 && c <= 0xFFFD) ||
         (c >= 0x10000 && c <= 0x10FFFF);
}
bool IsPolicyCharacter(char32_t c) {
  return c == U'\t' || c == U'\n' || c == U'\r' || (c >= 0x20 && c <= 0xFF);
}
bool IsNameCharacter(char32_t c) {
  return IsWord(c) || IsOneOf(c, U"+=,.@-");
}
bool IsExternalIdCharacter(char32_t c) {
  return IsWord(c) || IsOneOf(c, U"+=,.@:/-");
}
bool IsSerialNumberCharacter(char32_t c) {
  return IsWord(c) || IsOneOf(c, U"+=/:,.@-");
}
bool IsAnything(char32_t) {
  return true;
}
bool IsDigit(char32_t c) {
  return c >= U'0' && c <= U'9';
}
bool IsTagCharacter(char32_t c) {
  return IsOneOf(c, U"_.:/=+-@") || base::IsLetterSeparatorOrNumber(c);
}

// nullopt if the text is not UTF-8.
struct Measured {
  size_t length = 0;
  bool all_allowed = true;
};
std::optional<Measured> Measure(std::string_view text, bool (*is_allowed)(char32_t)) {
  Measured measured;
  while (!text.empty()) {
    const std::optional<char32_t> code_point = base::ConsumeCodePoint(&text);
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
    const std::optional<char32_t> code_point = base::ConsumeCodePoint(&value);
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

const TextConstraint kArnConstraint = {
    20, 2048, IsArnCharacter,
    "[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD"
    "\\u10000-\\u10FFFF]+"};
const TextConstraint kRoleSessionNameConstraint = {2, 64, IsNameCharacter, "[\\w+=,.@-]*"};
const TextConstraint kPolicyConstraint = {1, kNoLimit, IsPolicyCharacter,
                                          "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+"};
const TextConstraint kTagKeyConstraint = {1, 128, IsTagCharacter,
                                          "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+"};
const TextConstraint kTagValueConstraint = {0, 256, IsTagCharacter,
                                            "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*"};
const TextConstraint kExternalIdConstraint = {2, 1224, IsExternalIdCharacter, "[\\w+=,.@:\\/-]*"};
const TextConstraint kSerialNumberConstraint = {9, 256, IsSerialNumberCharacter, "[\\w+=/:,.@-]*"};
const TextConstraint kTokenCodeConstraint = {6, 6, IsDigit, "[\\d]*", /*secret=*/true};
const TextConstraint kSourceIdentityConstraint = {2, 64, IsNameCharacter, "[\\w+=,.@-]*"};
const TextConstraint kWebIdentityTokenConstraint = {4, 20000, IsAnything, "", /*secret=*/true};
const TextConstraint kProviderIdConstraint = {4, 2048, IsAnything, ""};
const TextConstraint kSamlAssertionConstraint = {4, 100000, IsAnything, "", /*secret=*/true};
const TextConstraint kFederatedNameConstraint = {2, 32, IsNameCharacter, "[\\w+=,.@-]*"};
const TextConstraint kAccessKeyIdConstraint = {16, 128, IsWord, "[\\w]*"};
const TextConstraint kEncodedMessageConstraint = {1, 10240, IsAnything, ""};

void ConstraintViolations::Add(std::string_view name, std::string_view shown_value,
                               std::string_view must) {
  violations_.push_back(base::Concat({"Value", shown_value.empty() ? "" : " ", shown_value, " at '",
                                      name, "' failed to satisfy constraint: Member must ", must}));
}

void ConstraintViolations::CheckText(std::string_view name, std::string_view value,
                                     const TextConstraint& constraint) {
  const std::string shown =
      constraint.secret ? std::string() : base::Concat({"'", Shown(value), "'"});
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
    Add(name, shown, base::Concat({"satisfy regular expression pattern: ", constraint.pattern}));
  }
}

void ConstraintViolations::CheckRequired(std::string_view name, std::string_view value,
                                         const TextConstraint& constraint) {
  if (value.empty()) return Add(name, "null", "not be null");
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
  return base::ErrorWithReason(absl::StatusCode::kInvalidArgument, "ValidationError", message);
}

}  // namespace portcullis::session
