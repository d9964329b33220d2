// Where the keys of a provider come from: a set that was read with the policies, or the provider
// itself, asked now and then.
#ifndef PORTCULLIS_SERVER_FEDERATION_KEY_SOURCE_H_
#define PORTCULLIS_SERVER_FEDERATION_KEY_SOURCE_H_

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/federation/http_fetcher.h"
#include "server/federation/identity_token.h"
#include "server/federation/jwks.h"

namespace portcullis::federation {

// Thread-safe. Failures carry the reason that a caller of STS is told: "IDPCommunicationError"
// (UNAVAILABLE: the provider did not answer, try again) or "InvalidIdentityToken" (it answered
// something that is no key set of that issuer).
class KeySource {
 public:
  using Keys = std::shared_ptr<const KeySet>;  // Never null in an OK result.

  virtual ~KeySource() = default;

  // The keys to verify with.
  virtual absl::StatusOr<Keys> Current() = 0;

  // For a token whose key `seen` did not have: newer keys if they can be had, otherwise the same.
  virtual absl::StatusOr<Keys> NewerThan(const Keys& seen) = 0;
};

// The keys of a file or of the policies' text. They change when the policies do.
class FixedKeySource : public KeySource {
 public:
  // REQUIRES: `keys` is not null.
  explicit FixedKeySource(Keys keys) : keys_(std::move(keys)) {}

  absl::StatusOr<Keys> Current() override { return keys_; }
  absl::StatusOr<Keys> NewerThan(const Keys& /*seen*/) override { return keys_; }

 private:
  const Keys keys_;
};

struct RemoteKeySourceOptions {
  std::string issuer;                // `https://host[/path]`
  std::string jwks_url;              // "" if the issuer's discovery document has to tell it.
  bool allow_loopback_http = false;  // See HttpFetcherOptions; for tests.
};

// Asks the provider, and remembers.
//
// A key set is fresh as long as its answer's Cache-Control says (max-age, 5 minutes to 24 hours; 5
// minutes if it says nothing). The first caller after that asks for a new one; others who come
// meanwhile go on with the old keys, or wait for the same answer if there are none. When asking
// fails the old keys serve on, for 24 hours at most: an attacker who can keep the provider silent
// must not keep a withdrawn key alive for good. A caller is never blocked longer than kWaitMax.
class RemoteKeySource : public KeySource {
 public:
  // For the discovery document and the key set together.
  static constexpr absl::Duration kFetchTimeout = absl::Seconds(5);
  static constexpr absl::Duration kWaitMax = absl::Seconds(6);
  static constexpr absl::Duration kFreshMin = absl::Minutes(5);
  static constexpr absl::Duration kFreshMax = absl::Hours(24);
  static constexpr absl::Duration kStaleMax = absl::Hours(24);
  // Between two fetches because of unknown keys, which strangers can cause.
  static constexpr absl::Duration kUnknownKeyInterval = absl::Seconds(30);
  // After a failure: so that not every request waits for a provider that is down.
  static constexpr absl::Duration kRetryInterval = absl::Seconds(10);

  // `fetcher` and `clock` must outlive it. Does not fetch yet.
  RemoteKeySource(RemoteKeySourceOptions options, HttpFetcher* fetcher, const base::Clock* clock)
      : options_(std::move(options)), fetcher_(*fetcher), clock_(*clock) {}

  absl::StatusOr<Keys> Current() override ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<Keys> NewerThan(const Keys& seen) override ABSL_LOCKS_EXCLUDED(mutex_);

  // Why the latest fetch failed, for operators; OK if it did not, or there was none.
  absl::Status last_failure() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Fetched {
    Keys keys;
    absl::Duration fresh_for;
  };

  // Fetches, or waits for the one who is fetching. Gives the lock up meanwhile.
  void Refresh() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Keep(absl::StatusOr<Fetched> fetched) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<Keys> Answer() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  absl::StatusOr<Fetched> Fetch() const;
  absl::StatusOr<std::string> DiscoverKeyUrl(absl::Time deadline) const;
  absl::StatusOr<HttpResponse> Get(const std::string& url, absl::Time deadline) const;

  const RemoteKeySourceOptions options_;
  HttpFetcher& fetcher_;
  const base::Clock& clock_;

  mutable absl::Mutex mutex_;
  bool fetching_ ABSL_GUARDED_BY(mutex_) = false;
  Keys keys_ ABSL_GUARDED_BY(mutex_);
  absl::Time fresh_until_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  absl::Time stale_until_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  absl::Time retry_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  absl::Time unknown_key_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);  // Of the latest fetch.
};

// VerifyIdentityToken with the keys of `source`; `provider.keys` is not looked at. A token with an
// unknown key is tried once more if there are newer keys.
absl::StatusOr<IdentityToken> VerifyIdentityToken(std::string_view token, ProviderFacts provider,
                                                  KeySource& source, absl::Time now);

}  // namespace portcullis::federation

#endif  // PORTCULLIS_SERVER_FEDERATION_KEY_SOURCE_H_
