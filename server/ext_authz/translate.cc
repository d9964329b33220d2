#include "server/ext_authz/translate.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

#include "absl/strings/ascii.h"

#include "server/base/numbers.h"
#include "server/base/text.h"

namespace portcullis::ext_authz {
namespace {

using envoy::service::auth::v3::AttributeContext;
using HttpRequest = AttributeContext::HttpRequest;

constexpr std::string_view kPartialBody = "x-envoy-auth-partial-body";

// What is said beside the headers, in their form.
struct Special {
  std::string_view method;
  std::string_view path;
  std::string_view authority;
  std::string_view scheme;
  std::string_view partial_body;
  bool contradictory = false;  // One of them is there with two values.
};

std::string_view* SlotOf(std::string_view name, Special* special) {
  if (name == ":method") return &special->method;
  if (name == ":path") return &special->path;
  if (name == ":authority") return &special->authority;
  if (name == ":scheme") return &special->scheme;
  if (name == kPartialBody) return &special->partial_body;
  return nullptr;
}

std::string_view Lowered(std::string_view name, CheckScratch* scratch) {
  const bool lower = std::none_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isupper(static_cast<unsigned char>(c));
  });
  if (lower) return name;
  return scratch->lowered.emplace_back(absl::AsciiStrToLower(base::AbslView(name)));
}

void AddHeader(std::string_view key, std::string_view value, CheckScratch* scratch,
               Special* special) {
  const std::string_view name = Lowered(key, scratch);
  if (std::string_view* const slot = SlotOf(name, special); slot != nullptr) {
    special->contradictory |= !slot->empty() && *slot != value;
    *slot = value;
  } else if (!name.starts_with(':')) {
    scratch->headers.push_back({name, value});
  }
}

Special ReadHeaders(const HttpRequest& http, CheckScratch* scratch) {
  Special special;
  if (http.has_header_map()) {
    for (const auto& header : http.header_map().headers()) {
      const std::string& value = header.raw_value().empty() ? header.value() : header.raw_value();
      AddHeader(header.key(), value, scratch, &special);
    }
    return special;
  }
  for (const auto& [key, value] : http.headers()) AddHeader(key, value, scratch, &special);
  // A map has no order; answers that name headers should.
  std::sort(scratch->headers.begin(), scratch->headers.end(),
            [](const route::Header& a, const route::Header& b) { return a.name < b.name; });
  return special;
}

// The whole body, or nothing. What is not UTF-8 has been changed in `body`, so that its hash is not
// that of what was sent: that is refused where it matters.
std::optional<std::string_view> SentBody(const HttpRequest& http, const route::Request& request) {
  const std::string_view body = http.raw_body().empty() ? http.body() : http.raw_body();
  const size_t lengths = request.CountHeaders("content-length");
  if (lengths == 0) return body;
  const auto length = base::ParseUnsigned(request.FindHeader("content-length").value_or(""),
                                          std::numeric_limits<uint64_t>::max());
  if (!length.has_value() || *length != body.size()) return std::nullopt;
  return body;
}

std::optional<std::string_view> BodyOf(const HttpRequest& http, const Special& special,
                                       const route::Request& request) {
  if (special.partial_body == "false") return SentBody(http, request);
  const bool sent = !http.body().empty() || !http.raw_body().empty();
  if (sent || !special.partial_body.empty() || !request.AnnouncesNoBody()) return std::nullopt;
  return std::string_view();
}

// Envoy leaves these empty: path has them. Who fills them may mean another request.
bool SaysMoreThanPath(const HttpRequest& http) {
  if (!http.fragment().empty()) return true;
  const std::string_view path = http.path();
  const size_t mark = path.find('?');
  return !http.query().empty() &&
         (mark == std::string_view::npos || path.substr(mark + 1) != http.query());
}

void ReadHttp(const HttpRequest& http, CheckScratch* scratch, route::Request* request) {
  const Special special = ReadHeaders(http, scratch);
  const bool raw = http.has_header_map();
  bool contradictory = special.contradictory || SaysMoreThanPath(http);
  const auto choose = [raw, &contradictory](std::string_view field, std::string_view header) {
    if (field.empty() || header.empty()) return field.empty() ? header : field;
    // Of what is not UTF-8 the field is a copy with replacements.
    contradictory = contradictory || (field != header && base::IsValidUtf8(header));
    return raw ? header : field;
  };
  request->method = choose(http.method(), special.method);
  request->target = choose(http.path(), special.path);
  request->host = choose(http.host(), special.authority);
  request->scheme = choose(http.scheme(), special.scheme);
  request->protocol = http.protocol();
  request->headers = scratch->headers;
  request->headers_joined = !raw;
  request->bytes_replaced = !raw;
  request->body = BodyOf(http, special, *request);
  if (contradictory) request->method = {};  // Which is refused.
}

// The server name of the TLS handshake.
std::string_view ServerName(const AttributeContext& attributes) {
  const std::string& sni = attributes.tls_session().sni();
  return sni.empty() ? attributes.destination().service() : sni;
}

}  // namespace

void CheckScratch::Clear() {
  headers.clear();
  extensions.clear();
  lowered.clear();
}

void ToArrival(const envoy::service::auth::v3::CheckRequest& request, CheckScratch* scratch,
               gateway::Arrival* arrival) {
  scratch->Clear();
  *arrival = gateway::Arrival();
  const AttributeContext& attributes = request.attributes();
  for (const auto& [name, value] : attributes.context_extensions()) {
    scratch->extensions.push_back({name, value});
  }
  arrival->request.extensions = scratch->extensions;
  arrival->source_address = attributes.source().address().socket_address().address();
  arrival->peer_principal = attributes.source().principal();
  arrival->destination_principal = attributes.destination().principal();
  if (attributes.has_request()) {
    ReadHttp(attributes.request().http(), scratch, &arrival->request);
    arrival->trace_parent = arrival->request.FindHeader("traceparent").value_or("");
  } else if (attributes.has_source() || attributes.has_destination()) {
    arrival->request.connection_only = true;
    arrival->request.host = ServerName(attributes);
  }
}

}  // namespace portcullis::ext_authz
