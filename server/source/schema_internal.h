// How the tables of fields work, and the readers of values that they name.
#ifndef PORTCULLIS_SERVER_SOURCE_SCHEMA_INTERNAL_H_
#define PORTCULLIS_SERVER_SOURCE_SCHEMA_INTERNAL_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/types/span.h"

#include "server/base/node.h"
#include "server/source/schema.h"
#include "server/source/text_lines.h"
#include "server/store/definitions.h"

namespace portcullis::source {

// The file being read, and what is found out about it.
struct ParseContext {
  const SourceDocument& document;
  const References& references;
  const ParseLimits& limits;
  TextLines lines;
  store::Located account;  // Of the file; empty if it names none.
  store::FileDefinitions definitions;
  ParsedFile result;

  void Error(base::Position position, std::string message, std::string suggestion = {});
  void Warning(base::Position position, std::string message);

  // A document or secret by name; remembers that the file depends on it, also if it is missing.
  const SourceDocument* Find(Dependency::Kind kind, std::string_view name);
};

enum class Presence : uint8_t { kOptional, kRequired };

// A row: the field's name and how its value is read into T.
template <typename T>
struct Field {
  std::string_view name;
  Presence presence;
  void (*read)(ParseContext& context, const base::Node& value, T* out);
};

// Whether `node` is a mapping of the fields named; reports unknown and missing ones.
struct FieldName {
  std::string_view name;
  Presence presence;
};
bool CheckFields(ParseContext& context, const base::Node& node, std::string_view object,
                 absl::Span<const FieldName> fields);

// Reads a mapping by its table. `object` is the schema's name for it, such as "User".
template <typename T, size_t kCount>
void ReadObject(ParseContext& context, const base::Node& node, std::string_view object,
                const Field<T> (&fields)[kCount], T* out) {
  FieldName names[kCount];
  for (size_t i = 0; i < kCount; ++i) names[i] = {fields[i].name, fields[i].presence};
  if (!CheckFields(context, node, object, names)) return;
  for (const base::Node& child : node.children()) {
    for (const Field<T>& field : fields) {
      if (field.name == child.key && child.kind != base::NodeKind::kNull) {
        field.read(context, child, out);
      }
    }
  }
}

template <typename T, size_t kCount>
SchemaObject Describe(std::string_view object, const Field<T> (&fields)[kCount]) {
  SchemaObject described{object, {}};
  for (const Field<T>& field : fields) {
    described.fields.push_back({field.name, field.presence == Presence::kRequired});
  }
  return described;
}

// Whether `node` is a list; reports it otherwise.
bool CheckList(ParseContext& context, const base::Node& node);

// Reads a list of such mappings. What belongs to an account belongs to the file's.
template <typename T, size_t kCount>
void ReadObjects(ParseContext& context, const base::Node& node, std::string_view object,
                 const Field<T> (&fields)[kCount], std::vector<T>* out) {
  if (!CheckList(context, node)) return;
  out->reserve(node.child_count);
  for (const base::Node& item : node.children()) {
    T& read = out->emplace_back();
    if constexpr (requires { read.account; }) read.account = context.account;
    ReadObject(context, item, object, fields, &read);
  }
}

// Readers of scalars; each reports what is wrong and then leaves the value as it was.
void ReadTextInto(ParseContext& context, const base::Node& node, store::Located* out);
void ReadBoolInto(ParseContext& context, const base::Node& node, bool* out);
void ReadIntegerInto(ParseContext& context, const base::Node& node, int64_t* out);
void ReadTimeInto(ParseContext& context, const base::Node& node, std::optional<absl::Time>* out);
void ReadTextListInto(ParseContext& context, const base::Node& node,
                      std::vector<store::Located>* out);
void ReadTagsInto(ParseContext& context, const base::Node& node,
                  std::vector<store::TagDefinition>* out);
// The text behind a reference to a file or an environment variable, without final line ends.
void ReadSecretInto(ParseContext& context, const base::Node& node, store::SecretText* out);
void ReadAccessKeysInto(ParseContext& context, const base::Node& node,
                        std::vector<store::AccessKeyDefinition>* out);
void ReadMfaDevicesInto(ParseContext& context, const base::Node& node,
                        std::vector<store::MfaDeviceDefinition>* out);

// The same as rows of a table want them. The member comes first, so that T can be deduced.
template <auto kMember, typename T>
void Text(ParseContext& context, const base::Node& node, T* out) {
  ReadTextInto(context, node, &(out->*kMember));
}
template <auto kMember, typename T>
void Bool(ParseContext& context, const base::Node& node, T* out) {
  ReadBoolInto(context, node, &(out->*kMember));
}
template <auto kMember, typename T>
void Integer(ParseContext& context, const base::Node& node, T* out) {
  ReadIntegerInto(context, node, &(out->*kMember));
}
template <auto kMember, typename T>
void Timestamp(ParseContext& context, const base::Node& node, T* out) {
  ReadTimeInto(context, node, &(out->*kMember));
}
template <auto kMember, typename T>
void TextList(ParseContext& context, const base::Node& node, T* out) {
  ReadTextListInto(context, node, &(out->*kMember));
}
template <auto kMember, typename T>
void Tags(ParseContext& context, const base::Node& node, T* out) {
  ReadTagsInto(context, node, &(out->*kMember));
}
template <auto kMember, typename T>
void Secret(ParseContext& context, const base::Node& node, T* out) {
  ReadSecretInto(context, node, &(out->*kMember));
}
template <auto kMember, typename T>
void AccessKeys(ParseContext& context, const base::Node& node, T* out) {
  ReadAccessKeysInto(context, node, &(out->*kMember));
}
template <auto kMember, typename T>
void MfaDevices(ParseContext& context, const base::Node& node, T* out) {
  ReadMfaDevicesInto(context, node, &(out->*kMember));
}

void ReadPasswordPolicyInto(ParseContext& context, const base::Node& node,
                            std::optional<store::PasswordPolicyDefinition>* out);
void ReadLoginProfileInto(ParseContext& context, const base::Node& node,
                          std::optional<store::LoginProfileDefinition>* out);

template <auto kMember, typename T>
void PasswordPolicy(ParseContext& context, const base::Node& node, T* out) {
  ReadPasswordPolicyInto(context, node, &(out->*kMember));
}
template <auto kMember, typename T>
void LoginProfile(ParseContext& context, const base::Node& node, T* out) {
  ReadLoginProfileInto(context, node, &(out->*kMember));
}

// Documents that other software reads (schema_providers.cc): a mapping `File` with the name of a
// file, relative to the file being read, or the document itself.
struct TextDocumentKind {
  std::string_view noun;       // "key set": in messages.
  std::string_view extension;  // Of files that hold one.
  size_t characters_min;
  size_t characters_max;
  bool is_json;  // May be written as a mapping, and is checked for its syntax here.
  DocumentValidator ParseLimits::*validator;
};
void ReadTextDocumentInto(ParseContext& context, const base::Node& node,
                          const TextDocumentKind& kind, store::TextDefinition* out);

// JSON in a scalar. Returns false and reports, at the author's own places, what is malformed;
// `noun` is what it is called, with its article, and `row` what its errors are.
bool ReadJsonScalar(ParseContext& context, const base::Node& node, size_t bytes_max,
                    std::string_view noun, policy::MalformedRow row, base::NodeTree* tree);
// Errors in the text of `file`.
void ReportTextErrors(ParseContext& context, const std::string& file,
                      const std::vector<base::TextError>& errors, policy::MalformedRow row);
// The document that a definition refers to; nullptr, and an error, if there is none. `examples`
// says which files can be referred to.
const SourceDocument* FindReferenced(ParseContext& context, const store::Located& file,
                                     std::string_view examples);

// Policy documents (schema_policy.cc). Either form may be written, and only one of them.
// A mapping, or a text that holds JSON.
void ReadDocumentInto(ParseContext& context, const base::Node& node, policy::PolicyType type,
                      std::optional<store::PolicyDefinition>* out);
// The name of a file that holds the document, relative to the file being read.
void ReadDocumentFileInto(ParseContext& context, const base::Node& node, policy::PolicyType type,
                          std::optional<store::PolicyDefinition>* out);

template <auto kMember, policy::PolicyType kType, typename T>
void Document(ParseContext& context, const base::Node& node, T* out) {
  ReadDocumentInto(context, node, kType, &(out->*kMember));
}
template <auto kMember, policy::PolicyType kType, typename T>
void DocumentFile(ParseContext& context, const base::Node& node, T* out) {
  ReadDocumentFileInto(context, node, kType, &(out->*kMember));
}

// A list of { PolicyName, PolicyDocument }.
void ReadPoliciesInto(ParseContext& context, const base::Node& node, policy::PolicyType type,
                      std::vector<store::PolicyDefinition>* out);
template <auto kMember, policy::PolicyType kType, typename T>
void Policies(ParseContext& context, const base::Node& node, T* out) {
  ReadPoliciesInto(context, node, kType, &(out->*kMember));
}

// Joins a name written in a file with that file's directory, and removes `.` and `..`. nullopt if
// it is absolute or leads out of the tree.
std::optional<std::string> ResolveReference(std::string_view file, std::string_view name);

// The readers of what a file consists of.
void ReadAccounts(ParseContext& context, const base::Node& node);          // schema.cc
void ReadUsers(ParseContext& context, const base::Node& node);             // schema_entities.cc
void ReadGroups(ParseContext& context, const base::Node& node);            // schema_entities.cc
void ReadRoles(ParseContext& context, const base::Node& node);             // schema_entities.cc
void ReadManagedPolicies(ParseContext& context, const base::Node& node);   // schema_entities.cc
void ReadInstanceProfiles(ParseContext& context, const base::Node& node);  // schema_entities.cc
void ReadResources(ParseContext& context, const base::Node& node);         // schema.cc
void ReadOidcProviders(ParseContext& context, const base::Node& node);     // schema_providers.cc
void ReadSamlProviders(ParseContext& context, const base::Node& node);     // schema_providers.cc
void ReadRevocations(ParseContext& context, const base::Node& node);       // schema_settings.cc
void ReadGateways(ParseContext& context, const base::Node& node);          // schema_gateways.cc
void ReadProxies(ParseContext& context, const base::Node& node);           // schema_gateways.cc
void ReadOrganization(ParseContext& context, const base::Node& node);      // schema_organization.cc

// Each file's tables.
void DescribeValues(std::vector<SchemaObject>* objects);
void DescribePolicies(std::vector<SchemaObject>* objects);
void DescribeEntities(std::vector<SchemaObject>* objects);
void DescribeOrganization(std::vector<SchemaObject>* objects);
void DescribeProviders(std::vector<SchemaObject>* objects);
void DescribeSettings(std::vector<SchemaObject>* objects);
void DescribeGateways(std::vector<SchemaObject>* objects);

}  // namespace portcullis::source

#endif  // PORTCULLIS_SERVER_SOURCE_SCHEMA_INTERNAL_H_
