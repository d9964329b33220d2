// Sub-requests as proxies send them, for tests.
#ifndef PORTCULLIS_TESTS_UNIT_FORWARD_AUTH_SUB_REQUEST_FIXTURE_H_
#define PORTCULLIS_TESTS_UNIT_FORWARD_AUTH_SUB_REQUEST_FIXTURE_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/http/message.h"

namespace portcullis::forward_auth {

using Headers = std::vector<std::pair<std::string, std::string>>;

// Owns what its http::Request views.
struct Sent {
  std::string method = "GET";
  std::string target = "/forward-auth";
  Headers headers;
  std::string body = {};

  http::Request View() {
    views.clear();
    for (const auto& [name, value] : headers) views.push_back({name, value});
    http::Request request;
    request.method = method;
    request.target = target;
    request.path = std::string_view(target).substr(0, target.find('?'));
    request.headers = views;
    request.body = body;
    request.peer_address = "192.0.2.200";
    return request;
  }

  std::vector<http::Header> views = {};
};

// What each kind of proxy adds when it asks about "GET https://shop.example.com:8443/a%20b?c=1" of
// 198.51.100.7.
inline Headers NginxHeaders() {
  return {{"Host", "127.0.0.1:8181"},       {"X-Original-Method", "GET"},
          {"X-Original-URI", "/a%20b?c=1"}, {"X-Original-Host", "shop.example.com:8443"},
          {"X-Forwarded-Proto", "https"},   {"X-Real-IP", "198.51.100.7"}};
}

inline Headers IngressNginxHeaders() {
  return {{"Host", "portcullis.authz.svc"},
          {"X-Original-Method", "GET"},
          {"X-Original-URL", "https://shop.example.com:8443/a%20b?c=1"},
          {"X-Real-IP", "198.51.100.7"},
          {"X-Forwarded-For", "198.51.100.7"},
          {"X-Sent-From", "nginx-ingress-controller"},
          {"X-Auth-Request-Redirect", "/a%20b?c=1"}};
}

inline Headers TraefikHeaders() {
  return {{"Host", "portcullis:8181"},       {"X-Forwarded-Method", "GET"},
          {"X-Forwarded-Uri", "/a%20b?c=1"}, {"X-Forwarded-Host", "shop.example.com:8443"},
          {"X-Forwarded-Proto", "https"},    {"X-Forwarded-For", "203.0.113.9, 198.51.100.7"}};
}

inline Sent EnvoySent() {
  return {.target = "/ext_authz/a%20b?c=1",
          .headers = {{"Host", "shop.example.com:8443"}, {"Content-Length", "0"}}};
}

inline Headers With(Headers headers, const Headers& more) {
  headers.insert(headers.end(), more.begin(), more.end());
  return headers;
}

inline Headers Without(Headers headers, std::string_view name) {
  std::erase_if(headers, [name](const auto& header) { return header.first == name; });
  return headers;
}

}  // namespace portcullis::forward_auth

#endif  // PORTCULLIS_TESTS_UNIT_FORWARD_AUTH_SUB_REQUEST_FIXTURE_H_
