#include "server/source/snapshot_loader.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/str_cat.h"
#include "server/source/yaml_directory_source.h"
#include "tests/unit/source/source_helpers.h"

namespace portcullis::source {
namespace {

using ::testing::IsEmpty;

std::string Report(const std::vector<store::SourceDiagnostic>& diagnostics) {
  std::string text;
  for (const auto& item : diagnostics) text += store::FormatSourceDiagnostic(item) + "\n";
  return text;
}

TEST(SnapshotLoaderTest, TheExampleConfigurationLoads) {
  YamlDirectoryOptions options;
  options.policy_directory = "config/policies";
  options.secrets_directory = "config/secrets";
  options.fixed_key_ring = TestKeyRing();
  const auto reading = YamlDirectorySource(FileSystem::System(), options).Load();
  ASSERT_TRUE(reading.ok()) << reading.status();
  SnapshotLoader loader{SnapshotLoaderOptions()};
  const auto result = loader.Load(*reading);
  EXPECT_EQ(Report(result.diagnostics), "");
  ASSERT_NE(result.snapshot, nullptr);
  const store::Snapshot& snapshot = *result.snapshot;
  EXPECT_EQ(snapshot.digest(), reading->digest);
  EXPECT_NE(snapshot.FindRole("arn:aws:iam::123456789012:role/UpdateApp"), nullptr);
  EXPECT_NE(snapshot.FindResource("arn:aws:s3:::productionapp/x"), nullptr);
  EXPECT_NE(snapshot.FindAccessKey("AKIAIOSFODNN7EXAMPLE"), nullptr);
  EXPECT_NE(snapshot.FindMfaDevice("arn:aws:iam::111111111111:mfa/ana"), nullptr);
  EXPECT_TRUE(snapshot.FindAccount("111111111111")->organization->management);
  EXPECT_FALSE(snapshot.FindAccount("999999999999")->organization.has_value());
}

// An unchanged policy body is the same object in the next snapshot.
TEST(SnapshotLoaderTest, CompiledPoliciesAreReused) {
  const std::string policies =
      "Account: \"111111111111\"\nManagedPolicies:\n- ManagedPolicyName: P\n"
      "  PolicyDocument: {Version: 2012-10-17, Statement: {Effect: Allow, Action: '*', "
      "Resource: '*'}}\n";
  SnapshotLoader loader{SnapshotLoaderOptions()};
  const auto load = [&](const char* user) {
    return loader.Load(MakeReading({{"p.yaml", policies}, {"u.yaml", SmallFile(user)}})).snapshot;
  };
  const auto first = load("ana");
  const auto second = load("bo");
  ASSERT_NE(first, nullptr);
  ASSERT_NE(second, nullptr);
  constexpr char kArn[] = "arn:aws:iam::111111111111:policy/P";
  EXPECT_EQ(first->FindManagedPolicy(kArn)->policy.policy,
            second->FindManagedPolicy(kArn)->policy.policy);
  EXPECT_EQ(second->FindUser("arn:aws:iam::111111111111:user/ana"), nullptr);
}

// What is made of a key set can be kept while its text stays the same object.
TEST(SnapshotLoaderTest, TextsOfProvidersAreReused) {
  SnapshotLoader loader{SnapshotLoaderOptions()};
  const std::string providers =
      "Account: \"111111111111\"\n"
      "OIDCProviders: [{Url: https://a.b, ClientIdList: [x], JsonWebKeySet: {File: k.json}}]\n";
  std::map<std::string, std::string> files = {
      {"k.json", "{\"keys\":[]}"}, {"p.yaml", providers}, {"u.yaml", SmallFile("ana")}};
  SourceReading reading = MakeReading(files);
  const auto first = loader.Load(reading).snapshot;
  ASSERT_NE(first, nullptr);
  const auto keys = first->oidc_providers()[0]->jwks;
  ASSERT_NE(keys, nullptr);
  EXPECT_EQ(*keys, "{\"keys\":[]}");

  files["u.yaml"] = SmallFile("bo");
  const auto second = loader.Load(MakeReading(files)).snapshot;
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(second->oidc_providers()[0]->jwks, keys);

  files["k.json"] = "{\"keys\":[{}]}";
  const auto third = loader.Load(MakeReading(files)).snapshot;
  ASSERT_NE(third, nullptr);
  EXPECT_EQ(*third->oidc_providers()[0]->jwks, "{\"keys\":[{}]}");

  files["k.json"] = "{";
  const auto broken = loader.Load(MakeReading(files));
  EXPECT_EQ(broken.snapshot, nullptr);
  EXPECT_EQ(Report(broken.diagnostics).substr(0, 10), "k.json:1:2");
}

// The document validators of the options are asked when files are read.
TEST(SnapshotLoaderTest, ValidatorsComeWithTheOptions) {
  SnapshotLoaderOptions options;
  options.limits.validate_jwks = [](std::string_view) {
    return absl::InvalidArgumentError("no usable key");
  };
  const auto result = SnapshotLoader(options).Load(MakeReading(
      {{"a.yaml",
        "Account: \"111111111111\"\n"
        "Accounts: [{AccountId: \"111111111111\"}]\n"
        "OIDCProviders: [{Url: https://a.b, ClientIdList: [x], JsonWebKeySet: {keys: []}}]\n"}}));
  EXPECT_EQ(result.snapshot, nullptr);
  EXPECT_EQ(Report(result.diagnostics),
            "a.yaml:3:70: error: key set cannot be used: no usable key\n");
}

// the operator's switch reaches the parser.
TEST(SnapshotLoaderTest, WildcardTrustNeedsTheSwitch) {
  const std::string role =
      "Account: \"111111111111\"\nAccounts: [{AccountId: \"111111111111\"}]\n"
      "Roles:\n- RoleName: R\n  AssumeRolePolicyDocument: {Version: 2012-10-17, Statement: "
      "{Effect: Allow, Principal: {AWS: '*'}, Action: sts:AssumeRole, "
      "Condition: {StringEquals: {aws:PrincipalOrgID: o-a1b2c3d4e5}}}}\n";
  SnapshotLoaderOptions options;
  EXPECT_EQ(SnapshotLoader(options).Load(MakeReading({{"a.yaml", role}})).snapshot, nullptr);
  options.limits.policy.allow_wildcard_trust_with_condition = true;
  EXPECT_NE(SnapshotLoader(options).Load(MakeReading({{"a.yaml", role}})).snapshot, nullptr);
}

// tests/golden/source/<case>/ holds the files of a case, and `expected` what is said about them.
TEST(SnapshotLoaderTest, GoldenDiagnostics) {
  namespace fs = std::filesystem;
  size_t cases = 0;
  for (const auto& entry : fs::directory_iterator("tests/golden/source")) {
    if (!entry.is_directory()) continue;
    ++cases;
    YamlDirectoryOptions options;
    options.policy_directory = entry.path().string();
    options.fixed_key_ring = TestKeyRing();
    const auto reading = YamlDirectorySource(FileSystem::System(), options).Load();
    ASSERT_TRUE(reading.ok()) << reading.status();
    const auto result = SnapshotLoader(SnapshotLoaderOptions()).Load(*reading);
    std::ifstream file(entry.path() / "expected");
    std::stringstream expected;
    expected << file.rdbuf();
    EXPECT_EQ(Report(result.diagnostics), expected.str()) << entry.path();
  }
  EXPECT_GE(cases, 3u);
}

TEST(SnapshotLoaderTest, NoSnapshotWhileAnyFileIsBroken) {
  SnapshotLoader loader{SnapshotLoaderOptions()};
  EXPECT_EQ(loader.Load(MakeReading({{"a.yaml", SmallFile()}, {"b.yaml", "Users: ["}})).snapshot,
            nullptr);
  EXPECT_NE(loader.Load(MakeReading({{"a.yaml", SmallFile()}})).snapshot, nullptr);
}

}  // namespace
}  // namespace portcullis::source
