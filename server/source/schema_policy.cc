// Policy documents: as YAML, as JSON pasted into YAML, or in a file of their own.
#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"

#include "server/base/json_reader.h"
#include "server/base/json_writer.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/base/unicode.h"
#include "server/policy/compiled_policy.h"
#include "server/policy/policy_parser.h"
#include "server/policy/policy_text.h"
#include "server/source/schema_internal.h"

namespace portcullis::source {
namespace {

using base::Node;
using base::NodeKind;
using enum Presence;

constexpr std::string_view kPlatform = "aws";  // As the account of a file.

struct NamedDocument {
  store::Located name;
  std::optional<store::PolicyDefinition> document;
};

// What a document was before it was a tree.
struct Written {
  std::shared_ptr<const std::string> file;
  std::optional<uint32_t> json_size;  // characters, if it was JSON.
  // What is wrong with its characters, if anything.
  std::vector<policy::Diagnostic> diagnostics;
};

// Writes a character as JSON's escape: two of them beyond the Basic Multilingual Plane.
void AppendEscape(char32_t code_point, std::string* out) {
  const auto value = static_cast<uint32_t>(code_point);
  if (value < 0x10000) {
    absl::StrAppendFormat(out, "\\u%04x", value);
  } else {
    absl::StrAppendFormat(out, "\\u%04x\\u%04x", 0xd800 + ((value - 0x10000) >> 10),
                          0xdc00 + ((value - 0x10000) & 0x3ff));
  }
}

// A document as compact JSON. It may be written back as it is: characters that must be escaped in a
// document are, as they were in the author's.
std::string TextOf(const Node& root) {
  base::JsonWriter writer;
  const std::string_view text = writer.Value(root).text();
  std::string escaped;
  size_t done = 0;
  for (size_t next = policy::FindForbiddenCharacter(text); next != std::string_view::npos;
       next = policy::FindForbiddenCharacter(text, done)) {
    escaped += text.substr(done, next - done);
    std::string_view rest = text.substr(next);
    AppendEscape(base::ConsumeCodePoint(&rest).value_or(U'\uFFFD'), &escaped);
    done = text.size() - rest.size();
  }
  if (done == 0) return std::string(text);
  escaped += text.substr(done);
  return escaped;
}

void Compile(ParseContext& context, const Node& root, Written written, policy::PolicyType type,
             std::optional<store::PolicyDefinition>* out) {
  std::vector<policy::Diagnostic> diagnostics = std::move(written.diagnostics);
  store::PolicyDefinition definition;
  // Quotas are an account's. Policies of the platform have the size that they need: some of AWS's
  // are six times as large.
  policy::PolicyLimits limits = context.limits.policy;
  if (context.account.text == kPlatform) limits.quotas_apply = false;
  definition.policy = policy::CompilePolicy(root, type, limits, &diagnostics, written.json_size);
  for (policy::Diagnostic& diagnostic : diagnostics) {
    context.result.diagnostics.push_back({*written.file, std::move(diagnostic)});
  }
  if (definition.policy != nullptr) {
    definition.policy = definition.policy->WithDocument(TextOf(root));
  }
  definition.file = std::move(written.file);
  definition.size = policy::PolicySize(root);
  *out = std::move(definition);
}

size_t BlanksBefore(std::string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

// Where the text of a scalar stands in the file, if it stands there as it is: each of its lines is
// one line of the file. nullopt for texts that YAML changes, by folding lines or by escapes.
struct TextPlace {
  base::Position origin;
  uint32_t later_line_column = 1;
};
std::optional<TextPlace> PlaceOf(const ParseContext& context, const Node& node) {
  const std::string_view written = context.lines.From(node.begin.line, node.begin.column);
  if (written.starts_with('|')) {
    // A literal block: find the first line that is not blank, here and in the text; the difference
    // between them is the indentation that YAML removed.
    uint32_t line = node.begin.line + 1;
    std::string_view text = node.text;
    while (text.starts_with('\n')) {
      text.remove_prefix(1);
      ++line;
    }
    const std::string_view first = text.substr(0, text.find('\n'));
    const size_t blanks_there = BlanksBefore(context.lines.Line(line));
    const size_t blanks_here = BlanksBefore(first);
    if (blanks_there < blanks_here) return std::nullopt;
    const auto column = static_cast<uint32_t>(blanks_there - blanks_here) + 1;
    return TextPlace{{node.begin.line + 1, column}, column};
  }
  if (written.starts_with('\'') || written.starts_with('"')) {
    if (!written.substr(1).starts_with(node.text)) return std::nullopt;
    return TextPlace{{node.begin.line, node.begin.column + 1}, 1};
  }
  return std::nullopt;
}

void ReadJsonText(ParseContext& context, const Node& node, policy::PolicyType type,
                  std::optional<store::PolicyDefinition>* out) {
  base::NodeTree tree;
  if (!ReadJsonScalar(context, node, context.limits.policy.document_bytes_max, "a policy document",
                      policy::MalformedRow::kSyntax, &tree)) {
    return;
  }
  Written written{context.document.name, policy::WrittenSize(node.text), {}};
  const auto place = PlaceOf(context, node);
  policy::CheckPolicyText(node.text, place->origin, place->later_line_column, &written.diagnostics);
  Compile(context, tree.root(), std::move(written), type, out);
}

// The text of a scalar in double quotes as it was written: to the end of its quotes, which may be
// on a later line.
std::string WrittenInQuotes(const TextLines& lines, base::Position begin) {
  std::string written;
  std::string_view line = lines.From(begin.line, begin.column).substr(1);
  for (uint32_t number = begin.line; number <= lines.count(); line = lines.Line(++number)) {
    for (size_t i = 0; i < line.size(); ++i) {
      if (line[i] == '"') return written;
      written += line[i];
      if (line[i] == '\\' && i + 1 < line.size()) written += line[++i];
    }
  }
  return written;
}

void CheckScalar(std::string_view text, base::Position begin, const TextLines& lines,
                 std::vector<policy::Diagnostic>* diagnostics) {
  size_t found = policy::FindForbiddenCharacter(text);
  if (found == std::string_view::npos) return;
  std::string written(text);
  if (lines.From(begin.line, begin.column).starts_with('"')) {  // Escapes are only in these.
    written = WrittenInQuotes(lines, begin);
    found = policy::FindForbiddenCharacter(written);
    if (found == std::string_view::npos) return;
  }
  diagnostics->push_back(
      policy::ForbiddenCharacter(std::string_view(written).substr(found), begin));
}

// for a document written in YAML. Readers bound the depth of a tree.
void CheckCharacters(const Node& node, const TextLines& lines,
                     std::vector<policy::Diagnostic>* diagnostics) {
  if (node.is_scalar()) return CheckScalar(node.text, node.begin, lines, diagnostics);
  for (const Node& child : node.children()) {
    if (node.is_mapping()) CheckScalar(child.key, child.key_begin, lines, diagnostics);
    CheckCharacters(child, lines, diagnostics);
  }
}

bool ReadReferenced(const SourceDocument& document, const ParseLimits& limits, base::NodeTree* tree,
                    std::vector<base::TextError>* errors) {
  if (document.name->ends_with(".json")) {
    base::JsonReaderOptions options;
    options.bytes_max = limits.policy.document_bytes_max;
    return base::ReadJson(*document.content, options, tree, errors);
  }
  YamlReaderOptions options = limits.yaml;
  options.bytes_max = limits.policy.document_bytes_max;
  return ReadYaml(*document.content, options, tree, errors);
}

// What is to be known of a file of its own besides its tree.
Written WrittenOf(const SourceDocument& document, const Node& root) {
  Written written{document.name, std::nullopt, {}};
  if (document.name->ends_with(".json")) {
    written.json_size = policy::WrittenSize(*document.content);
    policy::CheckPolicyText(*document.content, {1, 1}, 1, &written.diagnostics);
  } else if (policy::FindForbiddenCharacter(*document.content) != std::string_view::npos) {
    CheckCharacters(root, TextLines(*document.content), &written.diagnostics);
  }
  return written;
}

// Both forms write to the same place; the second one is a mistake.
bool CheckFirst(ParseContext& context, const Node& node,
                const std::optional<store::PolicyDefinition>& out) {
  if (!out.has_value()) return true;
  context.Error(node.key_begin, "the policy document is given twice, here and by a file");
  return false;
}

template <policy::PolicyType kType>
constexpr Field<NamedDocument> kPolicyFields[] = {
    {"PolicyName", kRequired, &Text<&NamedDocument::name>},
    {"PolicyDocument", kOptional, &Document<&NamedDocument::document, kType>},
    {"PolicyDocumentFile", kOptional, &DocumentFile<&NamedDocument::document, kType>},
};

template <policy::PolicyType kType>
void ReadPolicies(ParseContext& context, const Node& node,
                  std::vector<store::PolicyDefinition>* out) {
  out->reserve(node.child_count);  // Definitions are kept: what is reserved in vain is, too.
  for (const Node& item : node.children()) {
    NamedDocument named;
    const size_t diagnostics_before = context.result.diagnostics.size();
    ReadObject(context, item, "Policy", kPolicyFields<kType>, &named);
    if (named.document.has_value()) {
      named.document->name = named.name;
      out->push_back(*std::move(named.document));
    } else if (context.result.diagnostics.size() == diagnostics_before) {
      context.Error(item.begin, "a policy needs `PolicyDocument` or `PolicyDocumentFile`");
    }
  }
}

}  // namespace

void ReportTextErrors(ParseContext& context, const std::string& file,
                      const std::vector<base::TextError>& errors, policy::MalformedRow row) {
  for (const base::TextError& error : errors) {
    policy::Diagnostic diagnostic;
    diagnostic.position = error.position;
    diagnostic.message = error.message;
    diagnostic.row = row;
    if (row == policy::MalformedRow::kSyntax) diagnostic.iam_message = "Syntax errors in policy.";
    context.result.diagnostics.push_back({file, std::move(diagnostic)});
  }
}

bool ReadJsonScalar(ParseContext& context, const Node& node, size_t bytes_max,
                    std::string_view noun, policy::MalformedRow row, base::NodeTree* tree) {
  const auto place = PlaceOf(context, node);
  if (!place.has_value()) {
    context.Error(node.begin,
                  base::StrCat(noun,
                               " is a mapping, or JSON in a literal block that begins with "
                               "`|`"));
    return false;
  }
  base::JsonReaderOptions options;
  options.bytes_max = bytes_max;
  options.origin = place->origin;
  options.later_line_column = place->later_line_column;
  std::vector<base::TextError> errors;
  if (base::ReadJson(node.text, options, tree, &errors)) return true;
  ReportTextErrors(context, *context.document.name, errors, row);
  return false;
}

void ReadDocumentInto(ParseContext& context, const Node& node, policy::PolicyType type,
                      std::optional<store::PolicyDefinition>* out) {
  if (!CheckFirst(context, node, *out)) return;
  if (node.kind == NodeKind::kString) return ReadJsonText(context, node, type, out);
  if (node.is_mapping()) {
    Written written{context.document.name, std::nullopt, {}};
    CheckCharacters(node, context.lines, &written.diagnostics);
    return Compile(context, node, std::move(written), type, out);
  }
  context.Error(node.begin,
                base::StrCat("expected a policy document, got a ", base::NodeKindName(node.kind)));
}

void ReadDocumentFileInto(ParseContext& context, const Node& node, policy::PolicyType type,
                          std::optional<store::PolicyDefinition>* out) {
  if (!CheckFirst(context, node, *out)) return;
  store::Located file;
  ReadTextInto(context, node, &file);
  if (file.text.empty()) return;
  const SourceDocument* document =
      FindReferenced(context, file, "policy documents are in `*.json`, `*.yaml` or `*.yml`");
  if (document == nullptr) return;
  base::NodeTree tree;
  std::vector<base::TextError> errors;
  if (!ReadReferenced(*document, context.limits, &tree, &errors)) {
    ReportTextErrors(context, *document->name, errors, policy::MalformedRow::kSyntax);
    return;
  }
  Compile(context, tree.root(), WrittenOf(*document, tree.root()), type, out);
}

const SourceDocument* FindReferenced(ParseContext& context, const store::Located& file,
                                     std::string_view examples) {
  const auto name = ResolveReference(*context.document.name, file.text);
  if (!name.has_value()) {
    context.Error(file.position, base::StrCat("file ", base::Quoted(file.text),
                                              " is not a path inside the policy directory"));
    return nullptr;
  }
  const SourceDocument* document = context.Find(Dependency::Kind::kDocument, *name);
  if (document == nullptr) {
    context.Error(file.position,
                  base::StrCat("file ", base::Quoted(*name),
                               " does not exist in the policy directory; ", examples));
  }
  return document;
}

void ReadPoliciesInto(ParseContext& context, const Node& node, policy::PolicyType type,
                      std::vector<store::PolicyDefinition>* out) {
  if (!CheckList(context, node)) return;
  switch (type) {
    case policy::PolicyType::kInlineIdentity:
      return ReadPolicies<policy::PolicyType::kInlineIdentity>(context, node, out);
    case policy::PolicyType::kServiceControl:
      return ReadPolicies<policy::PolicyType::kServiceControl>(context, node, out);
    case policy::PolicyType::kResourceControl:
      return ReadPolicies<policy::PolicyType::kResourceControl>(context, node, out);
    case policy::PolicyType::kManaged:
    case policy::PolicyType::kSession:
    case policy::PolicyType::kResource:
    case policy::PolicyType::kTrust:
      return;  // These are never in a list of named policies.
  }
}

std::optional<std::string> ResolveReference(std::string_view file, std::string_view name) {
  if (name.empty() || name.starts_with('/') || name.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  const size_t slash = file.rfind('/');
  std::string joined(slash == std::string_view::npos ? "" : file.substr(0, slash + 1));
  joined += name;
  std::vector<std::string_view> parts;
  for (size_t begin = 0; begin <= joined.size();) {
    const size_t end = std::min(joined.find('/', begin), joined.size());
    const std::string_view part = std::string_view(joined).substr(begin, end - begin);
    begin = end + 1;
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(part);
    } else if (parts.empty()) {
      return std::nullopt;
    } else {
      parts.pop_back();
    }
  }
  if (parts.empty()) return std::nullopt;
  std::string resolved;
  for (const std::string_view part : parts) {
    if (!resolved.empty()) resolved += '/';
    resolved += part;
  }
  return resolved;
}

void DescribePolicies(std::vector<SchemaObject>* objects) {
  objects->push_back(Describe("Policy", kPolicyFields<policy::PolicyType::kInlineIdentity>));
}

}  // namespace portcullis::source
