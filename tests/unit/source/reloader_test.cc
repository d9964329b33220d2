#include "server/source/reloader.h"

#include <filesystem>
#include <functional>
#include <limits>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/text.h"
#include "server/source/yaml_directory_source.h"
#include "tests/unit/source/source_helpers.h"

namespace portcullis::source {
namespace {

using ::testing::HasSubstr;

constexpr char kAna[] = "arn:aws:iam::111111111111:user/ana";
constexpr char kBo[] = "arn:aws:iam::111111111111:user/bo";

class RecordingObserver : public ReloadObserver {
 public:
  void OnReload(const ReloadEvent& event) override {
    absl::MutexLock lock(&mutex_);
    outcomes_.push_back(event.outcome);
  }
  std::vector<ReloadOutcome> outcomes() const {
    absl::MutexLock lock(&mutex_);
    return outcomes_;
  }

 private:
  mutable absl::Mutex mutex_;
  std::vector<ReloadOutcome> outcomes_ ABSL_GUARDED_BY(mutex_);
};

ReloaderOptions ManualOptions() {
  ReloaderOptions options;
  options.watch = false;
  options.poll_interval = absl::Hours(1);
  options.debounce = absl::Milliseconds(5);
  return options;
}

YamlDirectoryOptions SourceOptions(const TemporaryDirectory& directory) {
  YamlDirectoryOptions options;
  options.policy_directory = directory.path();
  options.fixed_key_ring = TestKeyRing();
  options.quiet_period = absl::Milliseconds(1);
  return options;
}

class ReloaderTest : public ::testing::Test {
 protected:
  ReloaderTest() : source_(FileSystem::System(), SourceOptions(directory_)) {}

  void Make(const ReloaderOptions& options = ManualOptions()) {
    reloader_ = std::make_unique<Reloader>(options, &source_, &store_, &observer_);
  }
  bool Serves(const char* arn) const {
    const auto snapshot = store_.Current();
    return snapshot != nullptr && snapshot->FindUser(arn) != nullptr;
  }
  store::ReloadStatus ReloadNow() {
    const auto status = reloader_->ReloadNow(absl::Now() + absl::Seconds(30));
    EXPECT_TRUE(status.ok()) << status.status();
    return status.ok() ? *status : store::ReloadStatus();
  }
  static bool WaitFor(const std::function<bool()>& condition) {
    for (int i = 0; i < 500; ++i) {
      if (condition()) return true;
      absl::SleepFor(absl::Milliseconds(20));
    }
    return false;
  }

  TemporaryDirectory directory_;
  YamlDirectorySource source_;
  store::PolicyStore store_;
  RecordingObserver observer_;
  std::unique_ptr<Reloader> reloader_;
};

TEST_F(ReloaderTest, PublishesWhatWasRead) {
  directory_.Write("a.yaml", SmallFile());
  Make();
  EXPECT_TRUE(reloader_->LoadInitial().ok());
  EXPECT_TRUE(Serves(kAna));
  const store::ReloadStatus status = reloader_->Status();
  EXPECT_EQ(status.serving_digest, store_.Current()->digest());
  EXPECT_EQ(status.latest_digest, status.serving_digest);
  EXPECT_EQ(status.failing_since, absl::InfiniteFuture());
  EXPECT_EQ(status.readings, 1u);
  EXPECT_THAT(observer_.outcomes(), ::testing::ElementsAre(ReloadOutcome::kPublished));
}

TEST_F(ReloaderTest, AFirstReadingThatFailsPublishesNothing) {
  directory_.Write("a.yaml", "Usres: []\n");
  Make();
  EXPECT_EQ(reloader_->LoadInitial().message(), "1 error in the policies");
  EXPECT_EQ(store_.Current(), nullptr);
  ASSERT_EQ(reloader_->Status().diagnostics.size(), 1u);
  EXPECT_EQ(store::FormatSourceDiagnostic(reloader_->Status().diagnostics[0]),
            "a.yaml:1:1: error: unknown field `Usres` of `File`; did you mean `Users`?");
}

// Whatever is wrong with the new contents, the old ones go on being served, and the status tells.
TEST_F(ReloaderTest, LastGoodGoesOnWhateverHappensToTheFiles) {
  directory_.Write("a.yaml", SmallFile());
  Make();
  ASSERT_TRUE(reloader_->LoadInitial().ok());
  reloader_->Start();
  const std::string good = reloader_->Status().serving_digest;

  const struct {
    const char* name;
    std::function<void()> breaks;
    const char* message;  // Part of the result, or of the first diagnostic.
  } cases[] = {
      {"broken", [&] { directory_.Write("a.yaml", "Users: [\n"); }, "end of sequence flow"},
      {"half-written",
       [&] { directory_.Write("a.yaml", SmallFile().substr(0, SmallFile().size() - 8)); },
       "a.yaml:3:"},
      {"truncated", [&] { directory_.Write("a.yaml", ""); }, "text is empty"},
      {"reference to nowhere",
       [&] {
         directory_.Write("a.yaml", SmallFile());
         directory_.Write("b.yaml", SmallFile("ana"));
       },
       "is already de"},
      {"huge",
       [&] {
         directory_.Remove("b.yaml");
         std::filesystem::resize_file(directory_.Path("a.yaml"), 100'000'000);
       },
       "a.yaml has 100000000 bytes, more than the limit of 33554432 per file"},
      {"empty directory", [&] { directory_.Remove("a.yaml"); }, "holds no `*.yaml`"},
      {"no directory", [&] { directory_.Remove(""); }, "No such file or directory"},
  };
  absl::Time failing_since = absl::InfinitePast();
  for (const auto& c : cases) {
    c.breaks();
    const store::ReloadStatus status = ReloadNow();
    EXPECT_FALSE(status.latest_result.ok()) << c.name;
    EXPECT_EQ(status.serving_digest, good) << c.name;
    EXPECT_NE(status.latest_digest, good) << c.name;
    EXPECT_TRUE(Serves(kAna)) << c.name;
    std::string told(status.latest_result.message());
    for (const auto& item : status.diagnostics) told += "\n" + FormatSourceDiagnostic(item);
    EXPECT_THAT(told, HasSubstr(c.message)) << c.name;
    if (failing_since == absl::InfinitePast()) failing_since = status.failing_since;
    EXPECT_EQ(status.failing_since, failing_since) << c.name;  // Since the first failure.
  }

  // Mended by going back: nothing needs to be built.
  directory_.Write("a.yaml", SmallFile());
  const auto before = store_.Current();
  const store::ReloadStatus status = ReloadNow();
  EXPECT_TRUE(status.latest_result.ok()) << status.latest_result;
  EXPECT_EQ(status.failing_since, absl::InfiniteFuture());
  EXPECT_EQ(store_.Current(), before);
}

// Equal contents keep the result of the last reading; they do not reset it.
TEST_F(ReloaderTest, ABadFileStaysBadUntilItChanges) {
  directory_.Write("a.yaml", SmallFile());
  Make();
  ASSERT_TRUE(reloader_->LoadInitial().ok());
  reloader_->Start();
  directory_.Write("a.yaml", "Usres: []\n");
  const store::ReloadStatus first = ReloadNow();
  const store::ReloadStatus second = ReloadNow();
  EXPECT_FALSE(second.latest_result.ok());
  EXPECT_EQ(second.latest_digest, first.latest_digest);
  EXPECT_EQ(second.failing_since, first.failing_since);
  EXPECT_EQ(second.diagnostics.size(), 1u);
  EXPECT_EQ(second.readings, first.readings + 1);
  EXPECT_THAT(observer_.outcomes(),
              ::testing::ElementsAre(ReloadOutcome::kPublished, ReloadOutcome::kFailed,
                                     ReloadOutcome::kUnchanged));
}

TEST_F(ReloaderTest, NoticesChangesByItself) {
  directory_.Write("a.yaml", SmallFile());
  ReloaderOptions options = ManualOptions();
  options.watch = true;
  Make(options);
  ASSERT_TRUE(reloader_->LoadInitial().ok());
  reloader_->Start();
  directory_.Write("a.yaml", SmallFile("bo"));
  EXPECT_TRUE(WaitFor([&] { return Serves(kBo); }));
  EXPECT_FALSE(Serves(kAna));
}

TEST_F(ReloaderTest, PollingNoticesWithoutNotifications) {
  directory_.Write("a.yaml", SmallFile());
  ReloaderOptions options = ManualOptions();
  options.poll_interval = absl::Milliseconds(20);
  Make(options);
  ASSERT_TRUE(reloader_->LoadInitial().ok());
  reloader_->Start();
  directory_.Write("a.yaml", SmallFile("bo"));
  EXPECT_TRUE(WaitFor([&] { return Serves(kBo); }));
}

TEST_F(ReloaderTest, ASignalAsksForAReading) {
  directory_.Write("a.yaml", SmallFile());
  Make();
  ASSERT_TRUE(reloader_->LoadInitial().ok());
  reloader_->Start();
  directory_.Write("a.yaml", SmallFile("bo"));
  reloader_->RequestReload();
  EXPECT_TRUE(WaitFor([&] { return Serves(kBo); }));
}

TEST_F(ReloaderTest, AConfigMapSwapIsPublished) {
  directory_.Write("..v1/a.yaml", SmallFile("ana"));
  directory_.Link("..data", "..v1");
  directory_.Link("a.yaml", "..data/a.yaml");
  ReloaderOptions options = ManualOptions();
  options.watch = true;
  Make(options);
  ASSERT_TRUE(reloader_->LoadInitial().ok());
  reloader_->Start();
  for (int i = 2; i < 5; ++i) {  // The watch must survive a swap.
    const std::string version = "..v" + std::to_string(i);
    directory_.Write(version + "/a.yaml", SmallFile("user" + std::to_string(i)));
    directory_.Link("..data", version);
    directory_.Remove("..v" + std::to_string(i - 1));
    const std::string arn = "arn:aws:iam::111111111111:user/user" + std::to_string(i);
    EXPECT_TRUE(WaitFor([&] { return Serves(arn.c_str()); })) << i;
  }
}

// A replaced snapshot lives while somebody holds it, and is destroyed by the reload thread.
TEST_F(ReloaderTest, RetiredSnapshotsLiveUntilNobodyHoldsThem) {
  directory_.Write("a.yaml", SmallFile());
  Make();
  ASSERT_TRUE(reloader_->LoadInitial().ok());
  reloader_->Start();
  std::shared_ptr<const store::Snapshot> held = store_.Current();
  const std::weak_ptr<const store::Snapshot> watched = held;
  directory_.Write("a.yaml", SmallFile("bo"));
  ReloadNow();
  EXPECT_NE(held->FindUser(kAna), nullptr);
  held.reset();
  EXPECT_TRUE(WaitFor([&] { return watched.expired(); }));
}

TEST_F(ReloaderTest, ReloadNowNeedsTheThreadAndKeepsItsDeadline) {
  directory_.Write("a.yaml", SmallFile());
  Make();
  ASSERT_TRUE(reloader_->LoadInitial().ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(reloader_->ReloadNow(absl::Now()).status()));
  reloader_->Start();
  EXPECT_TRUE(absl::IsDeadlineExceeded(reloader_->ReloadNow(absl::InfinitePast()).status()));
  reloader_->Stop();
  EXPECT_TRUE(absl::IsFailedPrecondition(reloader_->ReloadNow(absl::Now()).status()));
}

class ReloaderFaultTest : public ::testing::TestWithParam<bool> {};

// Fails the n-th file operation, for n = 1, 2, ... until a reload gets through untouched.
TEST_P(ReloaderFaultTest, EveryFailurePointKeepsTheOldSnapshot) {
  TemporaryDirectory directory;
  directory.Write("a.yaml", SmallFile());
  directory.Write("sub/b.yaml", "Accounts: [{AccountId: \"123456789012\"}]\n");
  store::PolicyStore store;
  {
    YamlDirectorySource source(FileSystem::System(), SourceOptions(directory));
    ASSERT_TRUE(Reloader(ManualOptions(), &source, &store, nullptr).LoadInitial().ok());
  }
  const auto before = store.Current();
  directory.Write("a.yaml", SmallFile("bo"));
  int failing_call = 1;
  for (;; ++failing_call) {
    FaultyFileSystem files(failing_call, GetParam());
    YamlDirectorySource source(files, SourceOptions(directory));
    Reloader reloader(ManualOptions(), &source, &store, nullptr);
    const absl::Status status = reloader.LoadInitial();
    if (!files.fault_was_hit()) {
      EXPECT_TRUE(status.ok()) << status;
      break;
    }
    EXPECT_FALSE(status.ok()) << "call " << failing_call;
    EXPECT_EQ(store.Current(), before) << "call " << failing_call;
  }
  EXPECT_GT(failing_call, 10);
  EXPECT_NE(store.Current()->FindUser(kBo), nullptr);
}
// The same for a second reading, which reads an unchanged file again because what it refers to
// changed. Whatever fails once, the change is served by the next reading.
TEST_P(ReloaderFaultTest, EveryFailurePointOfAReloadIsSurvived) {
  constexpr int kNever = std::numeric_limits<int>::max();
  constexpr std::string_view kDefinition =
      "Account: \"111111111111\"\nManagedPolicies:\n- ManagedPolicyName: P\n"
      "  PolicyDocumentFile: p.json\n";
  const auto document = [](std::string_view effect) {
    return base::Concat({R"({"Version":"2012-10-17","Statement":{"Effect":")", effect,
                         R"(","Action":"*","Resource":"*"}})"});
  };
  int calls = 1;
  bool got_through = false;
  for (int n = 1; !got_through; ++n) {
    TemporaryDirectory directory;
    directory.Write("a.yaml", SmallFile());
    directory.Write("b.yaml", kDefinition);
    directory.Write("p.json", document("Allow"));
    FaultyFileSystem files(kNever, GetParam());
    files.ReportTimesBefore(absl::Minutes(1));
    YamlDirectorySource source(files, SourceOptions(directory));
    store::PolicyStore store;
    Reloader reloader(ManualOptions(), &source, &store, nullptr);
    ASSERT_TRUE(reloader.LoadInitial().ok());
    const auto before = store.Current();
    directory.Write("p.json", document("Deny"));
    calls = files.calls();
    files.FailAt(calls + n);
    const absl::Status status = reloader.LoadInitial();
    got_through = !files.fault_was_hit();
    EXPECT_EQ(status.ok(), got_through) << "call " << n;
    EXPECT_EQ(store.Current() == before, !got_through) << "call " << n;
    files.FailAt(kNever);
    EXPECT_TRUE(reloader.LoadInitial().ok()) << "call " << n;
    EXPECT_NE(store.Current(), before) << "call " << n;
  }
  EXPECT_GT(calls, 10);
}
INSTANTIATE_TEST_SUITE_P(OnceAndForever, ReloaderFaultTest, ::testing::Bool());

}  // namespace
}  // namespace portcullis::source
