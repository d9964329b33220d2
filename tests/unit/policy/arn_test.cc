#include "server/policy/arn.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

namespace portcullis::policy {
namespace {

//
TEST(ArnView, SplitsOnTheFirstFiveColons) {
  const std::optional<ArnView> arn = ArnView::Parse("arn:aws:lambda:eu-west-1:111122223333:f:x:7");
  ASSERT_TRUE(arn.has_value());
  EXPECT_EQ(arn->partition, "aws");
  EXPECT_EQ(arn->service, "lambda");
  EXPECT_EQ(arn->region, "eu-west-1");
  EXPECT_EQ(arn->account, "111122223333");
  EXPECT_EQ(arn->resource, "f:x:7");
  const std::vector<std::string_view> fields = {"arn",       "aws",          "lambda",
                                                "eu-west-1", "111122223333", "f:x:7"};
  for (int i = 0; i < 6; ++i) EXPECT_EQ(arn->field(i), fields[static_cast<size_t>(i)]);
}

TEST(ArnView, AllowsEmptyFields) {
  const std::optional<ArnView> arn = ArnView::Parse("arn:aws:s3:::");
  ASSERT_TRUE(arn.has_value());
  EXPECT_EQ(arn->region, "");
  EXPECT_EQ(arn->resource, "");
}

TEST(ArnView, RefusesFewerThanSixFields) {
  for (const std::string_view text :
       {"", "*", "arn", "arn:aws:s3::b", "ARN:aws:s3:::b", "urn:a:b:c:d:e"}) {
    EXPECT_FALSE(ArnView::Parse(text).has_value()) << text;
  }
}

PrincipalArnKind KindOf(std::string_view text) {
  const std::optional<ArnView> arn = ArnView::Parse(text);
  return arn.has_value() ? ClassifyPrincipalArn(*arn) : PrincipalArnKind::kNotAPrincipal;
}

// Section 1.6.
TEST(ClassifyPrincipalArn, KnowsEveryKind) {
  EXPECT_EQ(KindOf("arn:aws:iam::111122223333:root"), PrincipalArnKind::kRoot);
  EXPECT_EQ(KindOf("arn:aws:iam::111122223333:user/ana"), PrincipalArnKind::kUser);
  EXPECT_EQ(KindOf("arn:aws:iam::111122223333:user/div/x/ana.b+c=d,e@f-g"),
            PrincipalArnKind::kUser);
  EXPECT_EQ(KindOf("arn:aws:iam::111122223333:role/eng/Deploy"), PrincipalArnKind::kRole);
  EXPECT_EQ(KindOf("arn:aws:sts::111122223333:assumed-role/Deploy/s1"),
            PrincipalArnKind::kRoleSession);
  EXPECT_EQ(KindOf("arn:aws:sts::111122223333:federated-user/bo"),
            PrincipalArnKind::kFederatedUser);
  EXPECT_EQ(KindOf("arn:aws:iam::111122223333:oidc-provider/id.example.com/x"),
            PrincipalArnKind::kOidcProvider);
  EXPECT_EQ(KindOf("arn:aws:iam::111122223333:saml-provider/Corp"),
            PrincipalArnKind::kSamlProvider);
  EXPECT_EQ(KindOf("arn:aws-cn:iam::111122223333:user/ana"), PrincipalArnKind::kUser);
}

TEST(ClassifyPrincipalArn, IsStrict) {
  for (const std::string_view text : {
           "arn:aws:iam::111122223333:assumed-role/Deploy/s1",      // service is sts.
           "arn:aws:sts::111122223333:assumed-role/eng/Deploy/s1",  // no path.
           "arn:aws:sts::111122223333:assumed-role/Deploy",
           "arn:aws:sts::111122223333:assumed-role/Deploy/",
           "arn:aws:sts::111122223333:user/ana",
           "arn:aws:iam::111122223333:group/Admins",
           "arn:aws:iam::111122223333:role/*",
           "arn:aws:iam::111122223333:user/dev-?",
           "arn:aws:iam::111122223333:user/d*/ana",
           "arn:aws:iam::111122223333:user/",
           "arn:aws:iam::111122223333:user/a b",
           "arn:aws:iam::111122223333:root/x",
           "arn:aws:iam:us-east-1:111122223333:user/ana",
           "arn:aws:iam::11112222333:user/ana",
           "arn:aws:iam::*:user/ana",
           "arn::iam::111122223333:user/ana",
           "arn:a*s:iam::111122223333:user/ana",
           "arn:aws:s3:::bucket",
       }) {
    EXPECT_EQ(KindOf(text), PrincipalArnKind::kNotAPrincipal) << text;
  }
}

// names of at most 64 characters.
TEST(ClassifyPrincipalArn, BoundsNames) {
  const std::string prefix = "arn:aws:iam::111122223333:user/";
  EXPECT_EQ(KindOf(prefix + std::string(64, 'a')), PrincipalArnKind::kUser);
  EXPECT_EQ(KindOf(prefix + std::string(65, 'a')), PrincipalArnKind::kNotAPrincipal);
  // With its slashes a path has at most 512.
  EXPECT_EQ(KindOf(prefix + std::string(510, 'p') + "/a"), PrincipalArnKind::kUser);
  EXPECT_EQ(KindOf(prefix + std::string(511, 'p') + "/a"), PrincipalArnKind::kNotAPrincipal);
}

//
TEST(IsAccountId, WantsTwelveDigits) {
  EXPECT_TRUE(IsAccountId("000000000001"));
  for (const std::string_view text :
       {"", "11112222333", "1111222233334", "11112222333x", "1111-2222-33"}) {
    EXPECT_FALSE(IsAccountId(text)) << text;
  }
}

TEST(ArnResourceName, IsWhatFollowsTheLastSlash) {
  EXPECT_EQ(ArnResourceName(*ArnView::Parse("arn:aws:iam::1:user/div/x/N")), "N");
  EXPECT_EQ(ArnResourceName(*ArnView::Parse("arn:aws:iam::1:root")), "root");
}

//
TEST(IsServicePrincipalName, KnowsTheForms) {
  for (const std::string_view text : {"lambda.amazonaws.com", "states.eu-west-1.amazonaws.com",
                                      "ec2.amazonaws.com.cn", "pods.eks.amazonaws.com"}) {
    EXPECT_TRUE(IsServicePrincipalName(text)) << text;
  }
  for (const std::string_view text :
       {"", "lambda", "*.amazonaws.com", ".amazonaws.com", "amazonaws.com", "Lambda.amazonaws.com",
        "a..amazonaws.com", "lambda.amazonaws.com.evil.example", "lambda.amazonaws.com/x"}) {
    EXPECT_FALSE(IsServicePrincipalName(text)) << text;
  }
}

}  // namespace
}  // namespace portcullis::policy
