#include "server/inventory/parameters.h"

#include "gtest/gtest.h"

#include "server/inventory/rules.h"
#include "tests/unit/inventory/world.h"

namespace portcullis::inventory {
namespace {

TEST(Parameters, Values) {
  Parameters parameters;
  EXPECT_FALSE(parameters.Has("UserName"));
  EXPECT_EQ(parameters.Get("UserName"), "");
  EXPECT_EQ(parameters.GetInteger("MaxItems"), std::nullopt);
  EXPECT_EQ(parameters.GetBoolean("OnlyAttached"), std::nullopt);
  EXPECT_TRUE(parameters.GetList("Filter").empty());
  parameters.Set("UserName", "");
  EXPECT_TRUE(parameters.Has("UserName"));  // Empty is not absent.
  parameters.Set("UserName", "ana");
  EXPECT_EQ(parameters.Get("UserName"), "ana");
  parameters.Set("MaxItems", "17");
  EXPECT_EQ(parameters.GetInteger("MaxItems"), 17);
  parameters.Set("OnlyAttached", "true");
  EXPECT_EQ(parameters.GetBoolean("OnlyAttached"), true);
  parameters.Set("OnlyAttached", "false");
  EXPECT_EQ(parameters.GetBoolean("OnlyAttached"), false);
  parameters.Append("Filter", "User");
  parameters.Append("Filter", "Role");
  EXPECT_EQ(parameters.GetList("Filter"), (std::vector<std::string>{"User", "Role"}));
}

struct ValidationCase {
  std::string_view name;
  std::string value;
  std::string_view violation;  // Behind "Member must "; empty: it is allowed.
};

constexpr std::string_view kNamePattern = "satisfy regular expression pattern: [\\w+=,.@-]+";
constexpr std::string_view kPolicyPathPattern =
    "satisfy regular expression pattern: ((/[A-Za-z0-9\\.,\\+@=_-]+)*)/";

const ValidationCase kCases[] = {
    {"UserName", "a", ""},
    {"UserName", std::string(64, 'a'), ""},
    {"UserName", std::string(65, 'a'), "have length less than or equal to 64"},
    {"UserName", "", "have length greater than or equal to 1"},
    {"UserName", "_+=,.@-", ""},
    {"UserName", "a b", kNamePattern},
    {"UserName", "ä", kNamePattern},
    {"UserName", "\xff", kNamePattern},
    {"Marker", "x", ""},
    {"Marker", std::string(320, 'x'), ""},
    {"Marker", std::string(321, 'x'), "have length less than or equal to 320"},
    {"Marker", "", "have length greater than or equal to 1"},
    {"MaxItems", "1", ""},
    {"MaxItems", "1000", ""},
    {"MaxItems", "0", "have value greater than or equal to 1"},
    {"MaxItems", "-5", "have value greater than or equal to 1"},
    {"MaxItems", "1001", "have value less than or equal to 1000"},
    {"MaxItems", "", "be an integer"},
    {"MaxItems", "1x", "be an integer"},
    {"MaxItems", " 1", "be an integer"},
    {"MaxItems", "+1", "be an integer"},
    {"MaxItems", "99999999999999999999", "be an integer"},
    {"PathPrefix", "/", ""},
    {"PathPrefix", "/x", ""},
    {"PathPrefix", "x/", "satisfy regular expression pattern: \\u002F[\\u0021-\\u007F]*"},
    {"PathPrefix", "/a b", "satisfy regular expression pattern: \\u002F[\\u0021-\\u007F]*"},
    {"PathPrefix", "/" + std::string(512, 'x'), "have length less than or equal to 512"},
    {"PolicyPath", "/", ""},
    {"PolicyPath", "/a/b/", ""},
    {"PolicyPath", "/a", kPolicyPathPattern},
    {"PolicyPath", "a/", kPolicyPathPattern},
    {"PolicyPath", "//", kPolicyPathPattern},
    {"PolicyPath", "/a//", kPolicyPathPattern},
    {"PolicyPath", "/*/", kPolicyPathPattern},
    {"EntityPath", "/", ""},
    {"EntityPath", "/*/", ""},
    {"EntityPath", "/x",
     "satisfy regular expression pattern: (\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)"},
    {"VersionId", "v1", ""},
    {"VersionId", "v10.a-Z", ""},
    {"VersionId", "v0", "satisfy regular expression pattern: v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?"},
    {"VersionId", "1", "satisfy regular expression pattern: v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?"},
    {"VersionId", "v1.a.b", "satisfy regular expression pattern: v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?"},
    {"PolicyArn", std::string(20, 'x'), ""},
    {"PolicyArn", std::string(2048, 'x'), ""},
    {"PolicyArn", std::string(19, 'x'), "have length greater than or equal to 20"},
    {"PolicyArn", std::string(2049, 'x'), "have length less than or equal to 2048"},
    {"OnlyAttached", "true", ""},
    {"OnlyAttached", "True", "be true or false"},
    {"OnlyAttached", "1", "be true or false"},
    {"PolicyUsageFilter", "PermissionsBoundary", ""},
    {"PolicyUsageFilter", "permissionsboundary",
     "satisfy enum value set: [PermissionsPolicy, PermissionsBoundary]"},
};

TEST(Parameters, BoundsOfTheModel) {
  const ParameterRule rules[] = {
      OptionalText("UserName", &kUserNameText),
      kMarkerRule,
      kMaxItemsRule,
      OptionalText("PathPrefix", &kPathPrefixText, IsPathPrefix),
      OptionalText("PolicyPath", &kPolicyPathText, IsPolicyPath),
      OptionalText("EntityPath", &kEntityPathText, IsEntityPath),
      OptionalText("VersionId", &kVersionIdText, IsVersionId),
      OptionalText("PolicyArn", &kArnText),
      OptionalBoolean("OnlyAttached"),
      kPolicyUsageRule,
  };
  for (const ValidationCase& one : kCases) {
    Parameters parameters;
    parameters.Set(one.name, one.value);
    const std::string message(Validate(parameters, rules).message());
    const std::string must = "Member must ";
    const size_t at = message.find(must);
    EXPECT_EQ(at == std::string::npos ? "" : message.substr(at + must.size()), one.violation)
        << one.name << " " << one.value;
    if (one.violation.empty()) {
      EXPECT_EQ(message, "");
    }
  }
}

TEST(Parameters, AllViolationsInOneMessage) {
  const ParameterRule rules[] = {
      RequiredText("UserName", &kUserNameText),
      RequiredText("SAMLProviderArn", &kArnText),
      ListOf(OptionalOneOf("Filter", kPolicyUsages)),
      ListOf(RequiredText("PolicyInputList", &kPolicyDocumentText)),
  };
  EXPECT_EQ(ErrorText(Validate(ParametersOf({{"SAMLProviderArn", "short"},
                                             {"Filter", "PermissionsPolicy"},
                                             {"Filter", "x"},
                                             {"Other", "ignored"}}),
                               rules)),
            "ValidationError: 4 validation errors detected: Value null at 'userName' failed to "
            "satisfy constraint: Member must not be null; Value 'short' at 'sAMLProviderArn' "
            "failed to satisfy constraint: Member must have length greater than or equal to 20; "
            "Value 'x' at 'filter.2.member' failed to satisfy constraint: Member must satisfy "
            "enum value set: [PermissionsPolicy, PermissionsBoundary]; Value null at "
            "'policyInputList' failed to satisfy constraint: Member must not be null");
}

TEST(Parameters, NumberOfElements) {
  ParameterRule rule = ListOf(OptionalOneOf("Filter", kPolicyUsages));
  rule.elements_max = 2;
  Parameters parameters;
  for (int i = 0; i < 2; ++i) parameters.Append("Filter", "PermissionsPolicy");
  EXPECT_TRUE(Validate(parameters, {rule}).ok());
  parameters.Append("Filter", "PermissionsPolicy");
  EXPECT_FALSE(Validate(parameters, {rule}).ok());
}

}  // namespace
}  // namespace portcullis::inventory
