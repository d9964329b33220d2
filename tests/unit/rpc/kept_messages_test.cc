#include "server/rpc/kept_messages.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>

#include "gtest/gtest.h"

#include "portcullis/v1/authorization_service.pb.h"

namespace portcullis::rpc {
namespace {

using Kept = KeptMessages<v1::BatchAuthorizeRequest, v1::BatchAuthorizeResponse>;

constexpr char kArn[] = "arn:aws:iam::111111111111:user/ana";

TEST(KeptMessagesTest, GivesTheSameMessagesAgain) {
  Kept kept;
  kept.Get().request.set_principal_arn(kArn);
  const Kept::Pair* const pair = &kept.Get();
  kept.Done(1000);
  EXPECT_EQ(&kept.Get(), pair);
  EXPECT_EQ(kept.Get().request.principal_arn(), kArn);
}

TEST(KeptMessagesTest, ForgetsWhenToldTo) {
  Kept kept;
  kept.Get().request.set_principal_arn(kArn);
  kept.Forget();
  EXPECT_FALSE(kept.Get().request.has_principal_arn());
}

TEST(KeptMessagesTest, HandsOverWhatItHas) {
  Kept kept;
  EXPECT_EQ(kept.Take(), nullptr);
  kept.Get().request.set_principal_arn(kArn);
  const std::unique_ptr<Kept::Pair> pair = kept.Take();
  ASSERT_NE(pair, nullptr);
  EXPECT_EQ(pair->request.principal_arn(), kArn);
  EXPECT_NE(&kept.Get(), pair.get());
  EXPECT_FALSE(kept.Get().request.has_principal_arn());
}

// A client that makes another part of the message long each time.
TEST(KeptMessagesTest, IsBoundedWhateverIsRead) {
  constexpr int kItems = 1000;
  Kept kept;
  size_t most = 0;
  for (int longest = 0; longest < kItems; ++longest) {
    v1::BatchAuthorizeRequest sent;
    for (int i = 0; i < kItems; ++i) sent.add_items();
    sent.mutable_items(longest)->set_resource(std::string(60'000, 'x'));
    const std::string bytes = sent.SerializeAsString();
    v1::BatchAuthorizeRequest& request = kept.Get().request;
    ASSERT_TRUE(request.ParseFromString(bytes));
    most = std::max(most, request.SpaceUsedLong());
    kept.Done(bytes.size());
  }
  // The parts themselves, and twice what may go through them.
  v1::BatchAuthorizeRequest empty;
  for (int i = 0; i < kItems; ++i) empty.add_items();
  EXPECT_LT(most, empty.SpaceUsedLong() + 2 * (Kept::kBytesMax + 60'000));
}

}  // namespace
}  // namespace portcullis::rpc
