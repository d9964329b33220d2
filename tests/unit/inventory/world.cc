#include "tests/unit/inventory/world.h"

#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "server/base/json_writer.h"
#include "server/base/text.h"

namespace portcullis::inventory {
namespace {

using policy::PolicyType;
using store::At;

constexpr std::string_view kAllowGet =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject",)"
    R"("Resource":"arn:aws:s3:::b/${aws:username}",)"
    R"("Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}]})";
constexpr std::string_view kAllowList =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket",)"
    R"("Resource":"*","Condition":{"StringLike":{"s3:prefix":"home/*"}}}]})";
constexpr std::string_view kAdministrator = "arn:aws:iam::aws:policy/AdministratorAccess";

struct Version {
  std::string_view id;
  std::string_view document;
  std::optional<absl::Time> create_date;
};

std::string PolicyArnOf(std::string_view path_and_name) {
  return base::Concat({"arn:aws:iam::", kDev, ":policy", path_and_name});
}

store::TagDefinition Tag(std::string_view key, std::string_view value) {
  return {At(key, 1), At(value, 1)};
}

store::AccessKeyDefinition Key(std::string_view id, bool active) {
  store::AccessKeyDefinition key;
  key.id = At(id, 1);
  key.secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
  key.active = active;
  key.create_date = Day("2024-03-01");
  return key;
}

store::MfaDeviceDefinition Device(std::string_view serial_number) {
  store::MfaDeviceDefinition device;
  device.serial_number = At(serial_number, 1);
  device.enable_date = Day("2024-04-01");
  return device;
}

state::ActivityOptions Quiet() {
  state::ActivityOptions options;
  options.flush_interval = absl::InfiniteDuration();
  return options;
}

}  // namespace

absl::Time Day(std::string_view date) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%d", base::AbslView(date), &time, &error)) << error;
  return time;
}

Parameters ParametersOf(const Given& given) {
  Parameters parameters;
  for (const auto& [name, value] : given) parameters.Append(name, value);
  return parameters;
}

std::string ErrorText(const absl::Status& status) {
  return base::Concat({base::ReasonOf(status), ": ", std::string(status.message())});
}

World::World() {
  database = *state::Database::Open({});
  activity = std::make_unique<state::ActivityTracker>(database.get(), Quiet());
  store::AccountDefinition& account = file.Account(kDev, 3);
  account.alias = At("dev", 1);
  account.create_date = Day("2020-01-01");
  account.root_access_keys.push_back(Key("AKIAROOTROOTROOTROOT", false));
  account.root_mfa_devices.push_back(Device("arn:aws:iam::111111111111:mfa/root"));
  AddPolicies();
  AddUsers();
  AddRoles();
  AddProviders();
  AddForeign();
  Build();
  CallAsUser("ana");
}

void World::AddPolicies() {
  store::ManagedPolicyDefinition& shared = file.ManagedPolicy(kDev, "Shared", 20);
  shared.path = At("/shared/", 1);
  shared.id = At("ANPASHARED00000000000", 1);
  shared.description = At("For all", 1);
  shared.tags = {Tag("team", "red"), Tag("Team", "blue")};
  shared.document = store::Policy("Shared", kAllowList, PolicyType::kManaged, 20);
  shared.default_version_id = At("v10", 1);
  for (const auto& [id, document, date] : {Version{"v9", store::kDenyAll, Day("2023-02-01")},
                                           Version{"v11", store::kAllowAll, std::nullopt}}) {
    store::PolicyVersionDefinition& version = shared.other_versions.emplace_back();
    version.id = At(id, 1);
    version.document = std::make_shared<const std::string>(document);
    version.create_date = date;
  }
  shared.create_date = Day("2023-01-01");
  shared.update_date = Day("2023-03-01");
  file.ManagedPolicy(kDev, "Limit", 21).id = At("ANPALIMIT000000000000", 1);
  file.ManagedPolicy(kDev, "Unused", 22).id = At("ANPAUNUSED0000000000", 1);
}

void World::AddUsers() {
  store::GroupDefinition& devs = file.Group(kDev, "devs", 30);
  devs.path = At("/eng/", 1);
  devs.id = At("AGPADEVS000000000000", 1);
  devs.create_date = Day("2021-01-01");
  devs.inline_policies.push_back(
      store::Policy("ListBuckets", kAllowList, PolicyType::kInlineIdentity));
  devs.managed_policy_arns = {At(PolicyArnOf("/shared/Shared"), 1)};
  file.Group(kDev, "Ops", 31).id = At("AGPAOPS0000000000000", 1);

  store::UserDefinition& ana = file.User(kDev, "ana", 40);
  ana.id = At("AIDAANA0000000000000", 1);
  ana.create_date = Day("2022-01-01");
  ana.tags = {Tag("Team", "red"), Tag("Cost", "7")};
  ana.groups = {At("devs", 1), At("Ops", 1)};
  ana.inline_policies.push_back(
      store::Policy("GetObjects", kAllowGet, PolicyType::kInlineIdentity));
  ana.managed_policy_arns = {At(PolicyArnOf("/shared/Shared"), 1), At(kAdministrator, 1)};
  ana.permissions_boundary = At(PolicyArnOf("/Limit"), 1);
  ana.access_keys.push_back(Key("AKIAANA0000000000002", false));
  ana.access_keys.push_back(Key("AKIAANA0000000000001", true));
  ana.mfa_devices.push_back(Device("arn:aws:iam::111111111111:mfa/ana"));
  ana.mfa_devices.push_back(Device("GAHT12345678"));
  ana.mfa_devices.front().tags = {Tag("desk", "4")};
  ana.login_profile.emplace();
  ana.login_profile->create_date = Day("2024-05-01");
  ana.password_last_used = Day("2024-06-01");
  store::UserDefinition& bob = file.User(kDev, "Bob", 41);
  bob.path = At("/eng/", 1);
  bob.id = At("AIDABOB0000000000000", 1);
  bob.groups = {At("devs", 1)};
  file.User(kDev, "zoe", 42).id = At("AIDAZOE0000000000000", 1);
}

void World::AddRoles() {
  store::RoleDefinition& app = file.Role(kDev, "app", 50);
  app.id = At("AROAAPP0000000000000", 1);
  store::RoleDefinition& deploy = file.Role(kDev, "deploy", 51);
  deploy.path = At("/ci/", 1);
  deploy.id = At("AROADEPLOY0000000000", 1);
  deploy.create_date = Day("2022-02-01");
  deploy.description = At("Rolls out", 1);
  deploy.max_session_duration_seconds = 7200;
  deploy.tags = {Tag("Stage", "prod")};
  deploy.inline_policies.push_back(store::Policy("A", kAllowGet, PolicyType::kInlineIdentity));
  deploy.inline_policies.push_back(store::Policy("B", kAllowList, PolicyType::kInlineIdentity));
  deploy.managed_policy_arns = {At(PolicyArnOf("/shared/Shared"), 1)};
  deploy.permissions_boundary = At(PolicyArnOf("/Limit"), 1);
  store::InstanceProfileDefinition& web = file.InstanceProfile(kDev, "web", 60);
  web.path = At("/ec2/", 1);
  web.id = At("AIPAWEB0000000000000", 1);
  web.roles = {At("app", 1)};
  web.tags = {Tag("Fleet", "blue")};
  file.InstanceProfile(kDev, "spare", 61).id = At("AIPASPARE00000000000", 1);
}

void World::AddProviders() {
  store::OidcProviderDefinition& oidc = file.OidcProvider(kDev, "https://token.example.com/x", 70);
  oidc.thumbprints = {At("990f4193972f2becf12ddeda5237f9c952f20d9e", 1)};
  oidc.tags = {Tag("Owner", "ci")};
  oidc.create_date = Day("2023-05-01");
  store::SamlProviderDefinition& saml = file.SamlProvider(kDev, "Corp", 71);
  saml.tags = {Tag("Owner", "it")};
  saml.create_date = Day("2023-06-01");
}

void World::AddForeign() {
  file.Account(kProd);
  file.User(kProd, "eve").id = At("AIDAEVE0000000000000", 1);
  file.Group(kProd, "strangers");
  file.Role(kProd, "vault");
  file.InstanceProfile(kProd, "vaults");
  file.ManagedPolicy(kProd, "Foreign");
  file.OidcProvider(kProd, "https://foreign.example.com");
  file.SamlProvider(kProd, "Foreign");
}

void World::Build() {
  const store::BuildResult built = store::BuildFrom(file);
  ASSERT_NE(built.snapshot, nullptr) << testing::PrintToString(built.diagnostics);
  const std::string user(user_ == nullptr ? std::string_view() : user_->name);
  snapshot = built.snapshot;
  if (!user.empty()) CallAsUser(user);
}

void World::CallAsUser(std::string_view name) {
  user_ = snapshot->FindUserByName(kDev, name);
  is_root_ = false;
  ASSERT_NE(user_, nullptr);
}

void World::CallAsRoot() {
  user_ = nullptr;
  is_root_ = true;
}

void World::CallAsRole() {
  user_ = nullptr;
  is_root_ = false;
}

Scope World::scope() const {
  Scope scope{*snapshot, *snapshot->FindAccount(kDev)};
  scope.user = user_;
  scope.is_root = is_root_;
  scope.activity = activity.get();
  return scope;
}

absl::StatusOr<base::Shape> World::Read(std::string_view operation, const Given& given) const {
  const Operation* const row = FindOperation(operation);
  if (row == nullptr) return absl::UnimplementedError(std::string(operation));
  const Parameters parameters = ParametersOf(given);
  if (absl::Status status = Validate(parameters, row->parameters); !status.ok()) return status;
  return row->read(scope(), parameters);
}

std::string World::Call(std::string_view operation, const Given& given) const {
  const absl::StatusOr<base::Shape> result = Read(operation, given);
  if (!result.ok()) return ErrorText(result.status());
  base::JsonWriter writer;
  base::WriteJson(*result, &writer);
  return std::string(writer.text());
}

std::string World::Resource(std::string_view operation, const Given& given) const {
  const Operation* const row = FindOperation(operation);
  if (row == nullptr) return "no such operation";
  const absl::StatusOr<std::string> resource = row->resource(scope(), ParametersOf(given));
  return resource.ok() ? *resource : ErrorText(resource.status());
}

std::string World::Pages(std::string_view operation, Given given, std::string_view member,
                         std::string_view name, int64_t max_items) const {
  given.emplace_back("MaxItems", std::to_string(max_items));
  std::string texts;
  const size_t marker_at = given.size();
  for (int page = 0; page < 100; ++page) {
    const absl::StatusOr<base::Shape> result = Read(operation, given);
    if (!result.ok()) return ErrorText(result.status());
    for (const base::Shape::Member& element : result->Find(member)->members()) {
      if (!texts.empty() && texts.back() != '|') texts.push_back(' ');
      texts.append(name.empty() ? element.value.text() : element.value.Find(name)->text());
    }
    const base::Shape* const marker = result->Find("Marker");
    EXPECT_EQ(result->Find("IsTruncated")->boolean(), marker != nullptr);
    if (marker == nullptr) return texts;
    texts.push_back('|');
    given.resize(marker_at);
    given.emplace_back("Marker", marker->text());
  }
  return "endless";
}

void ExpectCalls(const World& world, const std::vector<CallCase>& cases) {
  for (const CallCase& one : cases) {
    EXPECT_EQ(world.Call(one.operation, one.given), one.expected) << one.operation;
  }
}

void ExpectResources(const World& world, const std::vector<CallCase>& cases) {
  for (const CallCase& one : cases) {
    EXPECT_EQ(world.Resource(one.operation, one.given), one.expected) << one.operation;
  }
}

}  // namespace portcullis::inventory
