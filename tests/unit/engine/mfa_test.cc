#include "server/engine/mfa.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "server/session/totp.h"
#include "tests/unit/state/state_fixtures.h"

namespace portcullis::engine {
namespace {

const std::string kSeed = "12345678901234567890";

class MfaTest : public testing::Test {
 protected:
  MfaTest() {
    account_.id = "111122223333";
    device_.serial_number = "arn:aws:iam::111122223333:mfa/ana";
    device_.seed = kSeed;
    device_.account = &account_;
  }

  std::string CodeAt(absl::Time time) const {
    const std::vector<uint8_t> seed(kSeed.begin(), kSeed.end());
    return session::TotpCode(seed, absl::ToUnixSeconds(time) / session::kTotpStepSeconds);
  }

  store::Account account_;
  store::MfaDevice device_;
  Mfa mfa_;
  absl::Time now_ = absl::FromUnixSeconds(1700000010);
};

TEST_F(MfaTest, AcceptsACodeOnce) {
  EXPECT_TRUE(mfa_.Verify(&device_, CodeAt(now_), now_).ok());
  EXPECT_FALSE(mfa_.Verify(&device_, CodeAt(now_), now_).ok());
  EXPECT_FALSE(mfa_.Verify(&device_, CodeAt(now_ - absl::Seconds(30)), now_).ok());
  const absl::Time next = now_ + absl::Seconds(30);
  EXPECT_TRUE(mfa_.Verify(&device_, CodeAt(next), next).ok());
}

TEST_F(MfaTest, UnknownDevice) {
  const absl::Status status = mfa_.Verify(nullptr, CodeAt(now_), now_);
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(
      status.message(),
      "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA "
      "serial number is valid and associated with this user.");
}

TEST_F(MfaTest, LocksAfterNineFailures) {
  const std::string wrong = CodeAt(now_) == "000000" ? "111111" : "000000";
  for (int i = 0; i < Mfa::kFailuresMax; ++i) {
    EXPECT_EQ(mfa_.Verify(&device_, wrong, now_).message(),
              "MultiFactorAuthentication failed with invalid MFA one time pass code.");
  }
  EXPECT_FALSE(mfa_.Verify(&device_, CodeAt(now_), now_).ok());
  const absl::Time later = now_ + Mfa::kFailureWindow;
  EXPECT_TRUE(mfa_.Verify(&device_, CodeAt(later), later).ok());
}

TEST_F(MfaTest, DevicesAreToldApartByAccountAndNumber) {
  store::Account other_account;
  other_account.id = "444455556666";
  store::MfaDevice other = device_;
  other.account = &other_account;
  EXPECT_TRUE(mfa_.Verify(&device_, CodeAt(now_), now_).ok());
  EXPECT_TRUE(mfa_.Verify(&other, CodeAt(now_), now_).ok());
  EXPECT_FALSE(mfa_.Verify(&other, CodeAt(now_), now_).ok());
}

TEST_F(MfaTest, ADeviceWithoutASeedAcceptsNothing) {
  device_.seed.clear();
  EXPECT_EQ(base::ReasonOf(mfa_.Verify(&device_, "000000", now_)), "AccessDenied");
}

TEST_F(MfaTest, TheLockSlides) {  // nine failures within three minutes.
  const std::string wrong = CodeAt(now_) == "000000" ? "111111" : "000000";
  for (int i = 0; i < Mfa::kFailuresMax; ++i) {
    EXPECT_FALSE(mfa_.Verify(&device_, wrong, now_ + absl::Seconds(20 * i)).ok());
  }
  // Locked until the oldest of the nine is three minutes old; attempts do not prolong it.
  absl::Time then = now_ + Mfa::kFailureWindow - absl::Seconds(1);
  EXPECT_FALSE(mfa_.Verify(&device_, CodeAt(then), then).ok());
  then += absl::Seconds(1);
  EXPECT_TRUE(mfa_.Verify(&device_, CodeAt(then), then).ok());
}

// across restarts, with a state file.
class PersistentMfaTest : public MfaTest {
 protected:
  struct Process {
    std::unique_ptr<state::Database> database;
    std::unique_ptr<state::MfaSteps> steps;
    std::unique_ptr<Mfa> mfa;
  };
  Process Start() {
    Process process;
    state::DatabaseOptions options;
    options.path = directory_.File("state");
    process.database = state::OpenedDatabase(options);
    auto steps = state::MfaSteps::Open(process.database.get());
    EXPECT_TRUE(steps.ok()) << steps.status();
    if (steps.ok()) process.steps = *std::move(steps);
    process.mfa = std::make_unique<Mfa>(process.steps.get());
    return process;
  }

  const state::TemporaryDirectory directory_;
};

TEST_F(PersistentMfaTest, ARestartDoesNotMakeACodeUsableAgain) {
  {
    const Process first = Start();
    EXPECT_TRUE(first.mfa->Verify(&device_, CodeAt(now_), now_).ok());
    EXPECT_FALSE(first.mfa->Verify(&device_, CodeAt(now_), now_).ok());
  }
  const Process second = Start();
  for (const int64_t steps : {0, -1}) {
    const absl::Status again =
        second.mfa->Verify(&device_, CodeAt(now_ + steps * absl::Seconds(30)), now_);
    EXPECT_EQ(base::ReasonOf(again), "AccessDenied");
    EXPECT_EQ(again.message(),
              "MultiFactorAuthentication failed with invalid MFA one time pass code.");
  }
  const absl::Time next = now_ + absl::Seconds(30);
  EXPECT_TRUE(second.mfa->Verify(&device_, CodeAt(next), next).ok());
}

TEST_F(PersistentMfaTest, TwoProcessesWithOneMemoryAcceptACodeOnce) {
  const Process process = Start();
  Mfa other(process.steps.get());
  EXPECT_TRUE(process.mfa->Verify(&device_, CodeAt(now_), now_).ok());
  EXPECT_FALSE(other.Verify(&device_, CodeAt(now_), now_).ok());
}

TEST_F(PersistentMfaTest, ACodeThatCannotBeWrittenDownIsNotAccepted) {
  const Process process = Start();
  {
    const state::FullDisk full;
    const absl::Status refused = process.mfa->Verify(&device_, CodeAt(now_), now_);
    EXPECT_EQ(refused.code(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(base::ReasonOf(refused), "STATE_UNAVAILABLE");
  }
  EXPECT_TRUE(process.mfa->Verify(&device_, CodeAt(now_), now_).ok());
  EXPECT_FALSE(process.mfa->Verify(&device_, CodeAt(now_), now_).ok());
}

}  // namespace
}  // namespace portcullis::engine
