#include "server/federation/saml_xml_internal.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/time/civil_time.h"
#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <xmlsec/io.h>
#include <xmlsec/openssl/crypto.h>
#include <xmlsec/xmlsec.h>
// Needs xmlsec.h above it.
#include <xmlsec/errors.h>

#include "server/base/numbers.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"

namespace portcullis::federation {
namespace {

std::string_view View(const xmlChar* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

void IgnoreStructuredError(void*, xmlErrorPtr) {}
void IgnoreGenericError(void*, const char*, ...) {}
void IgnoreXmlsecError(const char*, int, const char*, const char*, const char*, int, const char*) {}

bool StartOnce() {
  xmlInitParser();
  xmlSecErrorsSetCallback(&IgnoreXmlsecError);
  if (xmlSecInit() < 0 || xmlSecOpenSSLInit() < 0) return false;
  // Without these xmlsec can open neither files nor connections, whatever a reference says.
  xmlSecIOCleanupCallbacks();
  return true;
}

// What the callbacks below know while one document is read.
struct Reading {
  const XmlLimits* limits;
  size_t depth = 0;
  size_t elements = 0;
  std::string refusal = {};    // Why reading was stopped; "" if it was not.
  std::string complaint = {};  // The parser's own first; what follows it is often its consequence.
};

void OnError(void* context, xmlErrorPtr error) {
  auto* const reading = static_cast<Reading*>(static_cast<xmlParserCtxt*>(context)->_private);
  if (!reading->complaint.empty() || error->level < XML_ERR_ERROR) return;
  const std::string_view message = error->message == nullptr ? "not well-formed" : error->message;
  reading->complaint = base::StrCat("line ", error->line, ": ",
                                    absl::StripTrailingAsciiWhitespace(base::AbslView(message)));
}

void Refuse(void* context, std::string_view why) {
  auto* const parser = static_cast<xmlParserCtxt*>(context);
  auto* const reading = static_cast<Reading*>(parser->_private);
  if (reading->refusal.empty()) {
    reading->refusal = base::StrCat("line ", xmlSAX2GetLineNumber(context), ": ", why);
  }
  xmlStopParser(parser);
}

// Called at `<!DOCTYPE name`, before anything that stands in it is read.
void OnDocumentType(void* context, const xmlChar*, const xmlChar*, const xmlChar*) {
  Refuse(context, "a document type declaration is not allowed");
}

void OnProcessingInstruction(void* context, const xmlChar*, const xmlChar*) {
  Refuse(context, "a processing instruction is not allowed");
}

void OnComment(void* context, const xmlChar* text) {
  auto* const reading = static_cast<Reading*>(static_cast<xmlParserCtxt*>(context)->_private);
  if (reading->limits->decorations_allowed) return xmlSAX2Comment(context, text);
  Refuse(context, "a comment is not allowed");
}

void OnCdata(void* context, const xmlChar* text, int size) {
  auto* const reading = static_cast<Reading*>(static_cast<xmlParserCtxt*>(context)->_private);
  if (reading->limits->decorations_allowed) return xmlSAX2CDataBlock(context, text, size);
  Refuse(context, "a CDATA section is not allowed");
}

void OnStartElement(void* context, const xmlChar* name, const xmlChar* prefix, const xmlChar* uri,
                    int namespace_count, const xmlChar** namespaces, int attribute_count,
                    int defaulted_count, const xmlChar** attributes) {
  auto* const reading = static_cast<Reading*>(static_cast<xmlParserCtxt*>(context)->_private);
  const XmlLimits& limits = *reading->limits;
  if (++reading->depth > limits.depth_max) return Refuse(context, "elements are nested too deeply");
  if (++reading->elements > limits.elements_max) return Refuse(context, "too many elements");
  if (static_cast<size_t>(namespace_count) + static_cast<size_t>(attribute_count) >
      limits.attributes_max) {
    return Refuse(context, "an element has too many attributes");
  }
  xmlSAX2StartElementNs(context, name, prefix, uri, namespace_count, namespaces, attribute_count,
                        defaulted_count, attributes);
}

void OnEndElement(void* context, const xmlChar* name, const xmlChar* prefix, const xmlChar* uri) {
  --static_cast<Reading*>(static_cast<xmlParserCtxt*>(context)->_private)->depth;
  xmlSAX2EndElementNs(context, name, prefix, uri);
}

void InstallHandlers(xmlParserCtxt* parser, Reading* reading) {
  parser->_private = reading;
  parser->sax->serror = &OnError;
  parser->sax->internalSubset = &OnDocumentType;
  parser->sax->externalSubset = &OnDocumentType;
  parser->sax->processingInstruction = &OnProcessingInstruction;
  parser->sax->comment = &OnComment;
  parser->sax->cdataBlock = &OnCdata;
  parser->sax->startElementNs = &OnStartElement;
  parser->sax->endElementNs = &OnEndElement;
}

// libxml2 compares each attribute of an element with all others before it reports the element, so
// the limit alone would come too late for a tag of ten thousand. Quotes between one `<` and the
// next bound the attributes in between; text has few.
bool HasOverlongTag(std::string_view text, size_t attributes_max) {
  size_t quotes = 0;
  for (const char c : text) {
    if (c == '<') quotes = 0;
    if (c == '"' || c == '\'') ++quotes;
    if (quotes > 16 * attributes_max) return true;
  }
  return false;
}

struct ParserDeleter {
  void operator()(xmlParserCtxt* parser) const { xmlFreeParserCtxt(parser); }
};

// The digits of `text` at [start, start + size) as a number; nullopt if one is not a digit.
std::optional<int64_t> Digits(std::string_view text, size_t start, size_t size) {
  const std::optional<uint64_t> number =
      base::ParseUnsigned(text.substr(start, size), std::numeric_limits<uint32_t>::max());
  return number.has_value() ? std::optional<int64_t>(static_cast<int64_t>(*number)) : std::nullopt;
}

// ".25" as a duration; nullopt if it is no fraction of at most nine digits.
std::optional<absl::Duration> ParseFraction(std::string_view text) {
  if (text.empty()) return absl::ZeroDuration();
  if (text.front() != '.' || text.size() < 2 || text.size() > 10) return std::nullopt;
  std::string nanoseconds(text.substr(1));
  nanoseconds.resize(9, '0');
  const std::optional<int64_t> count = Digits(nanoseconds, 0, 9);
  if (!count.has_value()) return std::nullopt;
  return absl::Nanoseconds(*count);
}

}  // namespace

absl::Status StartXmlLibraries() {
  static const bool started = StartOnce();
  return started ? absl::OkStatus() : absl::InternalError("the XML libraries do not start");
}

QuietXml::QuietXml()
    : structured_handler_(xmlStructuredError),
      structured_context_(xmlStructuredErrorContext),
      generic_handler_(xmlGenericError),
      generic_context_(xmlGenericErrorContext) {
  xmlSetStructuredErrorFunc(nullptr, &IgnoreStructuredError);
  xmlSetGenericErrorFunc(nullptr, &IgnoreGenericError);
}

QuietXml::~QuietXml() {
  xmlResetLastError();
  xmlSetStructuredErrorFunc(structured_context_, structured_handler_);
  xmlSetGenericErrorFunc(generic_context_, generic_handler_);
}

absl::StatusOr<XmlDocument> ParseXml(std::string_view text, const XmlLimits& limits) {
  if (absl::Status status = StartXmlLibraries(); !status.ok()) return status;
  if (text.size() > static_cast<size_t>(std::numeric_limits<int>::max())) {
    return absl::InvalidArgumentError("line 1: too long");
  }
  // Checked first, so that no byte is read twice in two encodings: libxml2 would otherwise go by
  // what the document says of itself.
  if (text.find('\0') != std::string_view::npos || !base::IsValidUtf8(text)) {
    return absl::InvalidArgumentError("line 1: not UTF-8");
  }
  if (HasOverlongTag(text, limits.attributes_max)) {
    return absl::InvalidArgumentError("line 1: an element has too many attributes");
  }
  const QuietXml quiet;
  const std::unique_ptr<xmlParserCtxt, ParserDeleter> parser(xmlNewParserCtxt());
  if (parser == nullptr) return absl::ResourceExhaustedError("no memory for an XML parser");
  Reading reading{.limits = &limits};
  InstallHandlers(parser.get(), &reading);
  constexpr int kOptions =
      XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_IGNORE_ENC;
  XmlDocument document(xmlCtxtReadMemory(parser.get(), text.data(), static_cast<int>(text.size()),
                                         nullptr, nullptr, kOptions));
  // A stopped parser hands out what it has read so far.
  if (!reading.refusal.empty()) return absl::InvalidArgumentError(reading.refusal);
  const bool whole = document != nullptr && parser->wellFormed == 1 && parser->nsWellFormed == 1 &&
                     document->intSubset == nullptr &&
                     xmlDocGetRootElement(document.get()) != nullptr;
  if (!whole) {
    return absl::InvalidArgumentError(reading.complaint.empty() ? "line 1: not well-formed"
                                                                : reading.complaint);
  }
  return document;
}

bool IsElement(const xmlNode* node, std::string_view xml_namespace, std::string_view name) {
  return node->type == XML_ELEMENT_NODE && node->ns != nullptr &&
         View(node->ns->href) == xml_namespace && View(node->name) == name;
}

std::vector<xmlNode*> ChildElements(const xmlNode* parent) {
  std::vector<xmlNode*> children;
  for (xmlNode* child = parent->children; child != nullptr; child = child->next) {
    if (child->type == XML_ELEMENT_NODE) children.push_back(child);
  }
  return children;
}

std::vector<xmlNode*> ChildElements(const xmlNode* parent, std::string_view xml_namespace,
                                    std::string_view name) {
  std::vector<xmlNode*> children = ChildElements(parent);
  std::erase_if(children,
                [&](const xmlNode* child) { return !IsElement(child, xml_namespace, name); });
  return children;
}

std::string NameOf(const xmlNode* node) {
  const std::string_view prefix = node->ns == nullptr ? "" : View(node->ns->prefix);
  return base::Concat({prefix, prefix.empty() ? "" : ":", View(node->name)});
}

std::optional<std::string> AttributeOf(const xmlNode* element, std::string_view name) {
  for (const xmlAttr* attribute = element->properties; attribute != nullptr;
       attribute = attribute->next) {
    if (attribute->ns != nullptr || View(attribute->name) != name) continue;
    std::string value;
    for (const xmlNode* part = attribute->children; part != nullptr; part = part->next) {
      value.append(View(part->content));
    }
    return value;
  }
  return std::nullopt;
}

absl::StatusOr<std::string> TextOf(const xmlNode* element) {
  std::string text;
  for (const xmlNode* part = element->children; part != nullptr; part = part->next) {
    if (part->type != XML_TEXT_NODE) {
      const std::string message = base::StrCat("`", NameOf(element), "` holds more than text");
      return absl::InvalidArgumentError(message);
    }
    text.append(View(part->content));
  }
  return text;
}

std::optional<std::string> DecodeBase64(std::string_view text, std::string_view ignored) {
  std::string stripped;
  stripped.reserve(text.size());
  for (const char c : text) {
    if (ignored.find(c) == std::string_view::npos) stripped.push_back(c);
  }
  std::string bytes;
  if (!absl::Base64Unescape(stripped, &bytes)) return std::nullopt;
  // Abseil forgives missing padding, stray bits and blanks; what it writes itself has none of them.
  if (absl::Base64Escape(bytes) != stripped) return std::nullopt;
  return bytes;
}

std::optional<absl::Time> ParseSamlTime(std::string_view text) {
  constexpr std::string_view kShape = "0000-00-00T00:00:00";
  if (text.size() <= kShape.size() || text.back() != 'Z') return std::nullopt;
  for (size_t i = 0; i < kShape.size(); ++i) {
    if (kShape[i] != '0' && text[i] != kShape[i]) return std::nullopt;
  }
  struct Field {
    size_t start;
    size_t size;
  };
  constexpr std::array<Field, 6> kFields = {{{0, 4}, {5, 2}, {8, 2}, {11, 2}, {14, 2}, {17, 2}}};
  std::array<int64_t, 6> values;
  for (size_t i = 0; i < kFields.size(); ++i) {
    const std::optional<int64_t> value = Digits(text, kFields[i].start, kFields[i].size);
    if (!value.has_value()) return std::nullopt;
    values[i] = *value;
  }
  const absl::CivilSecond civil(values[0], static_cast<int>(values[1]), static_cast<int>(values[2]),
                                static_cast<int>(values[3]), static_cast<int>(values[4]),
                                static_cast<int>(values[5]));
  // It turns the 30th of February into a day of March; such a text is refused instead.
  const bool exists = civil.month() == values[1] && civil.day() == values[2] &&
                      civil.hour() == values[3] && civil.minute() == values[4] &&
                      civil.second() == values[5];
  const std::optional<absl::Duration> fraction =
      ParseFraction(text.substr(kShape.size(), text.size() - kShape.size() - 1));
  if (!exists || !fraction.has_value()) return std::nullopt;
  return absl::FromCivil(civil, absl::UTCTimeZone()) + *fraction;
}

}  // namespace portcullis::federation
