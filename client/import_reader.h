// Reads JSON objects by tables of their members, as server/source does with YAML.
#ifndef PORTCULLIS_CLIENT_IMPORT_READER_H_
#define PORTCULLIS_CLIENT_IMPORT_READER_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"

#include "client/aws_account.h"
#include "client/import_report.h"
#include "server/base/node.h"

namespace portcullis::client {

// What is being read into, and from which input.
struct ImportContext {
  ImportReport& report;
  AwsAccount& account;
  uint32_t input = 0;

  ImportPlace PlaceOf(const base::Node& node) const { return {input, node.begin}; }
  void Error(const base::Node& node, std::string message) const {
    report.Error(PlaceOf(node), std::move(message));
  }
};

enum class MemberUse : uint8_t {
  kRequired,
  kOptional,
  kImplied,  // Says again what other members say, or how the answer was cut into pages.
};

template <typename T>
struct ImportMember {
  std::string_view name;
  MemberUse use;
  void (*read)(ImportContext& context, const base::Node& value, T* out) = nullptr;
};

// Whether `node` is an object with everything that is required. A member without a row is one that
// AWS added later: it is listed as not carried.
struct MemberName {
  std::string_view name;
  MemberUse use;
};
bool CheckMembers(ImportContext& context, const base::Node& node,
                  absl::Span<const MemberName> members);
// Whether `node` is a list; an error otherwise.
bool CheckIsList(ImportContext& context, const base::Node& node);

// Reads an object by its table; members that are null count as absent.
template <typename T, size_t kCount>
bool ReadMembers(ImportContext& context, const base::Node& node,
                 const ImportMember<T> (&members)[kCount], T* out) {
  MemberName names[kCount];
  for (size_t i = 0; i < kCount; ++i) names[i] = {members[i].name, members[i].use};
  if (!CheckMembers(context, node, names)) return false;
  for (const base::Node& child : node.children()) {
    for (const ImportMember<T>& member : members) {
      if (member.name == child.key && member.read != nullptr &&
          child.kind != base::NodeKind::kNull) {
        member.read(context, child, out);
      }
    }
  }
  return true;
}

// Reads a list of objects; those that lack something required are left out.
template <typename T, size_t kCount>
void ReadObjectList(ImportContext& context, const base::Node& node,
                    const ImportMember<T> (&members)[kCount], std::vector<T>* out) {
  if (!CheckIsList(context, node)) return;
  for (const base::Node& item : node.children()) {
    T read;
    if constexpr (requires { read.place; }) read.place = context.PlaceOf(item);
    if (ReadMembers(context, item, members, &read)) out->push_back(std::move(read));
  }
}

// Readers of values; each reports what is wrong and then leaves the value as it was.
void ReadText(ImportContext& context, const base::Node& node, Placed* out);
void ReadTextList(ImportContext& context, const base::Node& node, std::vector<Placed>* out);
void ReadInteger(ImportContext& context, const base::Node& node, std::optional<int64_t>* out);
void ReadBoolean(ImportContext& context, const base::Node& node, bool* out);
// To the second; the beginning of 1970 stands for an unknown time and is left out.
void ReadTime(ImportContext& context, const base::Node& node, std::optional<absl::Time>* out);
void ReadTags(ImportContext& context, const base::Node& node, std::vector<AwsTag>* out);
// An object, or a text with JSON in it, percent-encoded or not.
void ReadDocument(ImportContext& context, const base::Node& node, AwsDocument* out);

// A time as AWS and its clients print it: "2026-11-21T20:24:33+00:00", with `Z`, with a blank
// instead of the `T`; nullopt if it is none.
std::optional<absl::Time> ParseAwsTime(std::string_view text);

// The same as rows of a table want them.
template <auto kMember, typename T>
void TextMember(ImportContext& context, const base::Node& node, T* out) {
  ReadText(context, node, &(out->*kMember));
}
template <auto kMember, typename T>
void TextListMember(ImportContext& context, const base::Node& node, T* out) {
  ReadTextList(context, node, &(out->*kMember));
}
template <auto kMember, typename T>
void IntegerMember(ImportContext& context, const base::Node& node, T* out) {
  ReadInteger(context, node, &(out->*kMember));
}
template <auto kMember, typename T>
void BooleanMember(ImportContext& context, const base::Node& node, T* out) {
  ReadBoolean(context, node, &(out->*kMember));
}
template <auto kMember, typename T>
void TimeMember(ImportContext& context, const base::Node& node, T* out) {
  ReadTime(context, node, &(out->*kMember));
}
template <auto kMember, typename T>
void TagsMember(ImportContext& context, const base::Node& node, T* out) {
  ReadTags(context, node, &(out->*kMember));
}
template <auto kMember, typename T>
void DocumentMember(ImportContext& context, const base::Node& node, T* out) {
  ReadDocument(context, node, &(out->*kMember));
}

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_IMPORT_READER_H_
