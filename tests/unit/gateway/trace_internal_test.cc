#include "server/gateway/trace_internal.h"

#include <string_view>

#include "gtest/gtest.h"

namespace portcullis::gateway {
namespace {

constexpr std::string_view kId = "0af7651916cd43dd8448eb211c80319c";

struct Row {
  std::string_view header;
  std::string_view id;
};

// W3C Trace Context, sections 3.2.2 and 4.3.
TEST(TraceTest, WhatIsATraceParent) {
  const Row rows[] = {
      {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", kId},
      {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", kId},
      {"cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", kId},
      {"cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-comes", kId},
      {"", ""},
      {"00", ""},
      {"ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", ""},
      {"0x-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", ""},
      {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", ""},
      {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-011", ""},
      {"cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.more", ""},
      {"00-00000000000000000000000000000000-b7ad6b7169203331-01", ""},
      {"00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", ""},
      {"00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", ""},
      {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333g-01", ""},
      {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x", ""},
      {"00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", ""},
      {"00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01", ""},
      {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331_01", ""},
      {" 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", ""},
  };
  for (const Row& row : rows) EXPECT_EQ(TraceIdOf(row.header), row.id) << row.header;
}

}  // namespace
}  // namespace portcullis::gateway
