#include "client/import_reader.h"

#include <algorithm>
#include <string>
#include <utility>

#include "server/base/json_reader.h"
#include "server/base/numbers.h"
#include "server/base/percent.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"

namespace portcullis::client {
namespace {

using base::Node;
using base::NodeKind;

constexpr ImportMember<AwsTag> kTagMembers[] = {
    {"Key", MemberUse::kRequired, &TextMember<&AwsTag::key>},
    {"Value", MemberUse::kRequired, &TextMember<&AwsTag::value>},
};

// RFC 3986: a `+` stands for itself. nullopt at a `%` without two hexadecimal digits.
std::optional<std::string> PercentDecode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    const int high = i + 1 < text.size() ? base::HexDigitValue(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? base::HexDigitValue(text[i + 2]) : -1;
    if (high < 0 || low < 0) return std::nullopt;
    decoded.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return decoded;
}

// The JSON of a document that came as a text.
std::optional<std::string> JsonOf(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && text[first] == '{') return std::string(text);
  return PercentDecode(text);
}

void Expected(ImportContext& context, const Node& node, std::string_view what) {
  context.Error(node, base::StrCat("expected ", what, ", got a ", base::NodeKindName(node.kind)));
}

}  // namespace

bool CheckMembers(ImportContext& context, const Node& node, absl::Span<const MemberName> members) {
  if (!node.is_mapping()) {
    Expected(context, node, "an object");
    return false;
  }
  for (const Node& child : node.children()) {
    const bool known = std::any_of(members.begin(), members.end(),
                                   [&](const MemberName& row) { return row.name == child.key; });
    if (!known) {
      context.report.NotCarried({context.input, child.key_begin},
                                base::StrCat("member ", base::Quoted(child.key),
                                             " is not known to this version of Portcullis"));
    }
  }
  bool complete = true;
  for (const MemberName& row : members) {
    if (row.use != MemberUse::kRequired) continue;
    const Node* member = node.Find(row.name);
    if (member != nullptr && member->kind != NodeKind::kNull) continue;
    context.Error(node, base::StrCat("member ", base::Quoted(row.name), " is missing"));
    complete = false;
  }
  return complete;
}

bool CheckIsList(ImportContext& context, const Node& node) {
  if (node.is_sequence()) return true;
  Expected(context, node, "a list");
  return false;
}

void ReadText(ImportContext& context, const Node& node, Placed* out) {
  if (node.kind != NodeKind::kString) return Expected(context, node, "a text");
  *out = {std::string(node.text), context.PlaceOf(node)};
}

void ReadTextList(ImportContext& context, const Node& node, std::vector<Placed>* out) {
  if (!CheckIsList(context, node)) return;
  for (const Node& item : node.children()) {
    if (item.kind == NodeKind::kString) {
      out->push_back({std::string(item.text), context.PlaceOf(item)});
    } else {
      Expected(context, item, "a text");
    }
  }
}

void ReadInteger(ImportContext& context, const Node& node, std::optional<int64_t>* out) {
  const auto value = node.kind == NodeKind::kNumber
                         ? base::ParseInteger(node.text, 0, int64_t{1} << 31)
                         : std::nullopt;
  if (value.has_value()) {
    *out = value;
  } else {
    Expected(context, node, "a whole number");
  }
}

void ReadBoolean(ImportContext& context, const Node& node, bool* out) {
  if (node.kind != NodeKind::kBoolean) return Expected(context, node, "`true` or `false`");
  *out = node.text == "true";
}

void ReadTime(ImportContext& context, const Node& node, std::optional<absl::Time>* out) {
  const auto time =
      node.kind == NodeKind::kString ? ParseAwsTime(node.text) : std::optional<absl::Time>();
  if (!time.has_value()) {
    context.Error(node, base::StrCat("time ", base::Quoted(node.text),
                                     " must be like `2024-01-31T12:00:00+00:00`"));
    return;
  }
  const absl::Time second = absl::FromUnixSeconds(absl::ToUnixSeconds(*time));
  if (second != absl::UnixEpoch()) *out = second;
}

void ReadTags(ImportContext& context, const Node& node, std::vector<AwsTag>* out) {
  ReadObjectList(context, node, kTagMembers, out);
}

void ReadDocument(ImportContext& context, const Node& node, AwsDocument* out) {
  if (node.is_mapping()) {
    *out = {&node, context.PlaceOf(node), false};
    return;
  }
  if (node.kind != NodeKind::kString) return Expected(context, node, "a policy document");
  const auto json = JsonOf(node.text);
  if (!json.has_value()) {
    return context.Error(node,
                         "expected JSON, or JSON in percent-encoding: a `%` is not followed "
                         "by two hexadecimal digits");
  }
  base::NodeTree tree;
  std::vector<base::TextError> errors;
  if (!base::ReadJson(*json, {}, &tree, &errors)) {
    for (const base::TextError& error : errors) {
      context.Error(node, base::StrCat("policy document, decoded, line ", error.position.line,
                                       " column ", error.position.column, ": ", error.message));
    }
    return;
  }
  context.account.decoded.push_back(std::move(tree));
  *out = {&context.account.decoded.back().root(), context.PlaceOf(node), true};
}

std::optional<absl::Time> ParseAwsTime(std::string_view text) {
  std::string rfc3339(text);
  if (rfc3339.size() > 10 && rfc3339[10] == ' ') rfc3339[10] = 'T';
  if (rfc3339.find_first_not_of("0123456789-+:.TZ") != std::string::npos) return std::nullopt;
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, rfc3339, &time, &error)) return std::nullopt;
  return time;
}

}  // namespace portcullis::client
