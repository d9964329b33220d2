// Reading XML that somebody else wrote: libxml2, made strict, quiet and bounded.
//
// Everything SAML reads goes through ParseXml(). What it returns holds elements, attributes and
// text, and nothing that could make one reader see another text than the next: no document type, so
// no entities, defaults or types of attributes; no processing instructions.
#ifndef PORTCULLIS_SERVER_FEDERATION_SAML_XML_INTERNAL_H_
#define PORTCULLIS_SERVER_FEDERATION_SAML_XML_INTERNAL_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include <libxml/tree.h>
#include <libxml/xmlerror.h>

namespace portcullis::federation {

inline constexpr std::string_view kXmlSignatureNamespace = "http://www.w3.org/2000/09/xmldsig#";

// Starts libxml2 and xmlsec, on the first call of the process; they are never shut down. INTERNAL
// if they do not start. Thread-safe.
absl::Status StartXmlLibraries();

// While one lives, libxml2's complaints on this thread go nowhere, in particular not to stderr.
class QuietXml {
 public:
  QuietXml();
  ~QuietXml();
  QuietXml(const QuietXml&) = delete;
  QuietXml& operator=(const QuietXml&) = delete;

 private:
  xmlStructuredErrorFunc structured_handler_;
  void* structured_context_;
  xmlGenericErrorFunc generic_handler_;
  void* generic_context_;
};

struct XmlLimits {
  size_t depth_max;       // Of elements inside elements.
  size_t elements_max;    // In the document.
  size_t attributes_max;  // Of one element, its namespace declarations counted with them.
  // Comments and CDATA sections. Where they are allowed TextOf() still refuses them in values.
  bool decorations_allowed;
};

struct XmlDocumentDeleter {
  void operator()(xmlDoc* document) const { xmlFreeDoc(document); }
};
using XmlDocument = std::unique_ptr<xmlDoc, XmlDocumentDeleter>;

// The document that `text` spells in UTF-8, whatever encoding it claims. INVALID_ARGUMENT with
// "line N: ..." if it is not UTF-8, not well-formed, has a document type, exceeds `limits` or holds
// what they do not allow. Never opens a file or a connection. Thread-safe.
absl::StatusOr<XmlDocument> ParseXml(std::string_view text, const XmlLimits& limits);

bool IsElement(const xmlNode* node, std::string_view xml_namespace, std::string_view name);

// Child elements in document order: all, or those of one name.
std::vector<xmlNode*> ChildElements(const xmlNode* parent);
std::vector<xmlNode*> ChildElements(const xmlNode* parent, std::string_view xml_namespace,
                                    std::string_view name);

// "prefix:name" as the document spells it, for messages.
std::string NameOf(const xmlNode* node);

// The value of the attribute `name` that is in no namespace; nullopt if there is none.
std::optional<std::string> AttributeOf(const xmlNode* element, std::string_view name);

// The text an element holds, whole and exactly as it is. INVALID_ARGUMENT if it holds anything but
// text: a comment inside a value, for one, which some readers take for its end.
absl::StatusOr<std::string> TextOf(const xmlNode* element);

// What `text` spells in Base64 (RFC 4648 section 4, padded, canonical) apart from the characters of
// `ignored`; nullopt if it is anything else.
std::optional<std::string> DecodeBase64(std::string_view text, std::string_view ignored);

// A time as SAML writes it (core, 1.3.3): "2026-11-22T02:12:04Z", with or without a fraction of at
// most 9 digits. nullopt for anything else, other time zones included.
std::optional<absl::Time> ParseSamlTime(std::string_view text);

}  // namespace portcullis::federation

#endif  // PORTCULLIS_SERVER_FEDERATION_SAML_XML_INTERNAL_H_
