#include "gtest/gtest.h"

#include "tests/unit/inventory/world.h"

namespace portcullis::inventory {
namespace {

constexpr std::string_view kAnasKeys =
    R"({"AccessKeyMetadata":[{"UserName":"ana","AccessKeyId":"AKIAANA0000000000001",)"
    R"("Status":"Active","CreateDate":"2024-03-01T00:00:00Z"},)"
    R"({"UserName":"ana","AccessKeyId":"AKIAANA0000000000002",)"
    R"("Status":"Inactive","CreateDate":"2024-03-01T00:00:00Z"}],"IsTruncated":false})";
constexpr std::string_view kAnasDevices =
    R"({"MFADevices":[{"UserName":"ana","SerialNumber":"GAHT12345678",)"
    R"("EnableDate":"2024-04-01T00:00:00Z"},)"
    R"({"UserName":"ana","SerialNumber":"arn:aws:iam::111111111111:mfa/ana",)"
    R"("EnableDate":"2024-04-01T00:00:00Z"}],"IsTruncated":false})";
constexpr std::string_view kWhichUser =
    "ValidationError: Must specify userName when calling with non-User credentials";

TEST(Credentials, AccessKeys) {
  World world;
  const std::string none = R"({"AccessKeyMetadata":[],"IsTruncated":false})";
  ExpectCalls(world, {
                         {"ListAccessKeys", {{"UserName", "ana"}}, kAnasKeys},
                         {"ListAccessKeys", {}, kAnasKeys},
                         {"ListAccessKeys", {{"UserName", "zoe"}}, none},
                         {"ListAccessKeys",
                          {{"UserName", "eve"}},
                          "NoSuchEntity: The user with name eve cannot be found."},
                     });
  EXPECT_EQ(world.Pages("ListAccessKeys", {}, "AccessKeyMetadata", "AccessKeyId", 1),
            "AKIAANA0000000000001|AKIAANA0000000000002");
  world.CallAsRole();
  EXPECT_EQ(world.Call("ListAccessKeys"), kWhichUser);
  world.CallAsRoot();
  EXPECT_EQ(world.Call("ListAccessKeys"),
            R"({"AccessKeyMetadata":[{"UserName":"<root_account>",)"
            R"("AccessKeyId":"AKIAROOTROOTROOTROOT","Status":"Inactive",)"
            R"("CreateDate":"2024-03-01T00:00:00Z"}],"IsTruncated":false})");
}

TEST(Credentials, SecretsAreNeverShown) {
  World world;
  for (const Operation& operation : Operations()) {
    const std::string shown = world.Call(operation.name);
    EXPECT_EQ(shown.find("wJalrXUtnFEMI"), std::string::npos) << operation.name;
  }
}

TEST(Credentials, MfaDevices) {
  World world;
  ExpectCalls(
      world,
      {
          {"ListMFADevices", {{"UserName", "ana"}}, kAnasDevices},
          {"ListMFADevices", {}, kAnasDevices},
          {"ListMFADevices", {{"UserName", "Bob"}}, R"({"MFADevices":[],"IsTruncated":false})"},
      });
  world.CallAsRole();
  EXPECT_EQ(world.Call("ListMFADevices"), kWhichUser);
  world.CallAsRoot();
  EXPECT_EQ(world.Pages("ListMFADevices", {}, "MFADevices", "SerialNumber", 1),
            "arn:aws:iam::111111111111:mfa/root");
}

TEST(Credentials, VirtualMfaDevices) {
  const World world;
  constexpr std::string_view kList = "ListVirtualMFADevices";
  const std::string devices =
      "arn:aws:iam::111111111111:mfa/ana|arn:aws:iam::111111111111:mfa/root";
  EXPECT_EQ(world.Pages(kList, {}, "VirtualMFADevices", "SerialNumber", 1), devices);
  for (const std::string status : {"Any", "Assigned"}) {
    EXPECT_EQ(
        world.Pages(kList, {{"AssignmentStatus", status}}, "VirtualMFADevices", "SerialNumber", 1),
        devices);
  }
  EXPECT_EQ(world.Call(kList, {{"AssignmentStatus", "Unassigned"}}),
            R"({"VirtualMFADevices":[],"IsTruncated":false})");
  const absl::StatusOr<base::Shape> result = world.Read(kList, {});
  ASSERT_TRUE(result.ok()) << result.status();
  const base::Shape& ana = result->Find("VirtualMFADevices")->members()[0].value;
  EXPECT_EQ(ana.Find("User")->Find("UserName")->text(), "ana");
  EXPECT_EQ(ana.Find("Tags")->members()[0].value.Find("Key")->text(), "desk");
  EXPECT_EQ(ana.Find("Base32StringSeed"), nullptr);
  const base::Shape& root = result->Find("VirtualMFADevices")->members()[1].value;
  EXPECT_EQ(root.Find("User")->Find("Arn")->text(), "arn:aws:iam::111111111111:root");
}

TEST(Credentials, OneMfaDevice) {
  const World world;
  const std::string serial = "arn:aws:iam::111111111111:mfa/ana";
  ExpectCalls(
      world,
      {
          {"GetMFADevice",
           {{"SerialNumber", serial}, {"UserName", "ana"}},
           R"({"UserName":"ana","SerialNumber":"arn:aws:iam::111111111111:mfa/ana",)"
           R"("EnableDate":"2024-04-01T00:00:00Z"})"},
          {"GetMFADevice",
           {{"SerialNumber", serial}, {"UserName", "Bob"}},
           "NoSuchEntity: MFA device with serial number arn:aws:iam::111111111111:mfa/ana is not "
           "of user Bob."},
          {"GetMFADevice",
           {{"SerialNumber", "GAHT00000000"}},
           "NoSuchEntity: MFA device with serial number GAHT00000000 does not exist."},
          {"ListMFADeviceTags",
           {{"SerialNumber", serial}},
           R"({"Tags":[{"Key":"desk","Value":"4"}],"IsTruncated":false})"},
          {"ListMFADeviceTags",
           {{"SerialNumber", "GAHT12345678"}},
           R"({"Tags":[],"IsTruncated":false})"},
      });
}

TEST(Credentials, LoginProfiles) {
  World world;
  ExpectCalls(world, {
                         {"GetLoginProfile",
                          {},
                          R"({"LoginProfile":{"UserName":"ana",)"
                          R"("CreateDate":"2024-05-01T00:00:00Z","PasswordResetRequired":false}})"},
                         {"GetLoginProfile",
                          {{"UserName", "zoe"}},
                          "NoSuchEntity: Login Profile for User zoe cannot be found."},
                         {"GetLoginProfile",
                          {{"UserName", "eve"}},
                          "NoSuchEntity: The user with name eve cannot be found."},
                     });
  world.CallAsRole();
  EXPECT_EQ(world.Call("GetLoginProfile"), kWhichUser);
}

TEST(Credentials, Resources) {
  World world;
  for (const std::string_view operation :
       {"ListAccessKeys", "ListMFADevices", "GetLoginProfile", "GetMFADevice"}) {
    EXPECT_EQ(world.Resource(operation), "arn:aws:iam::111111111111:user/ana");
    EXPECT_EQ(world.Resource(operation, {{"UserName", "Bob"}}),
              "arn:aws:iam::111111111111:user/eng/Bob");
  }
  EXPECT_EQ(world.Resource("ListVirtualMFADevices"), "arn:aws:iam::111111111111:mfa/");
  EXPECT_EQ(world.Resource("ListMFADeviceTags", {{"SerialNumber", "GAHT12345678"}}),
            "arn:aws:iam::111111111111:mfa/GAHT12345678");
}

}  // namespace
}  // namespace portcullis::inventory
