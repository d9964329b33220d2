// The allotment that session policies and tags share.
#include <algorithm>
#include <cstddef>
#include <string_view>

#include "absl/strings/str_cat.h"

#include "server/base/error_reason.h"
#include "server/base/json_writer.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/session/deflate_internal.h"
#include "server/session/sts_parameters.h"

namespace portcullis::session {
namespace {

constexpr size_t kInlinePolicyCharactersMax = 2048;
constexpr size_t kAllotmentBytes = 4096;

// One text for equal contents: members in a fixed order, lists sorted, no optional blanks.
std::string CanonicalText(const std::optional<std::string>& policy,
                          std::vector<std::string> policy_arns,
                          const std::vector<SessionTag>& tags) {
  std::sort(policy_arns.begin(), policy_arns.end());
  std::vector<const SessionTag*> sorted_tags;
  sorted_tags.reserve(tags.size());
  for (const SessionTag& tag : tags) sorted_tags.push_back(&tag);
  std::sort(sorted_tags.begin(), sorted_tags.end(),
            [](const SessionTag* a, const SessionTag* b) { return a->key < b->key; });

  base::JsonWriter json;
  json.BeginObject();
  if (policy.has_value()) json.Member("Policy", std::string_view(*policy));
  json.Key("PolicyArns").BeginArray();
  for (const std::string& arn : policy_arns) json.String(arn);
  json.EndArray().Key("Tags").BeginObject();
  for (const SessionTag* tag : sorted_tags) json.Member(tag->key, std::string_view(tag->value));
  json.EndObject().EndObject();
  return std::string(json.text());
}

}  // namespace

absl::StatusOr<std::optional<int32_t>> PackedPolicySize(const std::optional<std::string>& policy,
                                                        const std::vector<std::string>& policy_arns,
                                                        const std::vector<SessionTag>& tags) {
  if (!policy.has_value() && policy_arns.empty() && tags.empty()) return std::optional<int32_t>();
  if (policy.has_value() && base::CodePointCount(*policy) > kInlinePolicyCharactersMax) {
    return base::ErrorWithReason(
        absl::StatusCode::kInvalidArgument, "ValidationError",
        absl::StrCat("1 validation error detected: Value at 'policy' failed to satisfy constraint: "
                     "Member must have length less than or equal to ",
                     kInlinePolicyCharactersMax));
  }
  const std::optional<std::string> packed = Deflate(CanonicalText(policy, policy_arns, tags));
  if (!packed.has_value()) return absl::InternalError("session policies could not be packed");
  const size_t percent = (packed->size() * 100 + kAllotmentBytes - 1) / kAllotmentBytes;
  if (percent > 100) {
    return base::ErrorWithReason(absl::StatusCode::kInvalidArgument, "PackedPolicyTooLarge",
                                 absl::StrCat("Packed policy consumes ", percent,
                                              "% of allotted space, please use smaller policy."));
  }
  return std::optional<int32_t>(static_cast<int32_t>(percent));
}

}  // namespace portcullis::session
