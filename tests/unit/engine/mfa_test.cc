#include "server/engine/mfa.h"

#include <cstdint>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "server/session/totp.h"

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

}  // namespace
}  // namespace portcullis::engine
