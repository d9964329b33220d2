#include "server/inventory/write_operations.h"

#include <algorithm>

#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/inventory/lookups_internal.h"
#include "server/inventory/rules.h"

namespace portcullis::inventory {
namespace {

using Kind = EntityKind;

constexpr ParameterRule kUserRule = RequiredText("UserName", &kExistingUserNameText);
constexpr ParameterRule kOptionalUserRule = OptionalText("UserName", &kExistingUserNameText);
constexpr ParameterRule kGroupRule = RequiredText("GroupName", &kGroupNameText);
constexpr ParameterRule kRoleRule = RequiredText("RoleName", &kRoleNameText);
constexpr ParameterRule kServiceRule = RequiredText("AWSServiceName", &kGroupNameText);
constexpr ParameterRule kProfileRule =
    RequiredText("InstanceProfileName", &kInstanceProfileNameText);
constexpr ParameterRule kPolicyNameRule = RequiredText("PolicyName", &kPolicyNameText);
constexpr ParameterRule kOidcRule = RequiredText("OpenIDConnectProviderArn", &kArnText);
constexpr ParameterRule kUrlRule = RequiredText("Url", &kUrlText);
constexpr ParameterRule kSamlRule = RequiredText("SAMLProviderArn", &kArnText);
constexpr ParameterRule kSamlNameRule = RequiredText("Name", &kSamlNameText);
constexpr ParameterRule kSerialNumberRule = RequiredText("SerialNumber", &kSerialNumberText);
constexpr ParameterRule kDeviceNameRule = RequiredText("VirtualMFADeviceName", &kDeviceNameText);
constexpr ParameterRule kNothing = {};  // The account.

constexpr WriteOperation kWriteOperations[] = {
    {"AddClientIDToOpenIDConnectProvider", Kind::kOidcProvider, kOidcRule},
    {"AddRoleToInstanceProfile", Kind::kInstanceProfile, kProfileRule},
    {"AddUserToGroup", Kind::kGroup, kGroupRule},
    {"AttachGroupPolicy", Kind::kGroup, kGroupRule},
    {"AttachRolePolicy", Kind::kRole, kRoleRule},
    {"AttachUserPolicy", Kind::kUser, kUserRule},
    {"ChangePassword", Kind::kUser, kOptionalUserRule},
    {"CreateAccessKey", Kind::kUser, kOptionalUserRule},
    {"CreateAccountAlias", Kind::kAccount, kNothing},
    {"CreateGroup", Kind::kGroup, kGroupRule, true},
    {"CreateInstanceProfile", Kind::kInstanceProfile, kProfileRule, true},
    {"CreateLoginProfile", Kind::kUser, kOptionalUserRule},
    {"CreateOpenIDConnectProvider", Kind::kOidcProvider, kUrlRule, true},
    {"CreatePolicy", Kind::kManagedPolicy, kPolicyNameRule, true},
    {"CreatePolicyVersion", Kind::kManagedPolicy, kPolicyArnRule},
    {"CreateRole", Kind::kRole, kRoleRule, true},
    {"CreateSAMLProvider", Kind::kSamlProvider, kSamlNameRule, true},
    {"CreateServiceLinkedRole", Kind::kRole, kServiceRule, true},
    {"CreateServiceSpecificCredential", Kind::kUser, kUserRule},
    {"CreateUser", Kind::kUser, kUserRule, true},
    {"CreateVirtualMFADevice", Kind::kMfaDevice, kDeviceNameRule, true},
    {"DeactivateMFADevice", Kind::kUser, kOptionalUserRule},
    {"DeleteAccessKey", Kind::kUser, kOptionalUserRule},
    {"DeleteAccountAlias", Kind::kAccount, kNothing},
    {"DeleteAccountPasswordPolicy", Kind::kAccount, kNothing},
    {"DeleteGroup", Kind::kGroup, kGroupRule},
    {"DeleteGroupPolicy", Kind::kGroup, kGroupRule},
    {"DeleteInstanceProfile", Kind::kInstanceProfile, kProfileRule},
    {"DeleteLoginProfile", Kind::kUser, kOptionalUserRule},
    {"DeleteOpenIDConnectProvider", Kind::kOidcProvider, kOidcRule},
    {"DeletePolicy", Kind::kManagedPolicy, kPolicyArnRule},
    {"DeletePolicyVersion", Kind::kManagedPolicy, kPolicyArnRule},
    {"DeleteRole", Kind::kRole, kRoleRule},
    {"DeleteRolePermissionsBoundary", Kind::kRole, kRoleRule},
    {"DeleteRolePolicy", Kind::kRole, kRoleRule},
    {"DeleteSAMLProvider", Kind::kSamlProvider, kSamlRule},
    {"DeleteSSHPublicKey", Kind::kUser, kUserRule},
    {"DeleteServerCertificate", Kind::kAccount, kNothing},
    {"DeleteServiceLinkedRole", Kind::kRole, kRoleRule},
    {"DeleteServiceSpecificCredential", Kind::kUser, kOptionalUserRule},
    {"DeleteSigningCertificate", Kind::kUser, kOptionalUserRule},
    {"DeleteUser", Kind::kUser, kUserRule},
    {"DeleteUserPermissionsBoundary", Kind::kUser, kUserRule},
    {"DeleteUserPolicy", Kind::kUser, kUserRule},
    {"DeleteVirtualMFADevice", Kind::kMfaDevice, kSerialNumberRule},
    {"DetachGroupPolicy", Kind::kGroup, kGroupRule},
    {"DetachRolePolicy", Kind::kRole, kRoleRule},
    {"DetachUserPolicy", Kind::kUser, kUserRule},
    {"EnableMFADevice", Kind::kUser, kUserRule},
    {"PutGroupPolicy", Kind::kGroup, kGroupRule},
    {"PutRolePermissionsBoundary", Kind::kRole, kRoleRule},
    {"PutRolePolicy", Kind::kRole, kRoleRule},
    {"PutUserPermissionsBoundary", Kind::kUser, kUserRule},
    {"PutUserPolicy", Kind::kUser, kUserRule},
    {"RemoveClientIDFromOpenIDConnectProvider", Kind::kOidcProvider, kOidcRule},
    {"RemoveRoleFromInstanceProfile", Kind::kInstanceProfile, kProfileRule},
    {"RemoveUserFromGroup", Kind::kGroup, kGroupRule},
    {"ResetServiceSpecificCredential", Kind::kUser, kOptionalUserRule},
    {"ResyncMFADevice", Kind::kUser, kUserRule},
    {"SetDefaultPolicyVersion", Kind::kManagedPolicy, kPolicyArnRule},
    {"SetSecurityTokenServicePreferences", Kind::kAccount, kNothing},
    {"TagInstanceProfile", Kind::kInstanceProfile, kProfileRule},
    {"TagMFADevice", Kind::kMfaDevice, kSerialNumberRule},
    {"TagOpenIDConnectProvider", Kind::kOidcProvider, kOidcRule},
    {"TagPolicy", Kind::kManagedPolicy, kPolicyArnRule},
    {"TagRole", Kind::kRole, kRoleRule},
    {"TagSAMLProvider", Kind::kSamlProvider, kSamlRule},
    {"TagServerCertificate", Kind::kAccount, kNothing},
    {"TagUser", Kind::kUser, kUserRule},
    {"UntagInstanceProfile", Kind::kInstanceProfile, kProfileRule},
    {"UntagMFADevice", Kind::kMfaDevice, kSerialNumberRule},
    {"UntagOpenIDConnectProvider", Kind::kOidcProvider, kOidcRule},
    {"UntagPolicy", Kind::kManagedPolicy, kPolicyArnRule},
    {"UntagRole", Kind::kRole, kRoleRule},
    {"UntagSAMLProvider", Kind::kSamlProvider, kSamlRule},
    {"UntagServerCertificate", Kind::kAccount, kNothing},
    {"UntagUser", Kind::kUser, kUserRule},
    {"UpdateAccessKey", Kind::kUser, kOptionalUserRule},
    {"UpdateAccountPasswordPolicy", Kind::kAccount, kNothing},
    {"UpdateAssumeRolePolicy", Kind::kRole, kRoleRule},
    {"UpdateGroup", Kind::kGroup, kGroupRule},
    {"UpdateLoginProfile", Kind::kUser, kUserRule},
    {"UpdateOpenIDConnectProviderThumbprint", Kind::kOidcProvider, kOidcRule},
    {"UpdateRole", Kind::kRole, kRoleRule},
    {"UpdateRoleDescription", Kind::kRole, kRoleRule},
    {"UpdateSAMLProvider", Kind::kSamlProvider, kSamlRule},
    {"UpdateSSHPublicKey", Kind::kUser, kUserRule},
    {"UpdateServerCertificate", Kind::kAccount, kNothing},
    {"UpdateServiceSpecificCredential", Kind::kUser, kOptionalUserRule},
    {"UpdateSigningCertificate", Kind::kUser, kOptionalUserRule},
    {"UpdateUser", Kind::kUser, kUserRule},
    {"UploadSSHPublicKey", Kind::kUser, kUserRule},
    {"UploadServerCertificate", Kind::kAccount, kNothing},
    {"UploadSigningCertificate", Kind::kUser, kOptionalUserRule},
};

// "user `ana`": what the operation is about.
std::string Describe(std::string_view noun, std::string_view name) {
  return base::Concat({noun, " ", base::Quoted(name)});
}

// ---- Resources ----

// `noun` with the path that a new entity is to have.
std::string NewArn(const Scope& scope, std::string_view noun, std::string_view name,
                   const Parameters& parameters) {
  const std::string& path = parameters.Get("Path");
  return AccountArn(scope,
                    base::Concat({noun, IsEntityPath(path) ? std::string_view(path) : "/", name}));
}

std::string WithoutScheme(std::string_view url) {
  const size_t scheme = url.find("://");
  return std::string(scheme == std::string_view::npos ? url : url.substr(scheme + 3));
}

std::string NewResource(const WriteOperation& operation, const Scope& scope,
                        const Parameters& parameters) {
  const std::string& name = parameters.Get(operation.parameter.name);
  switch (operation.kind) {
    case Kind::kAccount:
      break;
    case Kind::kUser:
      return NewArn(scope, "user", name, parameters);
    case Kind::kGroup:
      return NewArn(scope, "group", name, parameters);
    case Kind::kRole:
      // A service-linked role's name is the service's to choose.
      if (operation.parameter.name == kServiceRule.name) {
        return AccountArn(scope, base::Concat({"role/aws-service-role/", name, "/"}));
      }
      return NewArn(scope, "role", name, parameters);
    case Kind::kInstanceProfile:
      return NewArn(scope, "instance-profile", name, parameters);
    case Kind::kManagedPolicy:
      return NewArn(scope, "policy", name, parameters);
    case Kind::kOidcProvider:
      return AccountArn(scope, base::Concat({"oidc-provider/", WithoutScheme(name)}));
    case Kind::kSamlProvider:
      return AccountArn(scope, base::Concat({"saml-provider/", name}));
    case Kind::kMfaDevice:
      return NewArn(scope, "mfa", name, parameters);
  }
  return "*";
}

// ---- Where things are defined ----

// What a write is about, and where that stands in the files.
struct Target {
  std::string description;
  const store::Origin* origin = nullptr;  // nullptr: in no file.
};

template <typename Entity>
Target NamedTarget(const Scope& scope, const Parameters& parameters) {
  const std::string& name = parameters.Get(EntityWords<Entity>::kNameParameter);
  const Entity* const entity = FindByName(scope, name, static_cast<const Entity*>(nullptr));
  return {Describe(EntityWords<Entity>::kNoun, name),
          entity != nullptr ? &entity->origin : nullptr};
}

Target UserTarget(const Scope& scope, const Parameters& parameters) {
  if (parameters.Has("UserName")) return NamedTarget<store::User>(scope, parameters);
  if (scope.user == nullptr) return {"the root user", &scope.account.origin};
  return {Describe("user", scope.user->name), &scope.user->origin};
}

// Of something found by its ARN or serial number, of this account or the platform's.
template <typename Entity>
Target ArnTarget(std::string_view noun, std::string_view arn, const Entity* entity,
                 const Scope& scope) {
  const bool visible =
      entity != nullptr && (entity->account == &scope.account || entity->account == nullptr);
  return {Describe(noun, arn), visible ? &entity->origin : nullptr};
}

Target DeviceTarget(const std::string& serial_number, const Scope& scope) {
  const store::MfaDevice* const device = scope.snapshot.FindMfaDevice(serial_number);
  const bool visible = device != nullptr && device->account == &scope.account;
  return {Describe("MFA device", serial_number), visible ? &store::OriginOf(*device) : nullptr};
}

Target TargetOf(const WriteOperation& operation, const Scope& scope, const Parameters& parameters) {
  const std::string& name = parameters.Get(operation.parameter.name);
  switch (operation.kind) {
    case Kind::kAccount:
      break;
    case Kind::kUser:
      return UserTarget(scope, parameters);
    case Kind::kGroup:
      return NamedTarget<store::Group>(scope, parameters);
    case Kind::kRole:
      return NamedTarget<store::Role>(scope, parameters);
    case Kind::kInstanceProfile:
      return NamedTarget<store::InstanceProfile>(scope, parameters);
    case Kind::kManagedPolicy:
      return ArnTarget("managed policy", name, scope.snapshot.FindManagedPolicy(name), scope);
    case Kind::kOidcProvider:
      return ArnTarget("OpenID Connect provider", name, scope.snapshot.FindOidcProvider(name),
                       scope);
    case Kind::kSamlProvider:
      return ArnTarget("SAML provider", name, scope.snapshot.FindSamlProvider(name), scope);
    case Kind::kMfaDevice:
      return DeviceTarget(name, scope);
  }
  return {Describe("account", scope.account.id), &scope.account.origin};
}

std::string_view NounOf(Kind kind) {
  switch (kind) {
    case Kind::kAccount:
      return "account";
    case Kind::kUser:
      return "user";
    case Kind::kGroup:
      return "group";
    case Kind::kRole:
      return "role";
    case Kind::kInstanceProfile:
      return "instance profile";
    case Kind::kManagedPolicy:
      return "managed policy";
    case Kind::kOidcProvider:
      return "OpenID Connect provider";
    case Kind::kSamlProvider:
      return "SAML provider";
    case Kind::kMfaDevice:
      return "MFA device";
  }
  return "entity";
}

std::string Advice(const WriteOperation& operation, const Scope& scope,
                   const Parameters& parameters) {
  if (operation.creates) {
    return base::Concat({"Add the ", NounOf(operation.kind), " ",
                         base::Quoted(parameters.Get(operation.parameter.name)), " of account ",
                         scope.account.id, " to one of them."});
  }
  const Target target = TargetOf(operation, scope, parameters);
  if (target.origin == nullptr) {
    return base::Concat(
        {"None of them defines the ", target.description, " in account ", scope.account.id, "."});
  }
  if (target.origin->file == nullptr || target.origin->file->empty()) {
    return base::Concat({"The ", target.description, " is built in and cannot be changed."});
  }
  return base::StrCat("Edit the ", target.description, " in ", *target.origin->file, ", line ",
                      target.origin->position.line, ".");
}

}  // namespace

absl::Span<const WriteOperation> WriteOperations() {
  return kWriteOperations;
}

const WriteOperation* FindWriteOperation(std::string_view name) {
  const auto* const found = std::lower_bound(
      std::begin(kWriteOperations), std::end(kWriteOperations), name,
      [](const WriteOperation& row, std::string_view wanted) { return row.name < wanted; });
  return found != std::end(kWriteOperations) && found->name == name ? found : nullptr;
}

absl::StatusOr<std::string> ResourceOf(const WriteOperation& operation, const Scope& scope,
                                       const Parameters& parameters) {
  if (operation.creates) return NewResource(operation, scope, parameters);
  switch (operation.kind) {
    case Kind::kAccount:
      break;
    case Kind::kUser:
      return SubjectArn(scope, parameters);
    case Kind::kGroup:
      return NamedArn<store::Group>(scope, parameters);
    case Kind::kRole:
      return NamedArn<store::Role>(scope, parameters);
    case Kind::kInstanceProfile:
      return NamedArn<store::InstanceProfile>(scope, parameters);
    case Kind::kManagedPolicy:
    case Kind::kOidcProvider:
    case Kind::kSamlProvider:
      return ArnParameter(parameters, operation.parameter.name);
    case Kind::kMfaDevice:
      return DeviceArn(scope, parameters);
  }
  return "*";
}

absl::Status RefuseWrite(const WriteOperation& operation, const Scope& scope,
                         const Parameters& parameters) {
  return base::ErrorWithReason(
      absl::StatusCode::kPermissionDenied, "AccessDenied",
      base::Concat({"iam:", operation.name,
                    " cannot be called here: accounts and policies are read from files. ",
                    Advice(operation, scope, parameters)}));
}

}  // namespace portcullis::inventory
