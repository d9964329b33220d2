#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/policy/arn.h"
#include "server/store/build_internal.h"

namespace portcullis::store {
namespace {

// AWS's own documentation writes AKIAIOSFODNN7EXAMPLE: 20 characters, but the API takes 16 to 128.
constexpr std::string_view kLongTermKeyPrefix = "AKIA";
constexpr size_t kSerialNumberLengthMin = 9;
constexpr size_t kSerialNumberLengthMax = 256;

bool IsHardwareSerialNumber(std::string_view text) {
  return text.size() >= kSerialNumberLengthMin && IsEntityName(text, kSerialNumberLengthMax);
}

// `arn:P:iam::A:mfa/...` of the account itself, or the number printed on a token.
bool IsSerialNumber(const BuildContext& context, std::string_view text, const Account& account) {
  if (text.size() > kSerialNumberLengthMax) return false;
  if (!text.starts_with("arn:")) return IsHardwareSerialNumber(text);
  const std::string prefix = base::StrCat("arn:", context.partition, ":iam::", account.id, ":mfa/");
  if (!text.starts_with(prefix)) return false;
  const std::string_view rest = text.substr(prefix.size());
  const size_t slash = rest.rfind('/');
  if (slash == std::string_view::npos) return IsEntityName(rest, 226);
  return IsEntityPath(base::StrCat("/", rest.substr(0, slash + 1))) &&
         IsEntityName(rest.substr(slash + 1), 226);
}

void CheckRange(BuildContext& context, const FileDefinitions& file, base::Position position,
                std::string_view name, int64_t value, int64_t min, int64_t max) {
  if (position.line == 0 || (value >= min && value <= max)) return;
  context.Error(file, position, base::StrCat("`", name, "` must be ", min, " to ", max));
}

//
PasswordPolicy BuildPasswordPolicy(BuildContext& context, const FileDefinitions& file,
                                   const PasswordPolicyDefinition& definition) {
  const PasswordPolicy& policy = definition.policy;
  CheckRange(context, file, definition.minimum_password_length, "MinimumPasswordLength",
             policy.minimum_password_length, kPasswordLengthMin, kPasswordLengthMax);
  CheckRange(context, file, definition.max_password_age, "MaxPasswordAge",
             policy.max_password_age_days, 0, kPasswordAgeDaysMax);
  CheckRange(context, file, definition.password_reuse_prevention, "PasswordReusePrevention",
             policy.password_reuse_prevention, 0, kPasswordReusePreventionMax);
  return policy;
}

void EnterAlias(BuildContext& context, const FileDefinitions& file, const Located& alias,
                const Account& account) {
  if (alias.text.empty()) return;
  if (!IsAccountAlias(alias.text)) {
    context.Error(file, alias.position,
                  base::StrCat("account alias ", base::Quoted(alias.text),
                               " must be 3 to 63 lower-case letters, digits and single inner "
                               "hyphens, and not 12 digits"));
  } else if (!context.tables->accounts_by_alias.emplace(account.alias, &account).second) {
    context.Error(
        file, alias.position,
        base::StrCat("account alias ", base::Quoted(alias.text), " is taken by another account"));
  }
}

// nullptr, and an error, if there cannot be such an account.
Account* BuildAccount(BuildContext& context, const FileDefinitions& file,
                      const AccountDefinition& definition) {
  SnapshotTables& tables = *context.tables;
  const std::string& id = definition.id.text;
  if (!policy::IsAccountId(id)) {
    context.Error(file, definition.id.position,
                  base::StrCat("account id ", base::Quoted(id), " is not 12 digits"));
    return nullptr;
  }
  if (const Account* other = FindIn(tables.accounts_by_id, id)) {
    context.Error(file, definition.id.position,
                  base::StrCat("account ", base::Quoted(id), " is already declared at ",
                               FormatOrigin(other->origin)));
    return nullptr;
  }
  auto account = std::make_unique<Account>();
  account->id = id;
  account->alias = definition.alias.text;
  account->partition = context.partition;
  account->root_arn = base::StrCat("arn:", context.partition, ":iam::", id, ":root");
  account->external = definition.external;
  account->suspended = definition.suspended;
  account->create_date = definition.create_date;
  if (definition.password_policy.has_value()) {
    account->password_policy = BuildPasswordPolicy(context, file, *definition.password_policy);
  }
  account->origin = OriginOf(file, definition.id);
  EnterAlias(context, file, definition.alias, *account);
  if (definition.external &&
      !(definition.root_access_keys.empty() && definition.root_mfa_devices.empty())) {
    context.Error(file, definition.id.position,
                  base::StrCat("account ", base::Quoted(id),
                               " is external and cannot have credentials here"));
  }
  if (definition.external && definition.password_policy.has_value()) {
    context.Error(file, definition.id.position,
                  base::StrCat("account ", base::Quoted(id),
                               " is external and cannot have a password policy here"));
  }
  tables.accounts_by_id.emplace(account->id, account.get());
  tables.accounts.push_back(std::move(account));
  return tables.accounts.back().get();
}

}  // namespace

std::vector<const AccessKey*> AddAccessKeys(BuildContext& context, const FileDefinitions& file,
                                            const std::vector<AccessKeyDefinition>& keys,
                                            const Account& account, const User* user) {
  SnapshotTables& tables = *context.tables;
  std::vector<const AccessKey*> added;
  for (const AccessKeyDefinition& definition : keys) {
    const std::string& id = definition.id.text;
    if (!IsUniqueId(id, kLongTermKeyPrefix)) {
      context.Error(file, definition.id.position,
                    base::StrCat("access key id ", base::Quoted(id),
                                 " must begin with `AKIA` and have 16 to 128 letters and digits"));
      continue;
    }
    auto key = std::make_unique<AccessKey>();
    key->id = id;
    key->secret = definition.secret.view();
    key->status = definition.active ? AccessKeyStatus::kActive : AccessKeyStatus::kInactive;
    key->create_date = definition.create_date.value_or(absl::UnixEpoch());
    key->account = &account;
    key->user = user;
    if (definition.secret.empty()) {
      context.Error(file, definition.id.position,
                    base::StrCat("access key ", base::Quoted(id), " has no secret"));
    }
    if (!tables.access_keys_by_id.emplace(key->id, key.get()).second) {
      context.Error(file, definition.id.position,
                    base::StrCat("access key id ", base::Quoted(id), " is given twice"));
      continue;
    }
    added.push_back(key.get());
    tables.access_keys.push_back(std::move(key));
  }
  if (!keys.empty()) {
    context.CheckQuota(keys.size(), context.quotas.access_keys_per_user, "AccessKeysPerUser", file,
                       keys.back().id.position);
  }
  return added;
}

std::vector<const MfaDevice*> AddMfaDevices(BuildContext& context, const FileDefinitions& file,
                                            const std::vector<MfaDeviceDefinition>& devices,
                                            const Account& account, const User* user) {
  SnapshotTables& tables = *context.tables;
  std::vector<const MfaDevice*> added;
  for (const MfaDeviceDefinition& definition : devices) {
    const Located& serial_number = definition.serial_number;
    if (!IsSerialNumber(context, serial_number.text, account)) {
      context.Error(file, serial_number.position,
                    base::StrCat("serial number ", base::Quoted(serial_number.text),
                                 " is neither an ARN such as `arn:", context.partition,
                                 ":iam::", account.id, ":mfa/NAME` nor that of a hardware token"));
      continue;
    }
    auto device = std::make_unique<MfaDevice>();
    device->serial_number = serial_number.text;
    device->seed = definition.seed.view();
    device->user = user;
    device->account = &account;
    device->tags = BuildTags(context, file, definition.tags, TagKeys::kCaseSensitive);
    device->enable_date = definition.enable_date;
    if (!tables.mfa_devices_by_serial_number.emplace(device->serial_number, device.get()).second) {
      context.Error(file, serial_number.position,
                    base::StrCat("MFA device ", base::Quoted(serial_number.text),
                                 " is given twice; a device belongs to one user"));
      continue;
    }
    added.push_back(device.get());
    tables.mfa_devices.push_back(std::move(device));
  }
  if (!devices.empty()) {
    context.CheckQuota(devices.size(), context.quotas.mfa_devices_per_user, "MFADevicesPerUser",
                       file, devices.back().serial_number.position);
  }
  return added;
}

void BuildAccounts(BuildContext& context) {
  for (const auto& file : context.files) {
    for (const AccountDefinition& definition : file->accounts) {
      Account* account = BuildAccount(context, *file, definition);
      if (account == nullptr || account->external) continue;
      account->root_access_keys =
          AddAccessKeys(context, *file, definition.root_access_keys, *account, nullptr);
      account->root_mfa_devices =
          AddMfaDevices(context, *file, definition.root_mfa_devices, *account, nullptr);
    }
  }
}

}  // namespace portcullis::store
