// Identity providers, and the documents that come with them.
#include "server/base/json_reader.h"
#include "server/base/json_writer.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/source/schema_internal.h"

namespace portcullis::source {
namespace {

using base::Node;
using base::NodeKind;
using enum Presence;
using store::OidcProviderDefinition;
using store::SamlProviderDefinition;

// has at most 200 keys; the largest of them, with certificates, are a few kilobytes.
constexpr TextDocumentKind kKeySet = {.noun = "key set",
                                      .extension = ".json",
                                      .characters_min = 1,
                                      .characters_max = size_t{1} << 20,
                                      .is_json = true,
                                      .validator = &ParseLimits::validate_jwks};
//
constexpr TextDocumentKind kSamlMetadata = {.noun = "metadata document",
                                            .extension = ".xml",
                                            .characters_min = 1000,
                                            .characters_max = 10'000'000,
                                            .is_json = false,
                                            .validator = &ParseLimits::validate_saml_metadata};

void ReadKeySet(ParseContext& context, const Node& node, OidcProviderDefinition* out) {
  ReadTextDocumentInto(context, node, kKeySet, &out->jwks);
}
void ReadDiscover(ParseContext& context, const Node& node, OidcProviderDefinition* out) {
  ReadBoolInto(context, node, &out->discover);
  out->discover_position = node.begin;
}
constexpr Field<OidcProviderDefinition> kOidcProviderFields[] = {
    {"Url", kRequired, &Text<&OidcProviderDefinition::url>},
    {"ClientIdList", kRequired, &TextList<&OidcProviderDefinition::client_ids>},
    {"ThumbprintList", kOptional, &TextList<&OidcProviderDefinition::thumbprints>},
    {"JsonWebKeySet", kOptional, &ReadKeySet},
    {"JsonWebKeySetUrl", kOptional, &Text<&OidcProviderDefinition::jwks_url>},
    {"Discover", kOptional, &ReadDiscover},
    {"ExposedClaims", kOptional, &TextList<&OidcProviderDefinition::exposed_claims>},
    {"TrustDomain", kOptional, &Text<&OidcProviderDefinition::trust_domain>},
    {"CreateDate", kOptional, &Timestamp<&OidcProviderDefinition::create_date>},
    {"Tags", kOptional, &Tags<&OidcProviderDefinition::tags>},
};

void ReadMetadata(ParseContext& context, const Node& node, SamlProviderDefinition* out) {
  ReadTextDocumentInto(context, node, kSamlMetadata, &out->metadata);
}
constexpr Field<SamlProviderDefinition> kSamlProviderFields[] = {
    {"Name", kRequired, &Text<&SamlProviderDefinition::name>},
    {"SAMLMetadataDocument", kRequired, &ReadMetadata},
    {"CreateDate", kOptional, &Timestamp<&SamlProviderDefinition::create_date>},
    {"Tags", kOptional, &Tags<&SamlProviderDefinition::tags>},
};

struct DocumentReference {
  store::Located file;
};
constexpr Field<DocumentReference> kDocumentReferenceFields[] = {
    {"File", kRequired, &Text<&DocumentReference::file>},
};

void ErrorIn(ParseContext& context, const store::TextDefinition& document, std::string message) {
  policy::Diagnostic diagnostic;
  diagnostic.position = document.position;
  diagnostic.message = std::move(message);
  context.result.diagnostics.push_back({*document.file, std::move(diagnostic)});
}

// What holds for a document wherever it stands. Keeps it if it can be used.
void Accept(ParseContext& context, const TextDocumentKind& kind, store::TextDefinition document,
            store::TextDefinition* out) {
  if (!base::IsValidUtf8(*document.text)) {
    return ErrorIn(context, document, base::StrCat(kind.noun, " is not valid UTF-8"));
  }
  const size_t characters = base::CodePointCount(*document.text);
  if (characters < kind.characters_min || characters > kind.characters_max) {
    return ErrorIn(context, document,
                   base::StrCat(kind.noun, " has ", characters, " characters; allowed are ",
                                kind.characters_min, " to ", kind.characters_max));
  }
  const DocumentValidator& validate = context.limits.*kind.validator;
  if (validate != nullptr) {
    const absl::Status status = validate(*document.text);
    if (!status.ok()) {
      const auto message = status.message();
      return ErrorIn(context, document,
                     base::StrCat(kind.noun, " cannot be used: ",
                                  std::string_view(message.data(), message.size())));
    }
  }
  *out = std::move(document);
}

void ReadFromFile(ParseContext& context, const Node& node, const TextDocumentKind& kind,
                  store::TextDefinition* out) {
  DocumentReference reference;
  ReadObject(context, node, "DocumentReference", kDocumentReferenceFields, &reference);
  if (reference.file.text.empty()) return;
  // Any other file is not read by the source, or is one of definitions.
  if (!reference.file.text.ends_with(kind.extension)) {
    context.Error(reference.file.position,
                  base::StrCat("file ", base::Quoted(reference.file.text), " of a ", kind.noun,
                               " must end with `", kind.extension, "`"));
    return;
  }
  const SourceDocument* document = FindReferenced(
      context, reference.file, base::StrCat(kind.noun, "s are in `*", kind.extension, "`"));
  if (document == nullptr) return;
  if (kind.is_json) {
    base::JsonReaderOptions options;
    options.bytes_max = kind.characters_max;
    base::NodeTree tree;
    std::vector<base::TextError> errors;
    if (!base::ReadJson(*document->content, options, &tree, &errors)) {
      ReportTextErrors(context, *document->name, errors, policy::MalformedRow::kNone);
      return;
    }
  }
  Accept(context, kind, {document->content, document->name, {1, 1}}, out);
}

}  // namespace

void ReadTextDocumentInto(ParseContext& context, const Node& node, const TextDocumentKind& kind,
                          store::TextDefinition* out) {
  if (node.is_mapping() && (!kind.is_json || node.Find("File") != nullptr)) {
    return ReadFromFile(context, node, kind, out);
  }
  store::TextDefinition document{nullptr, context.document.name, node.begin};
  if (node.is_mapping()) {
    base::JsonWriter writer;
    document.text = std::make_shared<const std::string>(writer.Value(node).text());
  } else if (node.kind == NodeKind::kString) {
    base::NodeTree tree;
    if (kind.is_json &&
        !ReadJsonScalar(context, node, kind.characters_max, base::StrCat("a ", kind.noun),
                        policy::MalformedRow::kNone, &tree)) {
      return;
    }
    document.text = std::make_shared<const std::string>(node.text);
  } else {
    context.Error(node.begin, base::StrCat("expected a ", kind.noun, " or the field `File`, got a ",
                                           base::NodeKindName(node.kind)));
    return;
  }
  Accept(context, kind, std::move(document), out);
}

void ReadOidcProviders(ParseContext& context, const Node& node) {
  ReadObjects(context, node, "OIDCProvider", kOidcProviderFields,
              &context.definitions.oidc_providers);
}

void ReadSamlProviders(ParseContext& context, const Node& node) {
  ReadObjects(context, node, "SAMLProvider", kSamlProviderFields,
              &context.definitions.saml_providers);
}

void DescribeProviders(std::vector<SchemaObject>* objects) {
  objects->push_back(Describe("OIDCProvider", kOidcProviderFields));
  objects->push_back(Describe("SAMLProvider", kSamlProviderFields));
  objects->push_back(Describe("DocumentReference", kDocumentReferenceFields));
}

}  // namespace portcullis::source
