#include "server/audit/queue.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "tests/unit/audit/audit_fixtures.h"

namespace portcullis::audit {
namespace {

using ::testing::HasSubstr;

std::vector<std::unique_ptr<Sink>> One(Memory* memory) {
  std::vector<std::unique_ptr<Sink>> sinks;
  sinks.push_back(std::make_unique<MemorySink>(memory));
  return sinks;
}

QueueOptions Quick() {
  QueueOptions options;
  options.write_interval = absl::Milliseconds(1);
  options.retry_interval = absl::Milliseconds(1);
  options.flush_interval = absl::Milliseconds(5);
  return options;
}

// Waits, bounded, until `holds`.
template <typename Condition>
bool Eventually(Condition holds) {
  for (int i = 0; i < 5000; ++i) {
    if (holds()) return true;
    absl::SleepFor(absl::Milliseconds(1));
  }
  return false;
}

absl::Status PushOne(Queue& queue, Record record) {
  return queue.Push(record);
}

TEST(Queue, WritesInOrderAndClearsTheRecord) {
  Memory memory;
  metrics::Registry registry;
  Queue queue(Quick(), One(&memory), &registry);
  Record record;
  for (int i = 0; i < 100; ++i) {
    record = Allowed("id-" + std::to_string(i));
    ASSERT_TRUE(queue.Push(record).ok());
    EXPECT_EQ(record.Get(Text::kDecisionId), "");
  }
  EXPECT_TRUE(queue.Shutdown(absl::Seconds(5)).ok());
  const std::vector<std::string> lines = memory.Lines();
  ASSERT_EQ(lines.size(), 100u);
  for (int i = 0; i < 100; ++i) {
    EXPECT_THAT(lines[i], HasSubstr("\"id-" + std::to_string(i) + "\""));
  }
  EXPECT_EQ(queue.stats().accepted, 100u);
  EXPECT_EQ(queue.stats().written, 100u);
  EXPECT_GE(memory.flushes, 1);
  const std::string text = registry.TextExposition();
  EXPECT_THAT(text, HasSubstr("portcullis_audit_records_total{sink=\"file\",result=\"written\"} "
                              "100\n"));
  EXPECT_THAT(text, HasSubstr("portcullis_audit_queue_length 0\n"));
}

TEST(Queue, WritesWithoutBeingShutDown) {
  Memory memory;
  Queue queue(Quick(), One(&memory), nullptr);
  ASSERT_TRUE(PushOne(queue, Allowed("soon")).ok());
  EXPECT_TRUE(Eventually([&] { return memory.Lines().size() == 1; }));
}

TEST(Queue, AFullQueueWakesTheWriterEarly) {
  Memory memory;
  QueueOptions options = Quick();
  options.capacity = 64;
  options.write_interval = absl::Hours(1);
  options.on_full_important = OnFull::kDrop;
  Queue queue(options, One(&memory), nullptr);
  absl::SleepFor(absl::Milliseconds(20));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(PushOne(queue, Allowed("x")).ok());
  EXPECT_TRUE(Eventually([&] { return memory.Lines().size() >= 16; }));
}

// A queue of four whose sink hangs with one batch in hand, so that it fills up.
class FullQueueTest : public ::testing::Test {
 protected:
  void Fill(QueueOptions options) {
    options.capacity = 4;
    memory_.SetBlocked(true);
    queue_ = std::make_unique<Queue>(options, One(&memory_), &registry_);
    ASSERT_TRUE(PushOne(*queue_, Allowed("in hand")).ok());
    ASSERT_TRUE(Eventually([&] { return memory_.attempts == 1; }));
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(PushOne(*queue_, Allowed("queued")).ok());
    ASSERT_EQ(queue_->stats().dropped, 0u);
  }
  void TearDown() override {
    memory_.SetBlocked(false);
    queue_.reset();
  }

  Memory memory_;
  metrics::Registry registry_;
  std::unique_ptr<Queue> queue_;
};

TEST_F(FullQueueTest, DropsAndCounts) {
  QueueOptions options = Quick();
  options.on_full_important = OnFull::kDrop;
  Fill(options);
  EXPECT_TRUE(PushOne(*queue_, Allowed("dropped")).ok());
  EXPECT_TRUE(PushOne(*queue_, Denied("dropped")).ok());
  EXPECT_EQ(queue_->stats().dropped, 2u);
  EXPECT_FALSE(queue_->healthy());
  EXPECT_THAT(registry_.TextExposition(),
              HasSubstr("portcullis_audit_records_total{sink=\"file\",result=\"dropped\"} 2\n"));
  memory_.SetBlocked(false);
  EXPECT_TRUE(queue_->Shutdown(absl::Seconds(5)).ok());
  EXPECT_EQ(memory_.Lines().size(), 5u);
}

TEST_F(FullQueueTest, BlocksUpToItsBound) {
  QueueOptions options = Quick();
  options.on_full_important = OnFull::kBlock;
  options.block_max = absl::Milliseconds(30);
  Fill(options);
  const absl::Time start = absl::Now();
  EXPECT_TRUE(PushOne(*queue_, Denied("dropped at last")).ok());
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(30));
  EXPECT_EQ(queue_->stats().dropped, 1u);
  EXPECT_TRUE(PushOne(*queue_, Allowed("not worth waiting")).ok());
  EXPECT_EQ(queue_->stats().dropped, 2u);
}

TEST_F(FullQueueTest, ABlockedRecordGetsRoomWhenThereIs) {
  QueueOptions options = Quick();
  options.on_full_important = OnFull::kBlock;
  options.block_max = absl::Seconds(30);
  Fill(options);
  std::thread opener([this] {
    absl::SleepFor(absl::Milliseconds(20));
    memory_.SetBlocked(false);
  });
  EXPECT_TRUE(PushOne(*queue_, Denied("patient")).ok());
  opener.join();
  EXPECT_EQ(queue_->stats().dropped, 0u);
  EXPECT_TRUE(queue_->Shutdown(absl::Seconds(5)).ok());
  EXPECT_THAT(memory_.Lines().back(), HasSubstr("patient"));
}

TEST_F(FullQueueTest, FailsClosed) {
  QueueOptions options = Quick();
  options.on_full = OnFull::kFailClosed;
  options.on_full_important = OnFull::kFailClosed;
  options.block_max = absl::Milliseconds(1);
  Fill(options);
  const absl::Status status = PushOne(*queue_, Allowed("refused"));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(base::ReasonOf(status), "AUDIT_UNAVAILABLE");
  EXPECT_EQ(queue_->stats().refused, 1u);
  EXPECT_EQ(queue_->stats().dropped, 0u);
}

TEST_F(FullQueueTest, ShutdownDoesNotWaitForAHangingSink) {
  Fill(Quick());
  const absl::Time start = absl::Now();
  EXPECT_EQ(queue_->Shutdown(absl::Milliseconds(50)).code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
  EXPECT_EQ(queue_->stats().dropped, 5u);
  EXPECT_TRUE(queue_->Shutdown(absl::Milliseconds(50)).ok()) << "idempotent";
  memory_.SetBlocked(false);
  // The writer left behind still uses the sink; it must be gone before the test's memory is.
  EXPECT_TRUE(Eventually([&] { return memory_.flushes > 0; }));
  absl::SleepFor(absl::Milliseconds(50));
}

TEST(Queue, CountsWhatNoSinkTakes) {
  Memory memory;
  memory.failing = true;
  metrics::Registry registry;
  Queue queue(Quick(), One(&memory), &registry);
  ASSERT_TRUE(PushOne(queue, Denied("lost")).ok());
  EXPECT_TRUE(Eventually([&] { return queue.stats().failed == 1; }));
  EXPECT_EQ(queue.stats().last_error.message(), "disk full");
  EXPECT_FALSE(queue.healthy());
  EXPECT_THAT(registry.TextExposition(),
              HasSubstr("portcullis_audit_records_total{sink=\"file\",result=\"failed\"} 1\n"));
  memory.failing = false;
  ASSERT_TRUE(PushOne(queue, Denied("kept")).ok());
  EXPECT_TRUE(Eventually([&] { return queue.stats().written == 1; }));
  EXPECT_TRUE(queue.healthy());
  EXPECT_TRUE(queue.stats().last_error.ok());
}

TEST(Queue, FailingClosedLosesNothingAndRecovers) {
  Memory memory;
  memory.failing = true;
  QueueOptions options = Quick();
  options.on_full_important = OnFull::kFailClosed;
  Queue queue(options, One(&memory), nullptr);
  ASSERT_TRUE(PushOne(queue, Denied("accepted before the failure showed")).ok());
  ASSERT_TRUE(Eventually([&] { return memory.attempts >= 3; }));
  EXPECT_FALSE(queue.healthy());
  EXPECT_EQ(base::ReasonOf(PushOne(queue, Denied("refused"))), "AUDIT_UNAVAILABLE");
  EXPECT_TRUE(PushOne(queue, Allowed("may be late")).ok());
  memory.failing = false;
  EXPECT_TRUE(Eventually([&] { return queue.healthy() && queue.stats().written == 2; }));
  EXPECT_TRUE(PushOne(queue, Denied("again")).ok());
  EXPECT_TRUE(queue.Shutdown(absl::Seconds(5)).ok());
  EXPECT_EQ(memory.Lines().size(), 3u);
  EXPECT_EQ(queue.stats().failed, 0u);
}

TEST(Queue, OneWorkingSinkOfTwoIsEnough) {
  Memory broken;
  broken.failing = true;
  Memory working;
  std::vector<std::unique_ptr<Sink>> sinks;
  sinks.push_back(std::make_unique<MemorySink>(&broken, metrics::AuditSink::kFile));
  sinks.push_back(std::make_unique<MemorySink>(&working, metrics::AuditSink::kStdout));
  metrics::Registry registry;
  QueueOptions options = Quick();
  options.on_full_important = OnFull::kFailClosed;
  Queue queue(options, std::move(sinks), &registry);
  ASSERT_TRUE(PushOne(queue, Denied("x")).ok());
  EXPECT_TRUE(queue.Shutdown(absl::Seconds(5)).ok());
  EXPECT_EQ(working.Lines().size(), 1u);
  EXPECT_EQ(queue.stats().written, 1u);
  const std::string text = registry.TextExposition();
  EXPECT_THAT(text, HasSubstr("{sink=\"file\",result=\"failed\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("{sink=\"stdout\",result=\"written\"} 1\n"));
}

TEST(Queue, RefusesOrDropsAfterShutdown) {
  Memory memory;
  QueueOptions options = Quick();
  options.on_full_important = OnFull::kFailClosed;
  Queue queue(options, One(&memory), nullptr);
  EXPECT_TRUE(queue.Shutdown(absl::Seconds(5)).ok());
  EXPECT_FALSE(PushOne(queue, Denied("late")).ok());
  EXPECT_TRUE(PushOne(queue, Allowed("late")).ok());
  EXPECT_EQ(queue.stats().refused, 1u);
  EXPECT_EQ(queue.stats().dropped, 1u);
  EXPECT_TRUE(memory.Lines().empty());
}

TEST(Queue, CountsOversizedRecords) {
  Memory memory;
  metrics::Registry registry;
  Queue queue(Quick(), One(&memory), &registry);
  Record record = Denied("x");
  record.Set(Text::kUserAgent, std::string(kTextBytesMax + 1, 'x'));
  ASSERT_TRUE(queue.Push(record).ok());
  EXPECT_TRUE(queue.Shutdown(absl::Seconds(5)).ok());
  EXPECT_EQ(queue.stats().oversized, 1u);
  EXPECT_THAT(registry.TextExposition(), HasSubstr("portcullis_audit_oversized_records_total 1\n"));
}

TEST(Queue, PassesOnReopen) {
  Memory memory;
  Queue queue(Quick(), One(&memory), nullptr);
  queue.Reopen();
  EXPECT_EQ(memory.reopens, 1);
}

// Meant for the thread sanitizer, too.
TEST(Queue, ManyThreadsLoseNothing) {
  constexpr int kThreads = 4;
  constexpr int kEach = 5000;
  Memory memory;
  metrics::Registry registry;
  QueueOptions options = Quick();
  options.capacity = 256;
  options.on_full = OnFull::kBlock;
  options.block_max = absl::Seconds(60);
  Queue queue(options, One(&memory), &registry);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&queue, t] {
      Record record;
      for (int i = 0; i < kEach; ++i) {
        record.event = Event::kAuthorize;
        record.outcome = i % 2 == 0 ? Outcome::kAllow : Outcome::kExplicitDeny;
        record.Set(Text::kDecisionId, std::to_string(t) + "-" + std::to_string(i));
        EXPECT_TRUE(queue.Push(record).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(queue.Shutdown(absl::Seconds(60)).ok());
  EXPECT_EQ(memory.Lines().size(), static_cast<size_t>(kThreads * kEach));
  EXPECT_EQ(queue.stats().dropped, 0u);
}

}  // namespace
}  // namespace portcullis::audit
