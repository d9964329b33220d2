#include "server/policy/policy_parser.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"

#include "server/base/text.h"
#include "server/policy/compiled_policy.h"
#include "server/policy/policy_parser_internal.h"

namespace portcullis::policy {
namespace parser {

void DiagnosticSink::Error(base::Position position, MalformedRow row, std::string iam_message,
                           std::string message, std::string_view suggestion) {
  ++error_count_;
  diagnostics_->push_back({.severity = Severity::kError,
                           .position = position,
                           .message = std::move(message),
                           .suggestion = std::string(suggestion),
                           .row = row,
                           .iam_message = std::move(iam_message)});
}

void DiagnosticSink::SyntaxError(base::Position position, std::string message,
                                 std::string_view suggestion) {
  Error(position, MalformedRow::kSyntax, "Syntax errors in policy.", std::move(message),
        suggestion);
}

void DiagnosticSink::OwnError(base::Position position, std::string message) {
  Error(position, MalformedRow::kNone, {}, std::move(message));
}

void DiagnosticSink::Warn(base::Position position, std::string message,
                          std::string_view suggestion) {
  diagnostics_->push_back({.severity = Severity::kWarning,
                           .position = position,
                           .message = std::move(message),
                           .suggestion = std::string(suggestion),
                           .row = MalformedRow::kNone,
                           .iam_message = {}});
}

bool ReadStrings(const base::Node& value, std::string_view what, const ParserContext& context,
                 std::vector<SourceText>* texts) {
  const auto read_one = [&](const base::Node& node) {
    if (node.kind != base::NodeKind::kString) {
      context.sink.SyntaxError(node.begin,
                               base::Concat({"expected a string in `", what, "`, not a ",
                                             base::NodeKindName(node.kind)}));
      return false;
    }
    if (node.text.size() > context.limits.pattern_bytes_max) {
      context.sink.OwnError(
          node.begin, absl::StrCat("text of ", node.text.size(), " bytes exceeds the limit of ",
                                   context.limits.pattern_bytes_max));
    }
    texts->push_back({node.text, node.begin});
    return true;
  };
  if (!value.is_sequence()) return read_one(value);
  if (value.child_count > context.limits.entries_per_element_max) {
    context.sink.OwnError(value.begin,
                          absl::StrCat("list of ", value.child_count, " exceeds the limit of ",
                                       context.limits.entries_per_element_max));
    return false;
  }
  bool valid = true;
  texts->reserve(texts->size() + value.child_count);
  for (const base::Node& entry : value.children()) valid = read_one(entry) && valid;
  return valid;
}

std::string WithArticle(std::string_view name) {
  constexpr std::string_view kVowels = "aeiou";
  const bool vowel = !name.empty() && kVowels.find(name[0]) != std::string_view::npos;
  return base::Concat({vowel ? "an " : "a ", name});
}

}  // namespace parser

namespace {

using parser::DiagnosticSink;
using parser::ParserContext;

constexpr std::array<std::string_view, 3> kDocumentElements = {"Version", "Id", "Statement"};
constexpr std::array<std::string_view, 2> kVersions = {"2012-10-17", "2008-10-17"};

//
void ParseVersion(const base::Node& root, ParserContext* context, PolicyDocument* document) {
  constexpr std::string_view kIamMessage = "Policy document must be version 2012-10-17 or greater.";
  const base::Node* const version = root.Find("Version");
  if (version == nullptr) {
    if (context->traits.version_2012_required) {
      context->sink.Error(
          root.begin, MalformedRow::kVersionRequired, std::string(kIamMessage),
          base::Concat({"missing `Version`: ", parser::WithArticle(context->traits.name),
                        " needs `2012-10-17`"}));
    } else {
      context->sink.Warn(root.begin,
                         "missing `Version`: read as `2008-10-17`, which has no variables");
    }
    return;
  }
  document->has_version = true;
  if (version->kind != base::NodeKind::kString) {
    context->sink.SyntaxError(version->begin, base::Concat({"`Version` must be a string, not a ",
                                                            base::NodeKindName(version->kind)}));
    return;
  }
  if (version->text == "2012-10-17") {
    document->version = LanguageVersion::k2012;
  } else if (version->text != "2008-10-17") {
    context->sink.SyntaxError(version->begin,
                              base::Concat({"unknown version ", base::Quoted(version->text)}),
                              base::ClosestName(version->text, kVersions).value_or(""));
  } else if (context->traits.version_2012_required) {
    context->sink.Error(version->begin, MalformedRow::kVersionRequired, std::string(kIamMessage),
                        base::Concat({parser::WithArticle(context->traits.name),
                                      " needs version `2012-10-17`, not `2008-10-17`"}));
  }
  context->version = document->version;
}

// accepted everywhere, without meaning.
void ParseId(const base::Node& root, const ParserContext& context, PolicyDocument* document) {
  const base::Node* const id = root.Find("Id");
  if (id == nullptr) return;
  if (id->kind != base::NodeKind::kString) {
    context.sink.SyntaxError(
        id->begin, base::Concat({"`Id` must be a string, not a ", base::NodeKindName(id->kind)}));
    return;
  }
  document->id = SourceText{id->text, id->begin};
}

void ParseStatements(const base::Node& root, const ParserContext& context,
                     PolicyDocument* document) {
  const base::Node* const value = root.Find("Statement");
  if (value == nullptr) {
    context.sink.SyntaxError(root.begin, "missing `Statement`");
    return;
  }
  if (value->is_scalar()) {
    context.sink.SyntaxError(
        value->begin, base::Concat({"`Statement` must be a mapping or a list of mappings, not a ",
                                    base::NodeKindName(value->kind)}));
    return;
  }
  if (value->is_mapping()) {
    ParseStatement(*value, context, &document->statements.emplace_back());
    return;
  }
  if (value->child_count == 0) {
    context.sink.SyntaxError(value->begin, "`Statement` is empty");
    return;
  }
  if (value->child_count > context.limits.statement_count_max) {
    context.sink.OwnError(value->begin,
                          absl::StrCat(value->child_count, " statements exceed the limit of ",
                                       context.limits.statement_count_max));
    return;
  }
  document->statements.reserve(value->child_count);
  for (const base::Node& child : value->children()) {
    ParseStatement(child, context, &document->statements.emplace_back());
  }
}

void CheckElementNames(const base::Node& root, const ParserContext& context) {
  for (const base::Node& member : root.children()) {
    if (std::find(kDocumentElements.begin(), kDocumentElements.end(), member.key) !=
        kDocumentElements.end()) {
      continue;
    }
    context.sink.SyntaxError(member.key_begin,
                             base::Concat({"unknown element ", base::Quoted(member.key)}),
                             base::ClosestName(member.key, kDocumentElements).value_or(""));
  }
}

// unique without regard to the empty Sid; where duplicates are tolerated they are suspicious
// all the same.
void CheckSidsAreUnique(const PolicyDocument& document, const ParserContext& context) {
  if (document.statements.size() < 2) return;
  absl::flat_hash_map<std::string_view, base::Position> first_uses;
  for (const Statement& statement : document.statements) {
    if (!statement.sid.has_value() || statement.sid->text.empty()) continue;
    const auto [first, inserted] =
        first_uses.try_emplace(statement.sid->text, statement.sid->position);
    if (inserted) continue;
    std::string message =
        absl::StrCat("duplicate Sid ", base::Quoted(statement.sid->text), ", first used at ",
                     first->second.line, ":", first->second.column);
    if (context.traits.unique_sids_required) {
      context.sink.Error(statement.sid->position, MalformedRow::kSid,
                         "Statement IDs (SID) in a single policy must be unique.",
                         std::move(message));
    } else {
      context.sink.Warn(statement.sid->position, std::move(message));
    }
  }
}

// Without quotas the reader's own limit on bytes is all there is.
void CheckSize(const base::Node& root, std::optional<uint32_t> written_size,
               const ParserContext& context) {
  if (!context.limits.quotas_apply) return;
  const uint32_t size = context.traits.size_counts_whitespace && written_size.has_value()
                            ? *written_size
                            : PolicySize(root);
  if (size > context.traits.size_max) {
    context.sink.OwnError(root.begin,
                          base::Concat({absl::StrCat("policy of ", size, " characters exceeds the ",
                                                     context.traits.size_max, " characters of "),
                                        parser::WithArticle(context.traits.name)}));
  } else if (size > context.limits.document_bytes_max) {
    context.sink.OwnError(root.begin,
                          absl::StrCat("policy of ", size, " characters exceeds the limit of ",
                                       context.limits.document_bytes_max));
  }
}

// What compiling would find in a document that will not be compiled: everything is told at once. Of
// what is known to be wrong already the compiler has nothing to say.
void AddCompilerErrors(const PolicyDocument& document, PolicyType type, const PolicyLimits& limits,
                       std::vector<Diagnostic>* diagnostics) {
  std::vector<Diagnostic> found;
  CompileDocument(document, type, limits, &found);
  absl::flat_hash_set<uint64_t> places;
  const auto place_of = [](const Diagnostic& diagnostic) {
    return uint64_t{diagnostic.position.line} << 32 | diagnostic.position.column;
  };
  for (const Diagnostic& diagnostic : *diagnostics) {
    if (diagnostic.severity == Severity::kError) places.insert(place_of(diagnostic));
  }
  for (Diagnostic& diagnostic : found) {
    if (!places.contains(place_of(diagnostic))) diagnostics->push_back(std::move(diagnostic));
  }
}

// Characters of a string in JSON, quotes included. Escapes as short as JSON allows.
uint64_t JsonStringSize(std::string_view text) {
  constexpr std::string_view kShortEscapes = "\"\\\b\f\n\r\t";
  uint64_t size = 2;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) {
      size += (byte & 0xC0) == 0x80 ? 0 : 1;  // One per code point.
    } else if (kShortEscapes.find(c) != std::string_view::npos) {
      size += 2;
    } else {
      size += byte < 0x20 ? 6 : 1;
    }
  }
  return size;
}

// Readers bound the depth of a tree, so this recursion is bounded too.
uint64_t JsonSize(const base::Node& node) {
  switch (node.kind) {
    case base::NodeKind::kNull:
      return 4;
    case base::NodeKind::kBoolean:
    case base::NodeKind::kNumber:
      return node.text.size();
    case base::NodeKind::kString:
      return JsonStringSize(node.text);
    case base::NodeKind::kSequence:
    case base::NodeKind::kMapping:
      break;
  }
  // Brackets, and commas between the children; in a mapping keys and colons.
  uint64_t size = 2 + (node.child_count > 0 ? node.child_count - 1 : 0);
  for (const base::Node& child : node.children()) {
    if (node.is_mapping()) size += JsonStringSize(child.key) + 1;
    size += JsonSize(child);
  }
  return size;
}

}  // namespace

uint32_t PolicySize(const base::Node& root) {
  return static_cast<uint32_t>(std::min<uint64_t>(JsonSize(root), UINT32_MAX));
}

uint32_t WrittenSize(std::string_view json) {
  return static_cast<uint32_t>(std::min<size_t>(base::CodePointCount(json), UINT32_MAX));
}

std::optional<PolicyDocument> ParsePolicy(const base::Node& root, PolicyType type,
                                          const PolicyLimits& limits,
                                          std::vector<Diagnostic>* diagnostics,
                                          std::optional<uint32_t> written_size) {
  const size_t diagnostics_before = diagnostics->size();
  DiagnosticSink sink(diagnostics);
  ParserContext context{.type = type, .traits = TraitsOf(type), .limits = limits, .sink = sink};
  PolicyDocument document;
  if (root.is_mapping()) {
    CheckSize(root, written_size, context);
    CheckElementNames(root, context);
    ParseVersion(root, &context, &document);
    ParseId(root, context, &document);
    ParseStatements(root, context, &document);
    CheckSidsAreUnique(document, context);
  } else {
    sink.SyntaxError(root.begin, base::Concat({"a policy must be a mapping, not a ",
                                               base::NodeKindName(root.kind)}));
  }
  if (sink.error_count() > 0) AddCompilerErrors(document, type, limits, diagnostics);
  // In the order in which their author wrote.
  std::stable_sort(
      diagnostics->begin() + static_cast<std::ptrdiff_t>(diagnostics_before), diagnostics->end(),
      [](const Diagnostic& a, const Diagnostic& b) { return a.position < b.position; });
  if (sink.error_count() > 0) return std::nullopt;
  return document;
}

}  // namespace portcullis::policy
