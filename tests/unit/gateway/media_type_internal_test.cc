#include "server/gateway/media_type_internal.h"

#include <string_view>
#include <vector>

#include "gtest/gtest.h"

namespace portcullis::gateway {
namespace {

constexpr MediaType kText = MediaType::kText;
constexpr MediaType kJson = MediaType::kJson;
constexpr MediaType kHtml = MediaType::kHtml;

struct Row {
  std::vector<std::string_view> accept;
  MediaType type;
};

// RFC 9110 section 12.5.1.
TEST(MediaTypeTest, WhatClientsAccept) {
  const Row rows[] = {
      {{}, kJson},
      {{"*/*"}, kJson},
      {{"application/json"}, kJson},
      {{"APPLICATION/JSON"}, kJson},
      {{"application/*"}, kJson},
      {{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}, kHtml},
      {{"text/html"}, kHtml},
      {{"text/*"}, kHtml},
      {{"text/*, text/html;q=0.1"}, kText},
      {{"text/plain"}, kText},
      {{"text/plain;charset=utf-8"}, kText},
      {{"text/plain;q=0.5, application/json;q=0.9"}, kJson},
      {{"text/plain;q=0.9, application/json;q=0.5"}, kText},
      {{"text/plain; q=0.9 , application/json; Q=0.95"}, kJson},
      {{"text/plain;q=0.123, application/json;q=0.1"}, kText},
      {{"application/json;q=0, */*"}, kHtml},
      {{"text/html;q=0.2", "application/json;q=0.3"}, kJson},
      {{"image/png"}, kText},
      {{""}, kText},
      {{"application/json;q=0"}, kText},
      {{"application/json;q=2"}, kText},
      {{"application/json;q=1.001"}, kText},
      {{"application/json;q=0.1234"}, kText},
      {{"application/json;q=abc, text/html;q=0.1"}, kHtml},
      {{",,;q=1,"}, kText},
  };
  for (const Row& row : rows) {
    std::vector<route::Header> headers;
    for (const std::string_view value : row.accept) headers.push_back({"accept", value});
    route::Request request;
    request.headers = headers;
    EXPECT_EQ(PreferredMediaType(request), row.type)
        << (row.accept.empty() ? "none" : row.accept.front());
  }
}

TEST(MediaTypeTest, GrpcIsToldInText) {
  for (const auto& [type, is_grpc] :
       std::vector<std::pair<std::string_view, bool>>{{"application/grpc", true},
                                                      {"application/grpc+proto", true},
                                                      {"Application/gRPC;x=y", true},
                                                      {"application/grpc-web+proto", true},
                                                      {"application/json", false},
                                                      {"", false}}) {
    const route::Header headers[] = {{"content-type", type}, {"accept", "application/json"}};
    route::Request request;
    request.headers = headers;
    EXPECT_EQ(IsGrpc(request), is_grpc) << type;
    EXPECT_EQ(PreferredMediaType(request), is_grpc ? kText : kJson) << type;
  }
}

}  // namespace
}  // namespace portcullis::gateway
