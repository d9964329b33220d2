#include "server/policy/request.h"

#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

namespace portcullis::policy {
namespace {

TEST(ActionName, Forms) {
  for (const std::string_view text :
       {"s3:GetObject", "a:b", "execute-api:Invoke", "app.example.com:do_it", "IAM:passrole"}) {
    EXPECT_TRUE(IsActionName(text)) << text;
  }
  for (const std::string_view text :
       {"", "s3", "s3:", ":Get", "s3:*", "s3:Get?", "s3:a:b", "s3 :Get", "s3:Get Object", "*",
        "s3:Get,s3:Put", "s_3:Get", "a:b\n"}) {
    EXPECT_FALSE(IsActionName(text)) << text;
  }
  EXPECT_TRUE(IsActionName("s3:" + std::string(125, 'a')));
  EXPECT_FALSE(IsActionName("s3:" + std::string(126, 'a')));
}

TEST(ActionName, HasCharactersOfItsOwnOnBothSidesOfTheColon) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool letter_or_digit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                 (c >= '0' && c <= '9') || c == '.' || c == '-';
    EXPECT_EQ(IsActionName(std::string("s") + c + ":Get"), letter_or_digit) << byte;
    EXPECT_EQ(IsActionName(std::string("s3:G") + c + "t"), letter_or_digit || c == '_') << byte;
  }
}

TEST(ResourceName, HasNoControlCharacterAnywhere) {
  const std::string arn = "arn:aws:s3:::bucket/and-a-key";
  for (int byte = 0; byte < 256; ++byte) {
    const bool control = byte < 0x20 || byte == 0x7F;
    for (size_t place = 14; place < arn.size(); ++place) {
      std::string text = arn;
      text[place] = static_cast<char>(byte);
      EXPECT_EQ(IsResourceName(text), !control) << byte << " at " << place;
    }
  }
}

TEST(ResourceName, Forms) {
  for (const std::string_view text : {"*", "arn:aws:s3:::b/x", "arn:::::", "arn:aws:s3:::b*"}) {
    EXPECT_TRUE(IsResourceName(text)) << text;
  }
  for (const std::string_view text :
       {"", "**", "bucket", "arn:aws:s3", "arn:aws:s3:::b\n", "ARN:aws:s3:::b"}) {
    EXPECT_FALSE(IsResourceName(text)) << text;
  }
  const std::string prefix = "arn:aws:s3:::";
  EXPECT_TRUE(IsResourceName(prefix + std::string(2048 - prefix.size(), 'a')));
  EXPECT_FALSE(IsResourceName(prefix + std::string(2049 - prefix.size(), 'a')));
}

TEST(PrepareRequest, OwnerOfTheResource) {
  struct Case {
    std::string_view resource;
    std::string_view owner;
    std::string_view expected;
  };
  const Case kCases[] = {
      {"arn:aws:s3:::b", "", "111111111111"},
      {"arn:aws:s3:::b", "222222222222", "222222222222"},
      {"arn:aws:sns:eu:222222222222:t", "", "222222222222"},
      {"arn:aws:sns:eu:222222222222:t", "333333333333", "333333333333"},
      {"arn:aws:iam::aws:policy/ReadOnly", "", "111111111111"},
      {"*", "", "111111111111"},
  };
  Principal caller;
  caller.kind = PrincipalKind::kUser;
  caller.account = "111111111111";
  const RequestContext context;
  AuthorizationRequest request;
  for (const Case& c : kCases) {
    PrepareRequest(caller, "s3:GetObject", c.resource, c.owner, &context, &request);
    EXPECT_EQ(request.resource_account, c.expected) << c.resource << " " << c.owner;
    EXPECT_EQ(request.resource_arn.has_value(), c.resource != "*");
  }
}

TEST(PrepareRequest, FoldsTheAction) {
  const RequestContext context;
  AuthorizationRequest request;
  PrepareRequest({}, "S3:GetObject", "*", "", &context, &request);
  EXPECT_EQ(request.action, "S3:GetObject");
  const AuthorizationRequest moved = std::move(request);
  EXPECT_EQ(moved.action_folded, "s3:getobject");
  EXPECT_EQ(moved.service_folded(), "s3");
}

}  // namespace
}  // namespace portcullis::policy
