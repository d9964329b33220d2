// What a gateway's rules make of a request, found out without a server.
#ifndef PORTCULLIS_CLIENT_ROUTE_TRIAL_H_
#define PORTCULLIS_CLIENT_ROUTE_TRIAL_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "server/route/canonical_request.h"
#include "server/route/request.h"
#include "server/route/table.h"

namespace portcullis::client {

// A request as it is told on a command line.
struct TrialRequest {
  std::string method;
  std::string url;                      // "https://host/path?query", or "/path?query".
  std::string host;                     // Instead of the URL's; as a client would send it.
  std::string gateway;                  // Empty: that of the host.
  std::vector<std::string> headers;     // "name: value".
  std::vector<std::string> extensions;  // "name=value".
  bool connection = false;              // A bare connection: `method` and `url` are empty.
};

// A request, and the texts that it refers to.
class TrialArrival {
 public:
  // INVALID_ARGUMENT for what is no header, no extension or no URL. Nothing is decoded or
  // corrected: what a proxy would hand over unchanged is unchanged here.
  static absl::StatusOr<std::unique_ptr<TrialArrival>> Parse(const TrialRequest& trial);

  const route::Request& request() const { return request_; }

 private:
  TrialArrival() = default;

  absl::Status AddTarget(const TrialRequest& trial);
  absl::Status AddHeaders(const TrialRequest& trial);
  absl::Status AddExtensions(const TrialRequest& trial);

  std::string method_;
  std::string url_;
  std::string host_;
  std::vector<std::pair<std::string, std::string>> header_texts_;
  std::vector<std::pair<std::string, std::string>> extension_texts_;
  std::vector<route::Header> headers_;
  std::vector<route::Extension> extensions_;
  route::Request request_;
};

// How far the request came. Refers to the table and to the arrival.
struct TrialOutcome {
  const route::Gateway* gateway = nullptr;
  std::optional<route::CanonicalRequest> canonical;
  std::vector<route::RuleAccount> accounts;  // Of every rule of the gateway.
  std::optional<route::Route> route;
  std::optional<route::Question> question;
  absl::Status
      refusal;  // OK: the request comes to its question, or is let through by a public rule.
};

// As the gatekeeper of a server does it: gateway, path, rule, question.
TrialOutcome TryRoute(const route::Table& table, const TrialRequest& trial,
                      const route::Request& request);

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_ROUTE_TRIAL_H_
