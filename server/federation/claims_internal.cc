#include "server/federation/claims_internal.h"

#include <algorithm>
#include <utility>

#include "server/base/error_reason.h"
#include "server/base/numbers.h"
#include "server/base/status_macros.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"

namespace portcullis::federation {
namespace {

using base::Node;
using base::NodeKind;
using base::StrCat;

constexpr int64_t kSecondsMax = 253402300799;  // The last second of the year 9999.
constexpr std::string_view kPrincipalTags = "principal_tags";
constexpr std::string_view kTransitiveKeys = "transitive_tag_keys";

absl::Status WrongForm(std::string_view name, std::string_view form) {
  return RefuseToken(StrCat("Claim ", name, " must be ", form));
}

bool IsString(const Node& node) {
  return node.kind == NodeKind::kString;
}

bool IsStringBooleanOrInteger(const Node& node) {
  return node.kind == NodeKind::kString || node.kind == NodeKind::kBoolean ||
         (node.kind == NodeKind::kNumber &&
          base::ParseInteger(node.text, INT64_MIN, INT64_MAX).has_value());
}

// `claim` as values that each satisfy `permitted`; nullopt if it is anything else.
std::optional<ClaimValues> ValuesOf(const Node& claim, bool (*permitted)(const Node&)) {
  ClaimValues read;
  if (!claim.is_sequence()) {
    if (!permitted(claim)) return std::nullopt;
    read.values.emplace_back(claim.text);
    return read;
  }
  for (const Node& element : claim.children()) {
    if (!permitted(element)) return std::nullopt;
    read.values.emplace_back(element.text);
  }
  read.multivalued = read.values.size() != 1;
  return read;
}

// A string, or a list of exactly one.
absl::Status ReadTag(std::string_view key, const Node& value, std::vector<ClaimedTag>* tags) {
  const std::optional<ClaimValues> read = ValuesOf(value, IsString);
  if (!read.has_value() || read->multivalued) {
    return WrongForm(kTagsClaim, "a mapping from keys to one value each");
  }
  tags->push_back({std::string(key), read->values.front()});
  return absl::OkStatus();
}

absl::Status ReadTransitiveKeys(const Node& keys, std::vector<std::string>* transitive) {
  std::optional<ClaimValues> read;
  if (keys.is_sequence()) read = ValuesOf(keys, IsString);
  if (!read.has_value()) return WrongForm(kTransitiveKeys, "a list of strings");
  *transitive = std::move(read->values);
  return absl::OkStatus();
}

absl::Status ReadNestedTags(const Node& claim, std::vector<ClaimedTag>* tags,
                            std::vector<std::string>* transitive) {
  if (!claim.is_mapping()) return WrongForm(kTagsClaim, "an object");
  for (const Node& member : claim.children()) {
    if (member.key == kPrincipalTags && member.is_mapping()) {
      for (const Node& tag : member.children()) RETURN_IF_ERROR(ReadTag(tag.key, tag, tags));
    } else if (member.key == kTransitiveKeys) {
      RETURN_IF_ERROR(ReadTransitiveKeys(member, transitive));
    } else {
      return WrongForm(kTagsClaim, "an object of principal_tags and transitive_tag_keys");
    }
  }
  return absl::OkStatus();
}

// `suffix` is what follows "https://aws.amazon.com/tags/" in the claim's name.
absl::Status ReadFlatTag(std::string_view suffix, const Node& claim, std::vector<ClaimedTag>* tags,
                         std::vector<std::string>* transitive) {
  if (suffix == kTransitiveKeys) return ReadTransitiveKeys(claim, transitive);
  const bool is_tag = suffix.size() > kPrincipalTags.size() &&
                      suffix.substr(0, kPrincipalTags.size()) == kPrincipalTags &&
                      suffix[kPrincipalTags.size()] == '/';
  if (!is_tag) return WrongForm(kTagsClaim, "principal_tags or transitive_tag_keys");
  return ReadTag(suffix.substr(kPrincipalTags.size() + 1), claim, tags);
}

}  // namespace

absl::Status RefuseToken(std::string_view message) {
  return base::ErrorWithReason(absl::StatusCode::kInvalidArgument, "InvalidIdentityToken", message);
}

absl::Status MissingClaim(std::string_view name) {
  return RefuseToken(StrCat("Missing a required claim: ", name));
}

const Node* ClaimReader::Find(std::string_view name) const {
  const Node* claim = claims_.Find(name);
  return claim == nullptr || claim->kind == NodeKind::kNull ? nullptr : claim;
}

absl::StatusOr<std::optional<std::string>> ClaimReader::String(std::string_view name) const {
  const Node* claim = Find(name);
  if (claim == nullptr) return std::optional<std::string>();
  if (!IsString(*claim)) return WrongForm(name, "a string");
  return std::optional<std::string>(claim->text);
}

absl::StatusOr<std::string> ClaimReader::RequiredString(std::string_view name) const {
  ASSIGN_OR_RETURN(std::optional<std::string> text, String(name));
  if (!text.has_value() || text->empty()) return MissingClaim(name);
  return *std::move(text);
}

absl::StatusOr<std::optional<int64_t>> ClaimReader::Seconds(std::string_view name) const {
  const Node* claim = Find(name);
  if (claim == nullptr) return std::optional<int64_t>();
  std::optional<int64_t> seconds;
  if (claim->kind == NodeKind::kNumber) seconds = base::ParseInteger(claim->text, 0, kSecondsMax);
  if (!seconds.has_value()) return WrongForm(name, "an integer number of seconds since 1970");
  return seconds;
}

absl::StatusOr<int64_t> ClaimReader::RequiredSeconds(std::string_view name) const {
  ASSIGN_OR_RETURN(const std::optional<int64_t> seconds, Seconds(name));
  if (!seconds.has_value()) return MissingClaim(name);
  return *seconds;
}

absl::StatusOr<std::optional<ClaimValues>> ClaimReader::Strings(std::string_view name) const {
  const Node* claim = Find(name);
  if (claim == nullptr) return std::optional<ClaimValues>();
  std::optional<ClaimValues> read = ValuesOf(*claim, IsString);
  if (!read.has_value()) return WrongForm(name, "a string or a list of strings");
  return read;
}

absl::StatusOr<std::optional<ClaimValues>> ClaimReader::Scalars(std::string_view name) const {
  const Node* claim = Find(name);
  if (claim == nullptr) return std::optional<ClaimValues>();
  std::optional<ClaimValues> read = ValuesOf(*claim, IsStringBooleanOrInteger);
  if (!read.has_value()) return WrongForm(name, "a string, boolean or integer, or a list of them");
  return read;
}

absl::Status ClaimReader::ReadTags(std::vector<ClaimedTag>* tags,
                                   std::vector<std::string>* transitive) const {
  const std::string flat_prefix = StrCat(kTagsClaim, "/");
  const Node* nested = Find(kTagsClaim);
  for (const Node& claim : claims_.children()) {
    if (claim.key.substr(0, flat_prefix.size()) != flat_prefix) continue;
    if (nested != nullptr) return WrongForm(kTagsClaim, "nested or flattened, not both");
    RETURN_IF_ERROR(ReadFlatTag(claim.key.substr(flat_prefix.size()), claim, tags, transitive));
  }
  return nested == nullptr ? absl::OkStatus() : ReadNestedTags(*nested, tags, transitive);
}

}  // namespace portcullis::federation
