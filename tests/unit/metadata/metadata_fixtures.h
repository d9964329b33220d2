// A role whose credentials and troubles a test decides, and requests to the endpoints.
#ifndef PORTCULLIS_TESTS_UNIT_METADATA_METADATA_FIXTURES_H_
#define PORTCULLIS_TESTS_UNIT_METADATA_METADATA_FIXTURES_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "server/base/clock.h"
#include "server/http/message.h"
#include "server/metadata/role_credentials.h"

namespace portcullis::metadata {

class ManualClock : public base::Clock {
 public:
  absl::Time Now() const override { return now; }
  absl::Time now = absl::FromUnixSeconds(1795262400);  // 2026-11-21T12:00:00Z.
};

// Numbers its credentials: ASIA1, ASIA2, ... Each lasts an hour.
struct FakeRole {
  explicit FakeRole(const ManualClock* time_source) : clock(time_source) {}

  RoleSource Source() {
    RoleSource source;
    source.assume = [this]() -> absl::StatusOr<session::Credentials> {
      ++attempts;
      if (!failure.ok()) return failure;
      ++issued;
      return session::Credentials{absl::StrCat("ASIA", issued), absl::StrCat("secret/", issued),
                                  absl::StrCat("token", issued), clock->now + lifetime};
    };
    source.revision_if_valid = [this](std::string_view token) -> std::optional<std::string> {
      if (token == revoked) return std::nullopt;
      return revision;
    };
    return source;
  }

  const ManualClock* clock;
  absl::Duration lifetime = absl::Hours(1);
  absl::Status failure;
  std::string revision = "r1";
  std::string revoked;  // A token.
  int attempts = 0;
  int issued = 0;
};

// Owns what a Request looks at.
class TestRequest {
 public:
  TestRequest(std::string method, std::string target,
              std::vector<std::pair<std::string, std::string>> headers = {})
      : method_(std::move(method)), target_(std::move(target)), texts_(std::move(headers)) {
    for (const auto& [name, value] : texts_) headers_.push_back({name, value});
    request_.method = method_;
    request_.target = target_;
    const size_t mark = target_.find('?');
    request_.path = std::string_view(target_).substr(0, mark);
    request_.headers = headers_;
  }
  TestRequest(const TestRequest&) = delete;
  TestRequest& operator=(const TestRequest&) = delete;

  const http::Request& get() const { return request_; }

 private:
  const std::string method_;
  const std::string target_;
  const std::vector<std::pair<std::string, std::string>> texts_;
  std::vector<http::Header> headers_;
  http::Request request_;
};

// The value of a response's header; "" if it has none.
inline std::string HeaderOf(const http::Response& response, const std::string& name) {
  for (const http::ResponseHeader& header : response.headers) {
    if (header.name == name) return header.value;
  }
  return "";
}

}  // namespace portcullis::metadata

#endif  // PORTCULLIS_TESTS_UNIT_METADATA_METADATA_FIXTURES_H_
