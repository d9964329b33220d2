#include "client/retry.h"

#include <algorithm>
#include <random>

namespace portcullis::client {

absl::Duration PauseAfter(int failures, const RetryPolicy& policy, double random) {
  absl::Duration pause = policy.first_pause;
  for (int i = 1; i < failures && pause < policy.pause_max; ++i) pause *= 2;
  return std::min(pause, policy.pause_max) * (1 - random / 2);
}

double RandomFraction() {
  thread_local std::mt19937_64 engine{std::random_device()()};
  return std::uniform_real_distribution<double>(0, 1)(engine);
}

}  // namespace portcullis::client
