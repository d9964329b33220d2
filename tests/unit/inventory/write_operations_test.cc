#include "server/inventory/write_operations.h"

#include <algorithm>

#include "gtest/gtest.h"

#include "tests/unit/inventory/world.h"

namespace portcullis::inventory {
namespace {

std::string Refusal(const World& world, std::string_view operation, const Given& given) {
  const WriteOperation* const row = FindWriteOperation(operation);
  if (row == nullptr) return "no such operation";
  return ErrorText(RefuseWrite(*row, world.scope(), ParametersOf(given)));
}

std::string ResourceOf(const World& world, std::string_view operation, const Given& given) {
  const WriteOperation* const row = FindWriteOperation(operation);
  if (row == nullptr) return "no such operation";
  const auto resource = inventory::ResourceOf(*row, world.scope(), ParametersOf(given));
  return resource.ok() ? *resource : ErrorText(resource.status());
}

struct WriteCase {
  std::string_view operation;
  Given given;
  std::string_view resource;
  std::string_view advice;
};

const std::string kArnPrefix = "arn:aws:iam::111111111111:";

const WriteCase kCases[] = {
    {"AttachUserPolicy",
     {{"UserName", "Bob"}},
     "user/eng/Bob",
     "Edit the user `Bob` in world.yaml, line 41."},
    {"DeleteUser",
     {{"UserName", "nobody"}},
     "user/nobody",
     "None of them defines the user `nobody` in account 111111111111."},
    {"DeleteUser",
     {{"UserName", "eve"}},
     "user/eve",
     "None of them defines the user `eve` in account 111111111111."},
    {"CreateAccessKey", {}, "user/ana", "Edit the user `ana` in world.yaml, line 40."},
    {"ChangePassword", {}, "user/ana", "Edit the user `ana` in world.yaml, line 40."},
    {"AddUserToGroup",
     {{"GroupName", "devs"}, {"UserName", "zoe"}},
     "group/eng/devs",
     "Edit the group `devs` in world.yaml, line 30."},
    {"PutRolePolicy",
     {{"RoleName", "deploy"}},
     "role/ci/deploy",
     "Edit the role `deploy` in world.yaml, line 51."},
    {"TagInstanceProfile",
     {{"InstanceProfileName", "web"}},
     "instance-profile/ec2/web",
     "Edit the instance-profile `web` in world.yaml, line 60."},
    {"CreatePolicyVersion",
     {{"PolicyArn", kArnPrefix + "policy/shared/Shared"}},
     "policy/shared/Shared",
     "Edit the managed policy `arn:aws:iam::111111111111:policy/shared/Shared` in world.yaml, "
     "line 20."},
    {"TagOpenIDConnectProvider",
     {{"OpenIDConnectProviderArn", kArnPrefix + "oidc-provider/token.example.com/x"}},
     "oidc-provider/token.example.com/x",
     "Edit the OpenID Connect provider "
     "`arn:aws:iam::111111111111:oidc-provider/token.example.com/x` in world.yaml, line 70."},
    {"DeleteSAMLProvider",
     {{"SAMLProviderArn", kArnPrefix + "saml-provider/Corp"}},
     "saml-provider/Corp",
     "Edit the SAML provider `arn:aws:iam::111111111111:saml-provider/Corp` in world.yaml, line "
     "71."},
    {"TagMFADevice",
     {{"SerialNumber", kArnPrefix + "mfa/ana"}},
     "mfa/ana",
     "Edit the MFA device `arn:aws:iam::111111111111:mfa/ana` in world.yaml, line 40."},
    {"CreateUser",
     {{"UserName", "new"}},
     "user/new",
     "Add the user `new` of account 111111111111 to one of them."},
    {"CreateUser",
     {{"UserName", "new"}, {"Path", "/eng/"}},
     "user/eng/new",
     "Add the user `new` of account 111111111111 to one of them."},
    {"CreateRole",
     {{"RoleName", "new"}, {"Path", "bad"}},
     "role/new",
     "Add the role `new` of account 111111111111 to one of them."},
    {"CreatePolicy",
     {{"PolicyName", "P"}, {"Path", "/a/"}},
     "policy/a/P",
     "Add the managed policy `P` of account 111111111111 to one of them."},
    {"CreateOpenIDConnectProvider",
     {{"Url", "https://new.example.com"}},
     "oidc-provider/new.example.com",
     "Add the OpenID Connect provider `https://new.example.com` of account 111111111111 to one "
     "of them."},
    {"CreateVirtualMFADevice",
     {{"VirtualMFADeviceName", "m"}},
     "mfa/m",
     "Add the MFA device `m` of account 111111111111 to one of them."},
};

TEST(WriteOperations, NameTheFileToEdit) {
  const World world;
  for (const WriteCase& one : kCases) {
    EXPECT_EQ(ResourceOf(world, one.operation, one.given), kArnPrefix + std::string(one.resource));
    EXPECT_EQ(Refusal(world, one.operation, one.given),
              "AccessDenied: iam:" + std::string(one.operation) +
                  " cannot be called here: accounts and policies are read from files. " +
                  std::string(one.advice));
  }
}

TEST(WriteOperations, OfTheAccountAndThePlatform) {
  World world;
  EXPECT_EQ(ResourceOf(world, "CreateAccountAlias", {}), "*");
  EXPECT_EQ(Refusal(world, "UpdateAccountPasswordPolicy", {}),
            "AccessDenied: iam:UpdateAccountPasswordPolicy cannot be called here: accounts and "
            "policies are read from files. Edit the account `111111111111` in world.yaml, line 3.");
  const std::string arn = "arn:aws:iam::aws:policy/AdministratorAccess";
  EXPECT_EQ(Refusal(world, "DeletePolicy", {{"PolicyArn", arn}}),
            "AccessDenied: iam:DeletePolicy cannot be called here: accounts and policies are read "
            "from files. The managed policy `" +
                arn + "` is built in and cannot be changed.");
  EXPECT_EQ(ResourceOf(world, "CreateServiceLinkedRole", {{"AWSServiceName", "x.amazonaws.com"}}),
            "arn:aws:iam::111111111111:role/aws-service-role/x.amazonaws.com/");
  world.CallAsRole();
  EXPECT_EQ(ResourceOf(world, "CreateAccessKey", {}),
            "ValidationError: Must specify userName when calling with non-User credentials");
  world.CallAsRoot();
  EXPECT_EQ(ResourceOf(world, "CreateAccessKey", {}), "arn:aws:iam::111111111111:root");
}

TEST(WriteOperations, AreSortedAndNoReads) {
  const auto rows = WriteOperations();
  EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end(),
                             [](const auto& a, const auto& b) { return a.name < b.name; }));
  for (const WriteOperation& row : rows) {
    EXPECT_EQ(FindOperation(row.name), nullptr) << row.name;
    EXPECT_EQ(FindWriteOperation(row.name), &row);
    EXPECT_TRUE(row.kind == EntityKind::kAccount || !row.parameter.name.empty()) << row.name;
  }
  for (const std::string_view name : {"", "AAA", "ListUsers", "createuser", "Zzz"}) {
    EXPECT_EQ(FindWriteOperation(name), nullptr) << name;
  }
}

}  // namespace
}  // namespace portcullis::inventory
