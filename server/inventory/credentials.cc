// ListAccessKeys, ListMFADevices, ListVirtualMFADevices, GetMFADevice, ListMFADeviceTags,
// GetLoginProfile.
#include <optional>

#include "server/base/text.h"
#include "server/inventory/listings_internal.h"
#include "server/inventory/lookups_internal.h"
#include "server/inventory/rules.h"
#include "server/inventory/shapes.h"
#include "server/policy/arn.h"

namespace portcullis::inventory {
namespace {

using base::Shape;
using store::AccessKey;
using store::MfaDevice;

constexpr std::string_view kAssigned = "Assigned";
constexpr std::string_view kUnassigned = "Unassigned";
constexpr std::string_view kAssignments[] = {kAssigned, kUnassigned, "Any"};
constexpr ParameterRule kOfUser[] = {OptionalText("UserName", &kExistingUserNameText), kMarkerRule,
                                     kMaxItemsRule};
constexpr ParameterRule kListVirtual[] = {OptionalOneOf("AssignmentStatus", kAssignments),
                                          kMarkerRule, kMaxItemsRule};
constexpr ParameterRule kGetDevice[] = {RequiredText("SerialNumber", &kSerialNumberText),
                                        OptionalText("UserName", &kUserNameText)};
constexpr ParameterRule kListDeviceTags[] = {RequiredText("SerialNumber", &kSerialNumberText),
                                             kMarkerRule, kMaxItemsRule};
constexpr ParameterRule kGetLoginProfile[] = {OptionalText("UserName", &kUserNameText)};

// ---- Access keys ----

Shape AccessKeyShape(const Subject& owner, const AccessKey& key) {
  Shape shape = Shape::Structure();
  shape.Add("UserName", SubjectName(owner));
  shape.Add("AccessKeyId", std::string_view(key.id));
  shape.Add("Status", key.status == store::AccessKeyStatus::kActive ? "Active" : "Inactive");
  shape.Add("CreateDate", Shape::Time(key.create_date));
  return shape;
}

absl::StatusOr<Shape> ListAccessKeys(const Scope& scope, const Parameters& parameters) {
  ASSIGN_OR_RETURN(const Subject owner, FindSubject(scope, parameters));
  const std::vector<const AccessKey*>& keys =
      owner.user != nullptr ? owner.user->access_keys : scope.account.root_access_keys;
  return ListByKey(
      "ListAccessKeys", parameters, "AccessKeyMetadata", keys,
      [](const AccessKey* key) { return std::string_view(key->id); },
      [&](const AccessKey* key) { return AccessKeyShape(owner, *key); });
}

// ---- MFA devices ----

std::string_view SerialNumberOf(const MfaDevice* device) {
  return device->serial_number;
}

const std::vector<const MfaDevice*>& DevicesOf(const Scope& scope, const Subject& owner) {
  return owner.user != nullptr ? owner.user->mfa_devices : scope.account.root_mfa_devices;
}

absl::StatusOr<Shape> ListMfaDevices(const Scope& scope, const Parameters& parameters) {
  ASSIGN_OR_RETURN(const Subject owner, FindSubject(scope, parameters));
  return ListByKey("ListMFADevices", parameters, "MFADevices", DevicesOf(scope, owner),
                   SerialNumberOf, [&](const MfaDevice* device) {
                     Shape shape = Shape::Structure();
                     shape.Add("UserName", SubjectName(owner));
                     shape.Add("SerialNumber", std::string_view(device->serial_number));
                     shape.Add("EnableDate", Shape::Time(DateOf(device->enable_date)));
                     return shape;
                   });
}

// Virtual devices have ARNs `...:mfa/Name`; others a serial number or another kind of ARN.
bool IsVirtual(const MfaDevice& device) {
  const std::optional<policy::ArnView> arn = policy::ArnView::Parse(device.serial_number);
  return arn.has_value() && arn->service == "iam" && arn->resource.starts_with("mfa/");
}

// Without the seed, which AWS shows only to whoever creates the device.
Shape VirtualDeviceShape(const Scope& scope, const MfaDevice& device) {
  Shape shape = Shape::Structure();
  shape.Add("SerialNumber", std::string_view(device.serial_number));
  shape.Add("User", device.user != nullptr ? UserShape(*device.user) : RootShape(scope.account));
  shape.Add("EnableDate", Shape::Time(DateOf(device.enable_date)));
  AddTags(device.tags, &shape);
  return shape;
}

// Devices are defined with the users that have them, so all are assigned.
absl::StatusOr<Shape> ListVirtualDevices(const Scope& scope, const Parameters& parameters) {
  std::vector<const MfaDevice*> devices;
  for (const auto& device : scope.snapshot.mfa_devices()) {
    if (device->account == &scope.account && IsVirtual(*device)) devices.push_back(device.get());
  }
  if (parameters.Get("AssignmentStatus") == kUnassigned) devices.clear();
  return ListByKey("ListVirtualMFADevices", parameters, "VirtualMFADevices", devices,
                   SerialNumberOf,
                   [&](const MfaDevice* device) { return VirtualDeviceShape(scope, *device); });
}

absl::StatusOr<std::string> VirtualDevicesArn(const Scope& scope, const Parameters&) {
  return AccountArn(scope, "mfa/");
}

absl::StatusOr<const MfaDevice*> FindDevice(const Scope& scope, const Parameters& parameters) {
  const std::string& serial_number = parameters.Get("SerialNumber");
  const MfaDevice* const device = scope.snapshot.FindMfaDevice(serial_number);
  if (device != nullptr && device->account == &scope.account) return device;
  return NoSuchEntity(
      base::Concat({"MFA device with serial number ", serial_number, " does not exist."}));
}

absl::StatusOr<Shape> GetMfaDevice(const Scope& scope, const Parameters& parameters) {
  ASSIGN_OR_RETURN(const Subject owner, FindSubject(scope, parameters));
  ASSIGN_OR_RETURN(const MfaDevice* device, FindDevice(scope, parameters));
  if (device->user != owner.user) {
    return NoSuchEntity(base::Concat({"MFA device with serial number ", device->serial_number,
                                      " is not of user ", SubjectName(owner), "."}));
  }
  Shape result = Shape::Structure();
  result.Add("UserName", SubjectName(owner));
  result.Add("SerialNumber", std::string_view(device->serial_number));
  result.Add("EnableDate", Shape::Time(DateOf(device->enable_date)));
  return result;
}

absl::StatusOr<Shape> ListDeviceTags(const Scope& scope, const Parameters& parameters) {
  ASSIGN_OR_RETURN(const MfaDevice* device, FindDevice(scope, parameters));
  return ListTags("ListMFADeviceTags", parameters, device->tags);
}

// ---- Passwords ----

absl::StatusOr<Shape> GetLoginProfile(const Scope& scope, const Parameters& parameters) {
  ASSIGN_OR_RETURN(const Subject owner, FindSubject(scope, parameters));
  if (owner.user == nullptr || !owner.user->login_profile.has_value()) {
    return NoSuchEntity(
        base::Concat({"Login Profile for User ", SubjectName(owner), " cannot be found."}));
  }
  const store::LoginProfile& profile = *owner.user->login_profile;
  Shape shape = Shape::Structure();
  shape.Add("UserName", SubjectName(owner));
  shape.Add("CreateDate", Shape::Time(DateOf(profile.create_date)));
  shape.Add("PasswordResetRequired", Shape::Boolean(profile.password_reset_required));
  return ResultOf("LoginProfile", std::move(shape));
}

constexpr Operation kOperations[] = {
    {"ListAccessKeys", kOfUser, SubjectArn, ListAccessKeys},
    {"ListMFADevices", kOfUser, SubjectArn, ListMfaDevices},
    {"ListVirtualMFADevices", kListVirtual, VirtualDevicesArn, ListVirtualDevices},
    {"GetMFADevice", kGetDevice, SubjectArn, GetMfaDevice},
    {"ListMFADeviceTags", kListDeviceTags, DeviceArn, ListDeviceTags},
    {"GetLoginProfile", kGetLoginProfile, SubjectArn, GetLoginProfile},
};

}  // namespace

absl::Span<const Operation> CredentialOperations() {
  return kOperations;
}

}  // namespace portcullis::inventory
