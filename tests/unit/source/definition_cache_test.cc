#include "server/source/definition_cache.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/str_cat.h"
#include "tests/unit/source/source_helpers.h"

namespace portcullis::source {
namespace {

using ::testing::ElementsAre;

constexpr char kPolicy[] =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})";
constexpr char kOtherPolicy[] =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}})";

std::string FileWith(std::string_view reference) {
  return base::StrCat("Account: \"111111111111\"\nManagedPolicies:\n- ManagedPolicyName: P\n",
                      "  PolicyDocumentFile: ", reference, "\n");
}

std::vector<std::string> Texts(const std::vector<store::SourceDiagnostic>& diagnostics) {
  std::vector<std::string> texts;
  for (const auto& item : diagnostics) texts.push_back(store::FormatSourceDiagnostic(item));
  return texts;
}

TEST(DefinitionCacheTest, UnchangedFilesAreTheSameObjectsWithTheSamePolicies) {
  DefinitionCache cache(ParseLimits(), 2);
  std::map<std::string, std::string> files = {
      {"a.yaml", FileWith("p.json")}, {"b.yaml", SmallFile()}, {"p.json", kPolicy}};
  const auto first = cache.Parse(MakeReading(files));
  ASSERT_TRUE(first.ok);
  ASSERT_EQ(first.files.size(), 2u);
  EXPECT_EQ(first.parsed, 2u);

  files["b.yaml"] = SmallFile("bo");
  const auto second = cache.Parse(MakeReading(files));
  ASSERT_EQ(second.files.size(), 2u);
  EXPECT_EQ(second.parsed, 1u);
  EXPECT_EQ(second.files[0], first.files[0]);
  EXPECT_EQ(second.files[0]->managed_policies[0].document.policy,
            first.files[0]->managed_policies[0].document.policy);
  EXPECT_NE(second.files[1], first.files[1]);
}

// A change of what a file refers to is a change of the file.
TEST(DefinitionCacheTest, DependenciesAreFollowed) {
  DefinitionCache cache(ParseLimits(), 1);
  std::map<std::string, std::string> files = {{"a.yaml", FileWith("p.json")}, {"p.json", kPolicy}};
  const auto first = cache.Parse(MakeReading(files));
  files["p.json"] = kOtherPolicy;
  const auto second = cache.Parse(MakeReading(files));
  ASSERT_TRUE(second.ok);
  EXPECT_NE(second.files[0], first.files[0]);
  EXPECT_EQ(second.files[0]->managed_policies[0].document.policy->statements()[0].effect,
            policy::StatementEffect::kDeny);
  // Gone, and there again.
  files.erase("p.json");
  EXPECT_FALSE(cache.Parse(MakeReading(files)).ok);
  files["p.json"] = kPolicy;
  EXPECT_TRUE(cache.Parse(MakeReading(files)).ok);
}

// A source whose readings have no contents.
class Forgetful : public PolicySource {
 public:
  explicit Forgetful(const std::map<std::string, std::string>& files)
      : reading_(MakeReading(files)) {}

  absl::StatusOr<SourceReading> Load() override {
    SourceReading reading = reading_;
    for (SourceDocument& document : reading.documents) document.content = nullptr;
    return reading;
  }
  absl::StatusOr<std::shared_ptr<const std::string>> ReadAgain(
      const SourceDocument& document) override {
    asked.push_back(*document.name);
    if (*document.name == changed) return absl::UnavailableError("changed");
    for (const SourceDocument& known : reading_.documents) {
      if (*known.name == *document.name) return known.content;
    }
    return absl::NotFoundError(*document.name);
  }

  std::vector<std::string> asked;
  std::string changed;

 private:
  SourceReading reading_;
};

TEST(DefinitionCacheTest, ReadsAgainOnlyWhatItNeeds) {
  DefinitionCache cache(ParseLimits(), 2);
  std::map<std::string, std::string> files = {{"a.yaml", FileWith("p.json")},
                                              {"b.yaml", SmallFile()},
                                              {"c.yaml", FileWith("p.json")},
                                              {"p.json", kPolicy}};
  ASSERT_TRUE(cache.Parse(MakeReading(files)).readable.ok());
  files["p.json"] = kOtherPolicy;
  Forgetful source(files);
  const auto second = cache.Parse(*source.Load(), &source);
  ASSERT_TRUE(second.readable.ok()) << second.readable;
  EXPECT_THAT(source.asked, ::testing::UnorderedElementsAre("a.yaml", "c.yaml", "p.json"));
  EXPECT_EQ(second.parsed, 2u);
  EXPECT_EQ(second.files[0]->managed_policies[0].document.policy->statements()[0].effect,
            policy::StatementEffect::kDeny);
}

// What was made of half a reading is thrown away.
TEST(DefinitionCacheTest, AReadingOutOfDateLeavesNothingBehind) {
  for (const char* const changed : {"a.yaml", "p.json"}) {
    DefinitionCache cache(ParseLimits(), 1);
    const std::map<std::string, std::string> files = {
        {"a.yaml", FileWith("p.json")}, {"b.yaml", SmallFile()}, {"p.json", kPolicy}};
    Forgetful source(files);
    source.changed = changed;
    const auto first = cache.Parse(*source.Load(), &source);
    EXPECT_TRUE(absl::IsUnavailable(first.readable)) << changed;
    EXPECT_FALSE(first.ok);
    EXPECT_TRUE(first.files.empty());
    source.changed = "";
    const auto second = cache.Parse(*source.Load(), &source);
    EXPECT_TRUE(second.readable.ok()) << changed;
    EXPECT_TRUE(second.ok);
    EXPECT_EQ(second.parsed, 2u);
  }
}

TEST(DefinitionCacheTest, SecretsAreDependenciesToo) {
  DefinitionCache cache(ParseLimits(), 1);
  const std::map<std::string, std::string> files = {
      {"a.yaml",
       "Account: \"111111111111\"\nUsers:\n- UserName: ana\n  AccessKeys:\n"
       "  - {AccessKeyId: AKIAIOSFODNN7EXAMPLE, SecretAccessKey: {File: ana}}\n"}};
  const auto secret = [&](const char* text) -> std::string {
    const auto result = cache.Parse(MakeReading(files, {{"ana", text}}));
    return std::string(result.files.at(0)->users.at(0).access_keys.at(0).secret.view());
  };
  EXPECT_EQ(secret("one"), "one");
  EXPECT_EQ(secret("two"), "two");
}

TEST(DefinitionCacheTest, AReferencedYamlFileIsNoDefinitionFile) {
  DefinitionCache cache(ParseLimits(), 2);
  const auto result = cache.Parse(MakeReading(
      {{"a.yaml", FileWith("p.yaml")},
       {"p.yaml",
        "Version: 2012-10-17\nStatement:\n  Effect: Allow\n  Action: '*'\n  Resource: '*'\n"}}));
  EXPECT_THAT(Texts(result.diagnostics), ElementsAre());
  EXPECT_TRUE(result.ok);
  EXPECT_EQ(result.files.size(), 1u);
}

TEST(DefinitionCacheTest, AForgottenJsonFileIsWarnedAbout) {
  DefinitionCache cache(ParseLimits(), 1);
  const auto result = cache.Parse(MakeReading({{"a.yaml", SmallFile()}, {"p.json", kPolicy}}));
  EXPECT_TRUE(result.ok);
  EXPECT_THAT(Texts(result.diagnostics),
              ElementsAre("p.json:1:1: warning: no definition refers to this file"));
}

TEST(DefinitionCacheTest, DiagnosticsComeInTheOrderOfFilesHoweverManyThreadsThereAre) {
  std::map<std::string, std::string> files;
  std::vector<std::string> expected;
  for (int i = 10; i < 60; ++i) {
    files[base::StrCat("f", i, ".yaml")] = "Usres: []\n";
    expected.push_back(base::StrCat("f", i,
                                    ".yaml:1:1: error: unknown field `Usres` of `File`; "
                                    "did you mean `Users`?"));
  }
  DefinitionCache cache(ParseLimits(), 4);
  EXPECT_THAT(Texts(cache.Parse(MakeReading(files)).diagnostics),
              ::testing::ElementsAreArray(expected));
  // Known files report again.
  const auto again = cache.Parse(MakeReading(files));
  EXPECT_EQ(again.parsed, 0u);
  EXPECT_THAT(Texts(again.diagnostics), ::testing::ElementsAreArray(expected));
}

}  // namespace
}  // namespace portcullis::source
