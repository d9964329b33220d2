#include "server/store/policy_store.h"

#include <atomic>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

#include "tests/unit/store/build_helpers.h"

namespace portcullis::store {
namespace {

std::shared_ptr<const Snapshot> SmallSnapshot() {
  TestFile file("a.yaml");
  file.Account(kDev);
  return BuildFrom(file).snapshot;
}

TEST(PolicyStoreTest, HasNothingUntilSomethingIsPublished) {
  PolicyStore store;
  EXPECT_EQ(store.Current(), nullptr);
  EXPECT_EQ(store.generation(), 0u);
  PolicyStore::Pin pin;
  EXPECT_EQ(pin.Get(store), nullptr);
}

TEST(PolicyStoreTest, PublishReturnsTheOneBefore) {
  PolicyStore store;
  const auto first = SmallSnapshot();
  const auto second = SmallSnapshot();
  EXPECT_EQ(store.Publish(first), nullptr);
  EXPECT_EQ(store.Current(), first);
  EXPECT_EQ(store.Publish(second), first);
  EXPECT_EQ(store.Current(), second);
  EXPECT_EQ(store.generation(), 2u);
}

TEST(PolicyStoreTest, PinFollowsPublicationsAndHoldsWhatItReturned) {
  PolicyStore store;
  PolicyStore::Pin pin;
  auto first = SmallSnapshot();
  store.Publish(first);
  EXPECT_EQ(pin.Get(store), first);
  const long held = first.use_count();
  EXPECT_EQ(pin.Get(store), first);
  EXPECT_EQ(first.use_count(), held);  // A second look copies nothing.
  store.Publish(SmallSnapshot());
  EXPECT_NE(pin.Get(store), first);
  EXPECT_EQ(first.use_count(), 1);
  pin.Release();
  EXPECT_NE(pin.Get(store), nullptr);
}

TEST(PolicyStoreTest, NoPinHoldsWhatIsNotCurrent) {
  PolicyStore store;
  const auto first = SmallSnapshot();
  store.Publish(first);
  PolicyStore::Pin idle;
  PolicyStore::Pin busy;
  idle.Get(store);
  const std::shared_ptr<const Snapshot> in_use = busy.Get(store);
  EXPECT_EQ(first.use_count(), 4);  // Here, in the store, and by each pin.
  store.Publish(SmallSnapshot());
  EXPECT_EQ(first.use_count(), 2);  // Here, and by the request that still uses it.
  EXPECT_EQ(in_use, first);
  EXPECT_EQ(idle.Get(store), store.Current());
}

// Readers see only complete snapshots, and generations never go back. For the thread sanitizer.
TEST(PolicyStoreTest, ReadersAndPublisherRunAtOnce) {
  PolicyStore store;
  store.Publish(SmallSnapshot());
  std::atomic<bool> stop = false;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      PolicyStore::Pin pin;
      while (!stop.load()) {
        const auto& snapshot = pin.Get(store);
        if (snapshot == nullptr || snapshot->FindAccount(kDev) == nullptr) ++wrong;
      }
    });
  }
  std::vector<std::shared_ptr<const Snapshot>> retired;
  for (int i = 0; i < 200; ++i) retired.push_back(store.Publish(SmallSnapshot()));
  stop = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_EQ(store.generation(), 201u);
  for (const auto& snapshot : retired) EXPECT_EQ(snapshot.use_count(), 1);
}

}  // namespace
}  // namespace portcullis::store
