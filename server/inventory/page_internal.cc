#include "server/inventory/page_internal.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_format.h"

#include "server/base/error_reason.h"
#include "server/base/text.h"
#include "server/inventory/rules.h"

namespace portcullis::inventory {
namespace {

// "1": the form of what follows, so that a later form can be told from it.
constexpr std::string_view kForm = "1";
constexpr char kSeparator = '\n';  // In no key that begins one: operations have letters only.

std::string MarkerText(std::string_view operation, std::string_view key) {
  const std::string plain = base::Concat({kForm, operation, {&kSeparator, 1}, key});
  return absl::WebSafeBase64Escape(plain);
}

// The key in a marker; nullopt if it is none of this operation's.
std::optional<std::string> KeyOf(std::string_view marker, std::string_view operation) {
  std::string plain;
  if (!absl::WebSafeBase64Unescape(base::AbslView(marker), &plain)) return std::nullopt;
  const std::string begin = base::Concat({kForm, operation, {&kSeparator, 1}});
  if (plain.size() <= begin.size() || !plain.starts_with(begin)) return std::nullopt;
  return plain.substr(begin.size());
}

// FNV-1a: the same everywhere and always. Nothing depends on its being hard to forge.
uint64_t Digest(std::string_view text) {
  uint64_t digest = 0xcbf29ce484222325;
  for (const char c : text) {
    digest = (digest ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  return digest;
}

}  // namespace

absl::StatusOr<Page> Page::Create(std::string_view operation, const Parameters& parameters) {
  std::optional<std::string> after;
  if (parameters.Has("Marker")) {
    after = KeyOf(parameters.Get("Marker"), operation);
    if (!after.has_value()) {
      return base::ErrorWithReason(absl::StatusCode::kInvalidArgument, "InvalidInput",
                                   "The Marker is not of an earlier answer.");
    }
  }
  return Page(operation, std::move(after),
              parameters.GetInteger("MaxItems").value_or(kMaxItemsDefault));
}

std::optional<std::string_view> Page::AfterIn(std::string_view kind) const {
  if (!after_.has_value()) return std::nullopt;
  const std::string_view after = *after_;
  if (after.starts_with(kind)) return after.substr(kind.size());
  // Of an earlier list: all of this one is due. Of a later one: the end of this one, which no name
  // reaches.
  if (after < kind) return std::nullopt;
  return "\xff";
}

bool Page::Take(std::string_view key) {
  if (count_ == count_max_) truncated_ = true;
  if (truncated_) return false;
  ++count_;
  last_.assign(key);
  return true;
}

void Page::Finish(base::Shape* result) const {
  result->Add("IsTruncated", base::Shape::Boolean(truncated_));
  if (truncated_) result->Add("Marker", std::string_view(MarkerText(operation_, last_)));
}

std::string BoundedKey(std::string_view text) {
  if (text.size() <= Page::kKeyBytesMax) return std::string(text);
  constexpr size_t kDigestCharacters = 16;
  const std::string digest = absl::StrFormat("%016x", Digest(text));
  return base::Concat({text.substr(0, Page::kKeyBytesMax - kDigestCharacters), digest});
}

}  // namespace portcullis::inventory
