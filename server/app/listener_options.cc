#include "server/app/listener_options.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"

#include "server/base/numbers.h"
#include "server/base/percent.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/rpc/peer_identity.h"

namespace portcullis::app {
namespace {

// The longest path that fits into sockaddr_un with its final zero.
constexpr size_t kSocketPathBytesMax = 107;

constexpr std::array<std::string_view, 12> kParameters = {
    "trusted",   "insecure",    "reflection", "mode", "cert",  "key",
    "client-ca", "client-cert", "assert",     "path", "proxy", "url"};

absl::Status Wrong(std::string_view what, std::string_view problem) {
  return absl::InvalidArgumentError(base::Concat({what, ": ", problem}));
}

// `+` stands for itself: these are paths.
std::optional<std::string> Unescape(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain.push_back(text[i]);
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = base::HexDigitValue(text[i + 1]);
    const int low = base::HexDigitValue(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    plain.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return plain;
}

absl::Status ParseBool(std::string_view name, std::string_view value, bool* result) {
  if (value != "true" && value != "false") return Wrong(name, "must be `true` or `false`");
  *result = value == "true";
  return absl::OkStatus();
}

absl::Status ParseMode(std::string_view value, uint32_t* mode) {
  uint32_t parsed = 0;
  for (const char c : value) {
    if (c < '0' || c > '7') return Wrong("mode", "must be octal digits, such as 0660");
    parsed = parsed * 8 + static_cast<uint32_t>(c - '0');
    if (parsed > 0777) return Wrong("mode", "must be at most 0777");
  }
  if (value.empty()) return Wrong("mode", "must be octal digits, such as 0660");
  *mode = parsed;
  return absl::OkStatus();
}

// What is decided only when all parameters are known.
struct Parsing {
  ListenerOptions listener;
  bool tls = false;
  bool http = false;     // Not for gRPC: --query-listen, --gateway-listen and others.
  bool gateway = false;  // --gateway-listen.
  bool insecure = false;
  std::optional<bool> reflection;
  std::set<std::string, std::less<>> seen;
};

std::string* FileParameter(std::string_view name, ListenerOptions* listener) {
  if (name == "cert") return &listener->certificate_file;
  if (name == "key") return &listener->key_file;
  if (name == "client-ca") return &listener->client_ca_file;
  return nullptr;
}

absl::Status ParsePath(std::string_view value, std::string* path) {
  const bool plain = std::all_of(value.begin(), value.end(),
                                 [](char c) { return c == '/' || base::IsUriUnreserved(c); });
  if (!value.starts_with('/') || !plain || value.find("//") != std::string_view::npos) {
    return Wrong("path", "must be a plain path, such as /aws/v1");
  }
  *path = value;
  return absl::OkStatus();
}

// As clients put it in front of a path: a host, and a path if there is one.
absl::Status ParsePublicUrl(std::string_view value, std::string* url) {
  const std::string_view rest = value.substr(std::min(value.find("://") + 3, value.size()));
  const bool plain = std::all_of(rest.begin(), rest.end(), [](char c) {
    return c == '/' || c == ':' || c == '[' || c == ']' || base::IsUriUnreserved(c);
  });
  const bool http = value.starts_with("https://") || value.starts_with("http://");
  if (!http || !plain || rest.empty() || rest.starts_with('/') || rest.ends_with('/')) {
    return Wrong("url", "must be a plain URL, such as https://pdp.example.com");
  }
  *url = value;
  return absl::OkStatus();
}

std::optional<absl::Status> SetGatewayParameter(std::string_view name, const std::string& value,
                                                Parsing* parsing) {
  if (name == "url") return ParsePublicUrl(value, &parsing->listener.public_url);
  if (name != "proxy") return std::nullopt;
  parsing->listener.proxy = value;
  return absl::OkStatus();
}

// The parameters of all kinds of listeners; nullopt: the name is none of them.
std::optional<absl::Status> SetSharedParameter(std::string_view name, const std::string& value,
                                               Parsing* parsing) {
  if (name == "insecure") return ParseBool(name, value, &parsing->insecure);
  if (!parsing->tls) return std::nullopt;
  std::string* const file = FileParameter(name, &parsing->listener);
  if (file == nullptr) return std::nullopt;
  *file = value;
  return absl::OkStatus();
}

std::optional<absl::Status> SetRpcParameter(std::string_view name, const std::string& value,
                                            Parsing* parsing) {
  ListenerOptions& listener = parsing->listener;
  if (name == "trusted") return ParseBool(name, value, &listener.trusted);
  if (name == "proxy") {
    listener.proxy = value;
    return absl::OkStatus();
  }
  if (name == "reflection") return ParseBool(name, value, &parsing->reflection.emplace());
  if (name == "mode" && listener.unix_socket) return ParseMode(value, &listener.mode);
  if (name == "client-cert" && parsing->tls) {
    if (value != "required" && value != "optional") {
      return Wrong(name, "must be `required` or `optional`");
    }
    listener.client_certificate_required = value == "required";
    return absl::OkStatus();
  }
  if (name == "assert" && parsing->tls) {
    RETURN_IF_ERROR(rpc::CheckIdentityPattern(value));
    listener.identities.push_back(value);
    return absl::OkStatus();
  }
  return std::nullopt;
}

absl::Status SetParameter(std::string_view name, const std::string& value, Parsing* parsing) {
  std::optional<absl::Status> set = SetSharedParameter(name, value, parsing);
  if (!set.has_value() && !parsing->http) set = SetRpcParameter(name, value, parsing);
  if (!set.has_value() && parsing->gateway) set = SetGatewayParameter(name, value, parsing);
  if (!set.has_value() && parsing->http && !parsing->gateway && name == "path") {
    set = ParsePath(value, &parsing->listener.http_path);
  }
  if (set.has_value()) return *set;
  if (std::find(kParameters.begin(), kParameters.end(), name) != kParameters.end()) {
    return Wrong(name, "does not go with this kind of address");
  }
  std::string problem = base::Concat({"unknown parameter ", base::Quoted(name)});
  if (const auto close = base::ClosestName(name, kParameters)) {
    problem.append("; did you mean `").append(*close).append("`?");
  }
  return absl::InvalidArgumentError(problem);
}

absl::Status ParseParameters(std::string_view text, Parsing* parsing) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('&'), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const size_t equals = part.find('=');
    if (equals == std::string_view::npos) {
      return Wrong(base::Quoted(part), "a parameter has the form NAME=VALUE");
    }
    const std::string_view name = part.substr(0, equals);
    std::optional<std::string> value = Unescape(part.substr(equals + 1));
    if (!value || value->empty()) return Wrong(base::Quoted(name), "its value is malformed");
    if (!parsing->seen.emplace(name).second && name != "assert") {
      return Wrong(name, "is given twice");
    }
    RETURN_IF_ERROR(SetParameter(name, *value, parsing));
  }
  return absl::OkStatus();
}

absl::Status CheckTogether(const Parsing& parsing) {
  const ListenerOptions& listener = parsing.listener;
  if (parsing.tls) {
    if (listener.certificate_file.empty()) return Wrong("cert", "is missing");
    if (listener.key_file.empty()) return Wrong("key", "is missing");
    if (listener.client_ca_file.empty()) {
      if (!listener.identities.empty()) return Wrong("assert", "needs client-ca");
      if (parsing.seen.contains("client-cert")) return Wrong("client-cert", "needs client-ca");
    }
  }
  const bool open = !listener.unix_socket && !IsLoopback(listener.host) && !parsing.insecure;
  if (listener.trusted && open) {
    return Wrong("trusted",
                 "would let everyone who reaches this address speak for every principal; give "
                 "`assert` for the clients that may, or `insecure=true` if something else keeps "
                 "strangers away");
  }
  // With HTTP every client has a certificate where there is a client-ca.
  const bool known = parsing.gateway && !listener.client_ca_file.empty();
  if (!listener.proxy.empty() && open && !known) {
    return Wrong("proxy",
                 "would take everyone who reaches this address for this proxy; give the proxy's "
                 "certificate names in the policies, or `insecure=true` if something else keeps "
                 "strangers away");
  }
  return absl::OkStatus();
}

absl::Status ParseAddress(std::string_view address, Parsing* parsing) {
  ListenerOptions& listener = parsing->listener;
  if (address.starts_with("unix://") && !parsing->http) {
    listener.unix_socket = true;
    listener.path = address.substr(7);
    if (listener.path.empty()) return Wrong("unix://", "a path is missing");
    if (listener.path.size() > kSocketPathBytesMax) {
      return Wrong("unix://",
                   absl::StrCat("the path is longer than ", kSocketPathBytesMax, " bytes"));
    }
    return absl::OkStatus();
  }
  if (!address.starts_with("tcp://") && !address.starts_with("tls://")) {
    return Wrong(base::Quoted(address), parsing->http
                                            ? "an address starts with tcp:// or tls://"
                                            : "an address starts with tcp://, tls:// or unix://");
  }
  parsing->tls = address.starts_with("tls://");
  ASSIGN_OR_RETURN(HostPort host_port, ParseHostPort(address.substr(6)));
  listener.host = std::move(host_port.host);
  listener.port = host_port.port;
  return absl::OkStatus();
}

absl::Status ParseWhole(std::string_view text, Parsing* parsing) {
  const size_t query = text.find('?');
  RETURN_IF_ERROR(ParseAddress(text.substr(0, query), parsing));
  if (query != std::string_view::npos) {
    RETURN_IF_ERROR(ParseParameters(text.substr(query + 1), parsing));
  }
  return CheckTogether(*parsing);
}

}  // namespace

std::string ListenerOptions::Name() const {
  if (unix_socket) return absl::StrCat("unix://", path);
  return absl::StrCat(tls() ? "tls://" : "tcp://", GrpcAddress());
}

std::string ListenerOptions::GrpcAddress() const {
  if (unix_socket) return absl::StrCat("unix:", path);
  if (host.find(':') != std::string::npos) return absl::StrCat("[", host, "]:", port);
  return absl::StrCat(host, ":", port);
}

absl::StatusOr<ListenerOptions> ParseListener(std::string_view text) {
  Parsing parsing;
  RETURN_IF_ERROR(ParseWhole(text, &parsing));
  parsing.listener.reflection = parsing.reflection.value_or(parsing.listener.trusted);
  return std::move(parsing.listener);
}

absl::StatusOr<ListenerOptions> ParseQueryListener(std::string_view text) {
  Parsing parsing;
  parsing.http = true;
  RETURN_IF_ERROR(ParseWhole(text, &parsing));
  const ListenerOptions& listener = parsing.listener;
  if (!parsing.tls && !IsLoopback(listener.host) && !parsing.insecure) {
    return Wrong("tcp://",
                 "would send secret keys in the clear; use tls://, or give `insecure=true` if "
                 "something else protects this address");
  }
  if (listener.host == "localhost") parsing.listener.host = "127.0.0.1";
  return std::move(parsing.listener);
}

absl::StatusOr<ListenerOptions> ParseGatewayListener(std::string_view text) {
  Parsing parsing;
  parsing.http = true;
  parsing.gateway = true;
  RETURN_IF_ERROR(ParseWhole(text, &parsing));
  const ListenerOptions& listener = parsing.listener;
  if (!parsing.tls && !IsLoopback(listener.host) && !parsing.insecure) {
    return Wrong("tcp://",
                 "would take secrets and session tokens in the clear; use tls://, or give "
                 "`insecure=true` if something else protects this address");
  }
  if (listener.host == "localhost") parsing.listener.host = "127.0.0.1";
  return std::move(parsing.listener);
}

absl::StatusOr<ListenerOptions> ParseMetadataListener(std::string_view text, bool with_path) {
  Parsing parsing;
  parsing.http = true;
  RETURN_IF_ERROR(ParseWhole(text, &parsing));
  if (parsing.tls) return Wrong("tls://", "is not for processes on the same host; use tcp://");
  if (!with_path && parsing.seen.contains("path")) {
    return Wrong("path", "does not go with this kind of address");
  }
  if (!IsLoopback(parsing.listener.host) && !parsing.insecure) {
    return Wrong("tcp://",
                 "would hand the role to whoever reaches this address; use a loopback address, or "
                 "give `insecure=true` if something else keeps strangers away");
  }
  if (parsing.listener.host == "localhost") parsing.listener.host = "127.0.0.1";
  return std::move(parsing.listener);
}

absl::StatusOr<HostPort> ParseHostPort(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return Wrong(base::Quoted(text), "must be HOST:PORT");
  const std::optional<uint64_t> port = base::ParseUnsigned(text.substr(colon + 1), 65535);
  if (!port) return Wrong(base::Quoted(text), "the port must be 0 to 65535");
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return Wrong(base::Quoted(text), "an IPv6 address stands in brackets");
  }
  if (host.empty()) return Wrong(base::Quoted(text), "a host is missing; 0.0.0.0 means all");
  return HostPort{std::string(host), static_cast<uint16_t>(*port)};
}

bool IsLoopback(std::string_view host) {
  if (host == "localhost") return true;
  const std::string text(host);
  in_addr ipv4;
  if (inet_pton(AF_INET, text.c_str(), &ipv4) == 1) return (ntohl(ipv4.s_addr) >> 24) == 127;
  in6_addr ipv6;
  return inet_pton(AF_INET6, text.c_str(), &ipv6) == 1 && IN6_IS_ADDR_LOOPBACK(&ipv6);
}

}  // namespace portcullis::app
