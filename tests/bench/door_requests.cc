#include "tests/bench/door_requests.h"

#include <cstdio>
#include <cstdlib>

#include "absl/strings/ascii.h"

#include "server/base/text.h"
#include "server/signature/canonical_request.h"
#include "server/signature/sign.h"
#include "tests/bench/world.h"

namespace portcullis::bench {
namespace {

using base::Concat;

constexpr size_t kAllowing = 6;

// An order's number; seven digits, so that all requests are of one size.
std::string OrderNumber(size_t order) {
  return std::to_string(1'000'000 + order);
}

DoorRequest PlainRequest(size_t order) {
  DoorRequest request;
  request.target = Concat({"/orders/", OrderNumber(order)});
  request.headers = {
      {"accept", "application/json"},
      {"accept-encoding", "gzip, deflate"},
      {"user-agent", "orders-client/2.4 python/3.11 linux/6.1"},
      {"x-department", "blue"},
      {"x-envoy-decorator-operation", "orders.default.svc.cluster.local:8080/*"},
      {"x-forwarded-for", "198.51.100.7"},
      {"x-forwarded-proto", "https"},
      {"x-request-id", Concat({"7f3ad1c2-8c4b-4a43-9c4d-00000", OrderNumber(order)})},
  };
  return request;
}

void Sign(absl::Time now, DoorRequest* request) {
  const std::vector<signature::HeaderField> headers = {{"host", kDoorHost}};
  signature::SignedRequest plain;
  plain.method = "GET";
  plain.path = request->target;
  plain.headers = headers;
  plain.body_sha256 = signature::kEmptyBodySha256;
  const signature::SignOptions options{
      .region = "us-east-1", .service = "execute-api", .time = now, .declare_payload = true};
  const auto made = signature::SignRequest(plain, {kDoorKeyId, kDoorSecret, std::nullopt}, options);
  if (!made.ok()) {
    std::fprintf(stderr, "%s\n", made.status().ToString().c_str());
    std::abort();
  }
  for (const signature::AddedHeader& header : made->headers) {
    request->headers.emplace_back(absl::AsciiStrToLower(header.name), header.value);
  }
}

}  // namespace

std::vector<std::string> DoorPolicies() {
  std::vector<std::string> documents;
  for (size_t i = 0; i < kPoliciesPerUser; ++i) {
    documents.push_back(
        Concat({R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":")",
                i == kAllowing ? kDoorAction : "s3:PutObject", R"(","Resource":")",
                i == kAllowing ? "arn:aws:orders:us-east-1:111111111111:order/*"
                               : Concat({"arn:aws:s3:::archive-", std::to_string(i), "/*"}),
                R"(","Condition":{"StringEquals":{"app:department":["red","blue"]}}}})"}));
  }
  return documents;
}

std::string OrderArn(size_t order) {
  return Concat({"arn:aws:orders:us-east-1:111111111111:order/", OrderNumber(order)});
}

std::string DoorTrust() {
  return Concat({R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":")",
                 kDoorUserArn, R"("},"Action":"sts:AssumeRole"}})"});
}

std::string DoorAssume() {
  return Concat({R"({"Version":"2012-10-17","Statement":{"Effect":"Allow",)",
                 R"("Action":"sts:AssumeRole","Resource":")", kDoorRoleArn, R"("}})"});
}

std::vector<DoorRequest> BearerRequests(size_t count, std::string_view token) {
  std::vector<DoorRequest> requests;
  requests.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    requests.push_back(PlainRequest(i));
    requests.back().headers.emplace_back("authorization", Concat({"Bearer ", token}));
  }
  return requests;
}

std::vector<DoorRequest> SignedRequests(size_t count, absl::Time now) {
  std::vector<DoorRequest> requests;
  requests.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    requests.push_back(PlainRequest(i));
    Sign(now, &requests.back());
  }
  return requests;
}

}  // namespace portcullis::bench
