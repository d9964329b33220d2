// Sessions of callers whom somebody else vouches for, made once and used while they are good.
#ifndef PORTCULLIS_SERVER_GATEWAY_SESSION_EXCHANGE_INTERNAL_H_
#define PORTCULLIS_SERVER_GATEWAY_SESSION_EXCHANGE_INTERNAL_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"

#include "server/base/clock.h"
#include "server/engine/query.h"
#include "server/engine/sessions.h"

namespace portcullis::gateway {

// What a session is asked for with. Views outlive the object.
struct ExchangeRequest {
  enum class Kind : uint8_t { kWebIdentity, kWorkload };
  Kind kind = Kind::kWebIdentity;
  std::string_view proof;  // The JWT, or the SPIFFE ID that the proxy vouches for.
  std::string_view role_arn;
  std::string session_name;
  // Of the policies that the session is for: others may not admit the caller.
  std::string_view policy_revision;
};

// Turns proofs into session tokens. A token is kept until the proof or the session ends, whichever
// is sooner, under everything that its making depended on: proof, role, policies, and what of the
// peer trust policies can ask about. So a request with a kept one is decided as the exchange would
// have been, except that a session revoked by hand stays so until it is dropped. What is kept holds
// no right by itself: the authorizer looks at the session again for every request.
//
// Of several requests at once with one proof one makes the exchange and the others wait for it.
// Thread-safe. Bounded: kKeptMax sessions, the oldest goes first. Failures are not kept, so nobody
// who has no good proof can push out what others have.
class SessionExchange {
 public:
  static constexpr size_t kKeptMax = 10'000;

  // Both outlive the object.
  SessionExchange(engine::Sessions& sessions, const base::Clock& clock);
  SessionExchange(const SessionExchange&) = delete;
  SessionExchange& operator=(const SessionExchange&) = delete;

  // A session token. May wait as Sessions::AssumeRoleWithWebIdentity does; errors of that and of
  // AssumeRoleWithWorkloadIdentity, each of which writes its own record.
  absl::StatusOr<std::string> SessionFor(const ExchangeRequest& request, const engine::Peer& peer);

  // Whether SessionFor() need not ask anybody now.
  bool Has(const ExchangeRequest& request, const engine::Peer& peer) const;

  // For tests.
  size_t kept() const;

 private:
  static constexpr size_t kShards = 16;

  struct Session {
    std::string token;
    absl::Time until;
  };
  // An exchange on its way. `result` is written before `done` is notified.
  struct Flight {
    absl::Notification done;
    absl::StatusOr<Session> result;
  };
  struct Shard {
    mutable absl::Mutex mutex;
    absl::flat_hash_map<std::string, Session> kept ABSL_GUARDED_BY(mutex);
    std::deque<std::string> order ABSL_GUARDED_BY(mutex);  // Keys of `kept`, oldest first.
    absl::flat_hash_map<std::string, std::shared_ptr<Flight>> flights ABSL_GUARDED_BY(mutex);
  };

  Shard& ShardOf(const std::string& key) const;
  absl::StatusOr<Session> Make(const ExchangeRequest& request, const engine::Peer& peer);
  static void Keep(const std::string& key, const Session& session, Shard* shard)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard->mutex);

  engine::Sessions& sessions_;
  const base::Clock& clock_;
  mutable std::array<Shard, kShards> shards_;
};

}  // namespace portcullis::gateway

#endif  // PORTCULLIS_SERVER_GATEWAY_SESSION_EXCHANGE_INTERNAL_H_
