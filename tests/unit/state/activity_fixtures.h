// Uses that the tests of activity share.
#ifndef PORTCULLIS_TESTS_UNIT_STATE_ACTIVITY_FIXTURES_H_
#define PORTCULLIS_TESTS_UNIT_STATE_ACTIVITY_FIXTURES_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "server/state/activity.h"
#include "tests/unit/state/state_fixtures.h"

namespace portcullis::state {

inline constexpr char kAccount[] = "111122223333";
inline constexpr char kAnaId[] = "AIDAANA";
inline constexpr char kAnaArn[] = "arn:aws:iam::111122223333:user/ana";
inline constexpr char kAnaKey[] = "AKIAANA";
inline constexpr char kRegion[] = "eu-central-1";

// Ana, with her key, at that second.
inline Use AnaUses(std::string_view service, std::string_view action, int64_t seconds) {
  return {.account = kAccount,
          .kind = EntityKind::kUser,
          .unique_id = kAnaId,
          .arn = kAnaArn,
          .service = service,
          .action = action,
          .region = kRegion,
          .access_key_id = kAnaKey,
          .time = At(seconds)};
}

class FakeClock : public base::Clock {
 public:
  explicit FakeClock(int64_t seconds) : seconds_(seconds) {}
  absl::Time Now() const override { return At(seconds_.load()); }
  void Set(int64_t seconds) { seconds_ = seconds; }

 private:
  std::atomic<int64_t> seconds_;
};

inline const FakeClock& ClockAtNow() {
  static const FakeClock* const clock = new FakeClock(kNow);
  return *clock;
}

// Flushes only when told to.
inline ActivityOptions Quiet(ActivityLimits limits = {}) {
  ActivityOptions options;
  options.limits = limits;
  options.flush_interval = absl::InfiniteDuration();
  options.clock = &ClockAtNow();
  return options;
}

inline std::vector<ServiceUse> AnasServices(const ActivityTracker& tracker,
                                            bool with_actions = true) {
  const auto uses = tracker.ServicesUsedBy(kAccount, EntityKind::kUser, kAnaId, with_actions);
  EXPECT_TRUE(uses.ok()) << uses.status();
  return uses.ok() ? *uses : std::vector<ServiceUse>();
}

inline std::optional<KeyUse> LastUse(const ActivityTracker& tracker, std::string_view key) {
  const auto use = tracker.LastKeyUse(key);
  EXPECT_TRUE(use.ok()) << use.status();
  return use.ok() ? *use : std::nullopt;
}

}  // namespace portcullis::state

#endif  // PORTCULLIS_TESTS_UNIT_STATE_ACTIVITY_FIXTURES_H_
