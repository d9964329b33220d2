#include <array>

#include "server/base/text.h"
#include "server/route/mapping_internal.h"
#include "server/route/refusal.h"

namespace portcullis::route {
namespace {

struct VerbRow {
  std::string_view method;
  std::string_view verb;             // For "/files/a".
  std::string_view collection_verb;  // For "/files/".
};

constexpr std::array<VerbRow, 6> kVerbs = {{
    {"GET", "Get", "List"},
    {"HEAD", "Get", "List"},
    {"POST", "Create", "Create"},
    {"PUT", "Update", "Update"},
    {"PATCH", "Update", "Update"},
    {"DELETE", "Delete", "Delete"},
}};

}  // namespace

// SERVICE:Verb on arn:aws:SERVICE:REGION:ACCOUNT:/path. A path that ends in a slash is a
// collection.
absl::Status AskServiceVerb(const MappingTarget& target, const Values& values, Question* question) {
  const CanonicalRequest& canonical = values.canonical;
  for (const VerbRow& row : kVerbs) {
    if (row.method != canonical.method) continue;
    const std::string_view verb = canonical.path.ends_with('/') ? row.collection_verb : row.verb;
    question->items.push_back(
        {base::Concat({target.service, ":", verb}),
         base::Concat({ArnPrefix(target.service, values.gateway), canonical.path})});
    return absl::OkStatus();
  }
  return Refuse(Refusal::kUnmappable,
                base::Concat({"no verb stands for the method ", base::Quoted(canonical.method)}));
}

}  // namespace portcullis::route
