#include "server/source/yaml_directory_source.h"

#include <cstdlib>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/str_cat.h"
#include "server/source/digest.h"
#include "tests/unit/source/source_helpers.h"

namespace portcullis::source {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

YamlDirectoryOptions Options(const TemporaryDirectory& directory) {
  YamlDirectoryOptions options;
  options.policy_directory = directory.path();
  options.fixed_key_ring = TestKeyRing();
  options.quiet_period = absl::Milliseconds(1);
  return options;
}

std::string MessageOf(const absl::Status& status) {
  return std::string(status.message());
}

std::vector<std::string> Names(const std::vector<SourceDocument>& documents) {
  std::vector<std::string> names;
  for (const auto& document : documents) names.push_back(*document.name);
  return names;
}

TEST(YamlDirectorySourceTest, ReadsDefinitionsDocumentsAndSecrets) {
  TemporaryDirectory directory;
  directory.Write("policies/b.yaml", "b");
  directory.Write("policies/a.yml", "a");
  directory.Write("policies/docs/c.json", "{}");
  directory.Write("secrets/ana", "x");
  YamlDirectoryOptions options = Options(directory);
  options.policy_directory = directory.Path("policies");
  options.secrets_directory = directory.Path("secrets");
  setenv("PORTCULLIS_SECRET_UNIT_TEST", "from the environment", 1);
  const auto reading = YamlDirectorySource(FileSystem::System(), options).Load();
  unsetenv("PORTCULLIS_SECRET_UNIT_TEST");
  ASSERT_TRUE(reading.ok()) << reading.status();
  EXPECT_THAT(Names(reading->documents), ElementsAre("a.yml", "b.yaml", "docs/c.json"));
  EXPECT_THAT(Names(reading->secrets), ElementsAre("ana", "env:PORTCULLIS_SECRET_UNIT_TEST"));
  EXPECT_EQ(*reading->secrets[1].content, "from the environment");
  EXPECT_EQ(reading->digest.size(), 64u);
  EXPECT_EQ(reading->directories.size(), 3u);
}

// Equal contents have equal digests in every process; any difference shows.
TEST(YamlDirectorySourceTest, DigestIsThatOfNamesContentsAndKeys) {
  const auto digest_of = [](const std::map<std::string, std::string>& files, uint8_t key) {
    TemporaryDirectory directory;
    for (const auto& [name, content] : files) directory.Write(name, content);
    YamlDirectoryOptions options = Options(directory);
    options.fixed_key_ring = TestKeyRing(key);
    return YamlDirectorySource(FileSystem::System(), options).Load()->digest;
  };
  const std::string digest = digest_of({{"a.yaml", "x"}, {"b.yaml", "y"}}, 1);
  EXPECT_EQ(digest, digest_of({{"a.yaml", "x"}, {"b.yaml", "y"}}, 1));
  EXPECT_NE(digest, digest_of({{"a.yaml", "y"}, {"b.yaml", "x"}}, 1));
  EXPECT_NE(digest, digest_of({{"a.yaml", "x"}, {"c.yaml", "y"}}, 1));
  EXPECT_NE(digest, digest_of({{"a.yaml", "x"}}, 1));
  EXPECT_NE(digest, digest_of({{"a.yaml", "x"}, {"b.yaml", "y"}}, 2));
}

// An empty or missing directory is a failed mount, not the absence of rules.
TEST(YamlDirectorySourceTest, AnEmptyOrMissingDirectoryIsAnError) {
  TemporaryDirectory directory;
  YamlDirectorySource empty(FileSystem::System(), Options(directory));
  EXPECT_THAT(MessageOf(empty.Load().status()), HasSubstr("holds no `*.yaml` and no `*.yml` file"));
  directory.Write("only.json", "{}");
  EXPECT_THAT(MessageOf(empty.Load().status()), HasSubstr("holds no `*.yaml` and no `*.yml` file"));
  YamlDirectoryOptions options = Options(directory);
  options.policy_directory = directory.Path("missing");
  EXPECT_TRUE(absl::IsNotFound(YamlDirectorySource(FileSystem::System(), options).Load().status()));
}

TEST(YamlDirectorySourceTest, KeysAreReadAndTheActiveOneSeals) {
  const std::string key = session::KeyRing::GenerateKeyFile();
  TemporaryDirectory directory;
  directory.Write("p/a.yaml", "x");
  directory.Write("k/2024-01.key", key);
  directory.Write("k/2024-02.key", session::KeyRing::GenerateKeyFile());
  YamlDirectoryOptions options = Options(directory);
  options.policy_directory = directory.Path("p");
  options.key_directory = directory.Path("k");
  YamlDirectorySource source(FileSystem::System(), options);
  const auto last = source.Load();
  ASSERT_TRUE(last.ok()) << last.status();
  EXPECT_THAT(last->key_ring->key_ids(), ElementsAre("2024-02", "2024-01"));
  directory.Write("k/active", "2024-01\n");
  const auto named = source.Load();
  ASSERT_TRUE(named.ok()) << named.status();
  EXPECT_EQ(named->key_ring->key_ids().front(), "2024-01");
  EXPECT_NE(named->digest, last->digest);

  directory.Write("k/active", "2023-12\n");
  EXPECT_EQ(MessageOf(source.Load().status()),
            "the file `active` names key `2023-12`, which is not there");
  directory.Write("k/active", "");
  directory.Write("k/2024-01.key", "too short");
  const absl::Status malformed = source.Load().status();
  EXPECT_THAT(MessageOf(malformed), HasSubstr("key file `2024-01.key`"));
  EXPECT_THAT(MessageOf(malformed), ::testing::Not(HasSubstr("too short")));
}

// Keys are not waited for, so half of one may be seen; then it is read again. Policies of a
// ConfigMap are not waited for either.
TEST(YamlDirectorySourceTest, AKeyThatIsBeingWrittenIsReadAgain) {
  for (int call = 1; call <= 10; ++call) {
    TemporaryDirectory directory;
    directory.Write("p/..v1/a.yaml", "x");
    directory.Link("p/..data", "..v1");
    directory.Link("p/a.yaml", "..data/a.yaml");
    directory.Write("k/1.key", "half");
    YamlDirectoryOptions options = Options(directory);
    options.policy_directory = directory.Path("p");
    options.key_directory = directory.Path("k");
    options.quiet_period = absl::Milliseconds(50);
    FaultyFileSystem files(1 << 30, false);
    files.BeforeCall(call,
                     [&] { directory.Write("k/1.key", session::KeyRing::GenerateKeyFile()); });
    const auto reading = YamlDirectorySource(files, options).Load();
    ASSERT_TRUE(reading.ok()) << "call " << call << ": " << reading.status();
    EXPECT_THAT(reading->key_ring->key_ids(), ElementsAre("1"));
  }
}

// A file that changes during the reading: the reading is repeated, never mixed.
TEST(YamlDirectorySourceTest, AChangeDuringTheReadingRepeatsIt) {
  for (int call = 1; call <= 12; ++call) {
    TemporaryDirectory directory;
    directory.Write("a.yaml", "old");
    directory.Write("b.yaml", "old");
    FaultyFileSystem files(1 << 30, false);
    files.BeforeCall(call, [&] {
      directory.Write("a.yaml", "newer");
      directory.Write("b.yaml", "newer");
    });
    const auto reading = YamlDirectorySource(files, Options(directory)).Load();
    ASSERT_TRUE(reading.ok()) << reading.status();
    ASSERT_EQ(reading->documents.size(), 2u);
    // What is unchanged since another attempt has no content, but its digest.
    EXPECT_EQ(reading->documents[0].digest, reading->documents[1].digest) << "call " << call;
    EXPECT_THAT(reading->documents[0].digest, AnyOf(DigestOf("old"), DigestOf("newer")))
        << "call " << call;
  }
}

TEST(YamlDirectorySourceTest, ADirectoryThatNeverRestsIsAnError) {
  TemporaryDirectory directory;
  directory.Write("a.yaml", "x");
  FaultyFileSystem files(1 << 30, false);
  std::string content;
  for (int call = 1; call < 200; ++call) {
    files.BeforeCall(call, [&] { directory.Write("a.yaml", content += "x"); });
  }
  YamlDirectoryOptions options = Options(directory);
  options.attempts_max = 3;
  const absl::Status status = YamlDirectorySource(files, options).Load().status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(MessageOf(status), HasSubstr("changed while it was being read (3 times)"));
}

// Kubernetes swaps `..data` in the middle of a reading: it is the old tree or the new one.
TEST(YamlDirectorySourceTest, ASwapOfAConfigMapIsSeenWholeOrNotAtAll) {
  for (int call = 1; call <= 14; ++call) {
    TemporaryDirectory directory;
    for (const char* version : {"1", "2"}) {
      for (const char* name : {"a.yaml", "b.yaml"}) {
        directory.Write(base::StrCat("..v", version, "/", name), version);
      }
    }
    directory.Link("..data", "..v1");
    for (const char* name : {"a.yaml", "b.yaml"}) {
      directory.Link(name, base::StrCat("..data/", name));
    }
    FaultyFileSystem files(1 << 30, false);
    files.BeforeCall(call, [&] {
      directory.Link("..data", "..v2");
      directory.Remove("..v1");
    });
    const auto reading = YamlDirectorySource(files, Options(directory)).Load();
    ASSERT_TRUE(reading.ok()) << reading.status() << " call " << call;
    ASSERT_EQ(reading->documents.size(), 2u);
    EXPECT_EQ(*reading->documents[0].content, *reading->documents[1].content) << "call " << call;
  }
}

class YamlDirectorySourceFaultTest : public ::testing::TestWithParam<bool> {};

// Every file operation may fail: Load() then fails, too; it never returns a part.
TEST_P(YamlDirectorySourceFaultTest, EveryFailingCallIsAnError) {
  TemporaryDirectory directory;
  directory.Write("p/a.yaml", "x");
  directory.Write("p/sub/b.yaml", "y");
  directory.Write("s/secret", "z");
  directory.Write("k/1.key", session::KeyRing::GenerateKeyFile());
  YamlDirectoryOptions options = Options(directory);
  options.policy_directory = directory.Path("p");
  options.secrets_directory = directory.Path("s");
  options.key_directory = directory.Path("k");
  int failing_call = 1;
  for (;; ++failing_call) {
    FaultyFileSystem files(failing_call, GetParam());
    const auto reading = YamlDirectorySource(files, options).Load();
    if (!files.fault_was_hit()) {
      EXPECT_TRUE(reading.ok());
      break;
    }
    EXPECT_FALSE(reading.ok()) << "call " << failing_call;
  }
  EXPECT_GT(failing_call, 20);
}
INSTANTIATE_TEST_SUITE_P(OnceAndForever, YamlDirectorySourceFaultTest, ::testing::Bool());

}  // namespace
}  // namespace portcullis::source
