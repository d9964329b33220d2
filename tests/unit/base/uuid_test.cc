#include "server/base/uuid.h"

#include "gtest/gtest.h"

namespace portcullis::base {
namespace {

// RFC 9562, 4.1 and 5.4: version 4 in the first bits of the third group, variant 10 in those of the
// fourth.
TEST(FormatRandomUuid, SaysVersionAndVariantWhateverTheBits) {
  EXPECT_EQ(FormatRandomUuid(0, 0), "00000000-0000-4000-8000-000000000000");
  EXPECT_EQ(FormatRandomUuid(~0ULL, ~0ULL), "ffffffff-ffff-4fff-bfff-ffffffffffff");
}

TEST(FormatRandomUuid, KeepsAllOtherBits) {
  EXPECT_EQ(FormatRandomUuid(0x0123456789abcdefULL, 0x0fedcba987654321ULL),
            "01234567-89ab-4def-8fed-cba987654321");
}

}  // namespace
}  // namespace portcullis::base
