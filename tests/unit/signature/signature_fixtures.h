// What the tests of this module share: requests that own their texts, and the credentials of the
// published vectors.
#ifndef PORTCULLIS_TESTS_UNIT_SIGNATURE_SIGNATURE_FIXTURES_H_
#define PORTCULLIS_TESTS_UNIT_SIGNATURE_SIGNATURE_FIXTURES_H_

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"

#include "server/signature/authentication.h"
#include "server/signature/canonical_request.h"
#include "server/signature/crypto_internal.h"
#include "server/signature/sign.h"
#include "server/signature/verify.h"

namespace portcullis::signature {

inline constexpr std::string_view kKeyId = "AKIAIOSFODNN7EXAMPLE";
inline constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
inline constexpr std::string_view kSessionKeyId = "ASIAIOSFODNN7EXAMPLE";
inline constexpr std::string_view kSessionSecret = "bPxRfiCYEXAMPLEKEY/K7MDENG+wJalrXUtnFEMI";
inline constexpr std::string_view kToken = "PCSTv1.EXAMPLE/token+with=special==";

// 2026-11-21T12:00:00Z.
inline absl::Time Noon() {
  return absl::FromUnixSeconds(1795262400);
}

struct OwnedHeader {
  std::string name;
  std::string value;
};

struct OwnedRequest {
  std::string method = "GET";
  std::string path = "/";
  std::string query;
  std::vector<OwnedHeader> headers;
  std::optional<std::string> body = "";

  // A view that lives as long as this object and its next call.
  SignedRequest View() const {
    fields.clear();
    for (const OwnedHeader& header : headers) fields.push_back({header.name, header.value});
    SignedRequest request;
    request.method = method;
    request.path = path;
    request.query = query;
    request.headers = fields;
    if (body.has_value()) {
      hash = BodySha256(*body);
      request.body_sha256 = hash;
    }
    return request;
  }

  // The value of the first header of this exact name; a new one at the end if there is none.
  std::string& Header(std::string_view name) {
    for (OwnedHeader& header : headers) {
      if (header.name == name) return header.value;
    }
    return headers.emplace_back(OwnedHeader{std::string(name), ""}).value;
  }
  void Remove(std::string_view name) {
    std::erase_if(headers, [name](const OwnedHeader& header) { return header.name == name; });
  }
  void Apply(const RequestSignature& signature) {
    for (const AddedHeader& header : signature.headers) {
      headers.push_back({header.name, header.value});
    }
    query = signature.query;
  }

  mutable std::vector<HeaderField> fields;
  mutable std::string hash;
};

// A request as it goes over the wire, with LF line ends. Folded lines are joined with one space
// as an HTTP layer that accepts them does.
inline OwnedRequest ReadRequest(std::string_view text) {
  OwnedRequest request;
  const auto take_line = [&text] {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
  };
  std::string_view target = take_line();
  request.method = target.substr(0, target.find(' '));
  target.remove_prefix(request.method.size() + 1);
  target = target.substr(0, target.rfind(" HTTP/"));
  request.path = target.substr(0, target.find('?'));
  if (request.path.size() < target.size()) request.query = target.substr(request.path.size() + 1);
  for (std::string_view line = take_line(); !line.empty(); line = take_line()) {
    if (line.front() == ' ') {
      request.headers.back().value += " ";
      request.headers.back().value += line.substr(line.find_first_not_of(' '));
      continue;
    }
    const size_t colon = line.find(':');
    request.headers.push_back(
        {std::string(line.substr(0, colon)), std::string(line.substr(colon + 1))});
  }
  request.body = text;
  return request;
}

// A text of several lines, as the files of vectors have them.
inline std::string Joined(const nlohmann::json& lines) {
  std::string text;
  for (const nlohmann::json& line : lines) text += line.get<std::string>() + "\n";
  text.pop_back();
  return text;
}

inline VerifyOptions OptionsFor(std::string_view service) {
  VerifyOptions options;
  options.expected_service = service;
  return options;
}

// Parses and verifies without a cache.
inline absl::Status ParseAndVerify(const OwnedRequest& request, std::string_view secret,
                                   absl::Time now, const VerifyOptions& options,
                                   SigningKeyCache* cache = nullptr) {
  const SignedRequest view = request.View();
  const absl::StatusOr<Authentication> parsed = ParseAuthentication(view);
  if (!parsed.ok()) return parsed.status();
  return VerifySignature(view, *parsed, secret, now, options, cache);
}

}  // namespace portcullis::signature

#endif  // PORTCULLIS_TESTS_UNIT_SIGNATURE_SIGNATURE_FIXTURES_H_
