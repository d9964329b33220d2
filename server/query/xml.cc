#include "server/query/xml.h"

#include <memory>
#include <optional>

#include <libxml/xmlwriter.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "server/base/percent.h"
#include "server/base/text.h"
#include "server/base/timestamp.h"
#include "server/base/unicode.h"

namespace portcullis::query {
namespace {

constexpr ServiceTraits kServices[] = {
    {"sts", "2011-06-15", "https://sts.amazonaws.com/doc/2011-06-15/"},
    {"iam", "2010-05-08", "https://iam.amazonaws.com/doc/2010-05-08/"},
};

// The production Char of XML 1.0.
bool IsXmlCharacter(char32_t c) {
  return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c != 0xFFFE && c != 0xFFFF);
}

std::string WithXmlCharacters(std::string_view text) {
  std::string clean;
  clean.reserve(text.size() + 1);
  while (!text.empty()) {
    const std::string_view before = text;
    const std::optional<char32_t> code_point = base::ConsumeCodePoint(&text);
    if (!code_point.has_value()) text.remove_prefix(1);
    if (code_point.has_value() && IsXmlCharacter(*code_point)) {
      clean.append(before.substr(0, before.size() - text.size()));
    } else {
      clean.append("\xEF\xBF\xBD");
    }
  }
  return clean;
}

const xmlChar* Xml(const std::string& text) {
  return reinterpret_cast<const xmlChar*>(text.c_str());
}

// One document in the making. libxml2 fails only if memory ends, and then what it wrote is not a
// document any client takes for one.
class Document {
 public:
  Document() : buffer_(xmlBufferCreate()), writer_(xmlNewTextWriterMemory(buffer_.get(), 0)) {}

  void Begin(std::string_view name) {
    xmlTextWriterStartElement(writer_.get(), Xml(std::string(name)));
  }
  void BeginRoot(std::string_view name, std::string_view xml_namespace) {
    xmlTextWriterStartElementNS(writer_.get(), nullptr, Xml(std::string(name)),
                                Xml(std::string(xml_namespace)));
  }
  void End() { xmlTextWriterEndElement(writer_.get()); }
  void Text(std::string_view text) {
    if (!text.empty()) xmlTextWriterWriteString(writer_.get(), Xml(WithXmlCharacters(text)));
  }
  void Element(std::string_view name, std::string_view text) {
    Begin(name);
    Text(text);
    End();
  }

  void Value(const base::Shape& shape);
  void Members(const base::Shape& structure) {
    for (const base::Shape::Member& member : structure.members()) {
      Begin(member.name);
      Value(member.value);
      End();
    }
  }

  std::string Finish() {
    xmlTextWriterFlush(writer_.get());
    return reinterpret_cast<const char*>(xmlBufferContent(buffer_.get()));
  }

 private:
  struct BufferFree {
    void operator()(xmlBuffer* buffer) const { xmlBufferFree(buffer); }
  };
  struct WriterFree {
    void operator()(xmlTextWriter* writer) const { xmlFreeTextWriter(writer); }
  };
  const std::unique_ptr<xmlBuffer, BufferFree> buffer_;
  const std::unique_ptr<xmlTextWriter, WriterFree> writer_;
};

void Document::Value(const base::Shape& shape) {
  using Kind = base::Shape::Kind;
  switch (shape.kind()) {
    case Kind::kString:
      return Text(shape.text());
    case Kind::kInteger:
      return Text(absl::StrCat(shape.integer()));
    case Kind::kBoolean:
      return Text(shape.boolean() ? "true" : "false");
    case Kind::kTime:
      return Text(base::FormatTimestamp(shape.time()));
    case Kind::kBytes:
      return Text(absl::Base64Escape(shape.text()));
    case Kind::kJson: {
      std::string encoded;
      base::AppendPercentEncoded(shape.text(), /*slash_stays=*/false, &encoded);
      return Text(encoded);
    }
    case Kind::kList:
      for (const base::Shape::Member& element : shape.members()) {
        Begin("member");
        Value(element.value);
        End();
      }
      return;
    case Kind::kStructure:
      return Members(shape);
    case Kind::kMap:
      for (const base::Shape::Member& entry : shape.members()) {
        Begin("entry");
        Element("key", entry.name);
        Begin("value");
        Value(entry.value);
        End();
        End();
      }
      return;
  }
}

}  // namespace

const ServiceTraits& TraitsOf(Service service) {
  return kServices[static_cast<size_t>(service)];
}

std::string ResponseDocument(Service service, std::string_view action, const base::Shape& result,
                             std::string_view request_id) {
  Document document;
  document.BeginRoot(base::Concat({action, "Response"}), TraitsOf(service).xml_namespace);
  document.Begin(base::Concat({action, "Result"}));
  document.Members(result);
  document.End();
  document.Begin("ResponseMetadata");
  document.Element("RequestId", request_id);
  document.End();
  document.End();
  return document.Finish();
}

std::string ErrorDocument(Service service, const ErrorContents& error,
                          std::string_view request_id) {
  Document document;
  document.BeginRoot("ErrorResponse", TraitsOf(service).xml_namespace);
  document.Begin("Error");
  document.Element("Type", error.our_fault ? "Receiver" : "Sender");
  document.Element("Code", error.code);
  document.Element("Message", error.message);
  document.End();
  document.Element("RequestId", request_id);
  document.End();
  return document.Finish();
}

}  // namespace portcullis::query
