// Response and error documents of the AWS Query protocol.
#ifndef PORTCULLIS_SERVER_QUERY_XML_H_
#define PORTCULLIS_SERVER_QUERY_XML_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "server/base/shape.h"

namespace portcullis::query {

// The two services of the endpoint.
enum class Service : uint8_t { kSts, kIam };

struct ServiceTraits {
  std::string_view name;     // "sts": of permissions and credential scopes.
  std::string_view version;  // "2011-06-15".
  std::string_view xml_namespace;
};
const ServiceTraits& TraitsOf(Service service);

// The document of a successful call: root ActionResponse, in it ActionResult with the
// members of `result` and ResponseMetadata with the request id. Not indented, since clients keep
// the blanks in texts.
//
// Lists become `member` elements, maps `entry`, `key` and `value`; times are to the second, bytes
// base64, JSON documents percent-encoded, as the clients decode them again. Characters that XML
// cannot carry become U+FFFD: whatever the texts hold, the document parses.
// REQUIRES: `result` is a structure; names of structures' members are XML names.
std::string ResponseDocument(Service service, std::string_view action, const base::Shape& result,
                             std::string_view request_id);

struct ErrorContents {
  bool our_fault = false;  // Type "Receiver"; otherwise "Sender".
  std::string_view code;
  std::string_view message;
};
// The document of an error.
std::string ErrorDocument(Service service, const ErrorContents& error, std::string_view request_id);

}  // namespace portcullis::query

#endif  // PORTCULLIS_SERVER_QUERY_XML_H_
