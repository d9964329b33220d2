#include "server/session/totp.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace portcullis::session {
namespace {

std::vector<uint8_t> RfcSeed() {
  const std::string seed = "12345678901234567890";
  return {seed.begin(), seed.end()};
}

struct Vector {
  int64_t seconds;
  const char* code;  // The last 6 of the 8 digits of RFC 6238 appendix B.
};
constexpr Vector kVectors[] = {{59, "287082"},         {1111111109, "081804"},
                               {1111111111, "050471"}, {1234567890, "005924"},
                               {2000000000, "279037"}, {20000000000, "353130"}};

TEST(TotpCode, AgreesWithRfc6238) {
  for (const Vector& v : kVectors) {
    EXPECT_EQ(TotpCode(RfcSeed(), static_cast<uint64_t>(v.seconds / 30)), v.code) << v.seconds;
  }
}

TEST(VerifyTotp, AcceptsTheVectors) {
  for (const Vector& v : kVectors) {
    EXPECT_EQ(VerifyTotp(RfcSeed(), v.code, absl::FromUnixSeconds(v.seconds), std::nullopt),
              static_cast<uint64_t>(v.seconds / 30));
  }
}

TEST(VerifyTotp, AcceptsOneStepEitherSide) {
  constexpr uint64_t kStep = 1000000;
  const std::string code = TotpCode(RfcSeed(), kStep);
  struct Case {
    int64_t seconds_from_start_of_step;
    bool accepted;
  };
  for (const Case& c : {Case{0, true}, Case{29, true}, Case{30, true}, Case{59, true},
                        Case{60, false}, Case{-1, true}, Case{-30, true}, Case{-31, false}}) {
    const absl::Time now =
        absl::FromUnixSeconds(static_cast<int64_t>(kStep) * 30 + c.seconds_from_start_of_step);
    EXPECT_EQ(VerifyTotp(RfcSeed(), code, now, std::nullopt).has_value(), c.accepted)
        << c.seconds_from_start_of_step;
  }
}

TEST(VerifyTotp, RefusesACodeAtOrBeforeTheLastAcceptedStep) {
  constexpr uint64_t kStep = 1000000;
  const absl::Time now = absl::FromUnixSeconds(kStep * 30 + 5);
  const std::string code = TotpCode(RfcSeed(), kStep);
  EXPECT_EQ(VerifyTotp(RfcSeed(), code, now, kStep - 1), kStep);
  EXPECT_EQ(VerifyTotp(RfcSeed(), code, now, kStep), std::nullopt);
  EXPECT_EQ(VerifyTotp(RfcSeed(), code, now, kStep + 1), std::nullopt);
  EXPECT_EQ(VerifyTotp(RfcSeed(), TotpCode(RfcSeed(), kStep + 1), now, kStep), kStep + 1);
}

TEST(VerifyTotp, RefusesWhatIsNoCode) {
  const absl::Time now = absl::FromUnixSeconds(59);
  for (const char* code : {"", "28708", "2870820", "287083", "94287082", " 87082", "28708\n"}) {
    EXPECT_EQ(VerifyTotp(RfcSeed(), code, now, std::nullopt), std::nullopt) << code;
  }
  EXPECT_EQ(VerifyTotp({}, "287082", now, std::nullopt), std::nullopt);
  EXPECT_EQ(VerifyTotp(RfcSeed(), "755224", absl::FromUnixSeconds(-1), std::nullopt), std::nullopt);
  EXPECT_EQ(VerifyTotp(RfcSeed(), "755224", absl::InfiniteFuture(), std::nullopt), std::nullopt);
}

TEST(DecodeTotpSeed, IsStrict) {
  const std::string seed16 = "GEZDGNBVGY3TQOJQGEZDGNBVGY";        // 16 bytes.
  const std::string seed15 = "GEZDGNBVGY3TQOJQGEZDGNBV";          // 15 bytes.
  const std::string seed20 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";  // 20 bytes.
  EXPECT_EQ(DecodeTotpSeed(seed20), RfcSeed());
  EXPECT_EQ(DecodeTotpSeed(seed16).value_or(std::vector<uint8_t>()).size(), 16u);
  EXPECT_EQ(DecodeTotpSeed(seed16 + "======").value_or(std::vector<uint8_t>()).size(), 16u);
  for (const std::string& bad :
       {std::string(), seed15, seed16 + "=", seed16 + "=====", seed16 + "=======",
        seed20 + "========", seed16 + "=====A", std::string("gezdgnbvgy3tqojqgezdgnbvgy"),
        seed16.substr(1), seed20.substr(0, 31) + "1", seed20 + " "}) {
    EXPECT_EQ(DecodeTotpSeed(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace portcullis::session
