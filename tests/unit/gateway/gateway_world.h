// Gateways, proxies and callers of every kind for the tests of the door.
#ifndef PORTCULLIS_TESTS_UNIT_GATEWAY_GATEWAY_WORLD_H_
#define PORTCULLIS_TESTS_UNIT_GATEWAY_GATEWAY_WORLD_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

#include "server/audit/queue.h"
#include "server/gateway/gatekeeper.h"
#include "server/metrics/registry.h"
#include "server/signature/sign.h"
#include "tests/unit/engine/federated_world.h"

namespace portcullis::gateway {

// What a client sends, and what its proxy tells besides. Owns its texts.
struct Sent {
  using Pairs = std::vector<std::pair<std::string, std::string>>;

  std::string proxy = "edge";  // The listener's word.
  std::vector<std::string> identities;
  std::string secret;

  std::string method = "GET";
  std::string scheme = "https";
  std::string host = "orders.example.com";
  std::string target = "/orders/17";
  Pairs headers;
  bool joined = false;
  std::optional<std::string> body = "";
  Pairs extensions;
  std::string source_address = "192.0.2.1";
  std::string peer_principal;
  std::string trace_parent;

  Sent With(std::string_view name, std::string_view value) const;
};

// The views of a Sent, as long as that and this live.
class ArrivalOf {
 public:
  explicit ArrivalOf(const Sent& sent);
  const Arrival& get() const { return arrival_; }

 private:
  std::vector<std::string_view> identities_;
  std::vector<route::Header> headers_;
  std::vector<route::Extension> extensions_;
  Arrival arrival_;
};

// A header or pair of a definition.
route::PairDefinition Pair(std::string_view name, std::string_view value);
route::Located At(std::string_view text);

// Besides FederatedTest's: gateway `orders` at orders.example.com with all four methods and the
// rules health (public), get-order (orders:GetOrder, for `ana`, `web` and `Mesh`), copy (two
// questions); gateway `admin` at admin.example.com, with one rule about everything (ExecuteApi) and
// whole bodies; and the proxies edge (asserts everything), plain (nothing), mesh (by certificate),
// secretive (by secret), narrow (for `admin` only). Published, with every record kept.
class GatewayTest : public engine::FederatedTest {
 protected:
  static constexpr std::string_view kMeshSecret = "0123456789abcdef0123456789abcdef";
  static constexpr std::string_view kWorkload = "spiffe://example.org/ns/prod/sa/web";

  GatewayTest();

  route::GatewayDefinition& Orders() { return world.definitions().gateways.front(); }
  store::ProxyDefinition& ProxyNamed(std::string_view name);

  // The parts that decide, with a new queue of records.
  void Start(const audit::QueueOptions& options = {}, bool broken_sink = false);

  Verdict Check(const Sent& sent);
  // "allowed orders: reason" and the like, for tables.
  std::string Outcome(const Sent& sent);
  // What has been written until now; ends the queue.
  std::vector<std::string> Written();

  // `sent` with a signature of ana's key, or of other credentials.
  Sent Signed(Sent sent, signature::SignOptions options = {}, std::string_view key = kAnaKey,
              std::string_view secret = kSecret, std::optional<std::string_view> token = {});
  // `sent` as a presigned request of ana's.
  Sent Presigned(Sent sent, signature::SignOptions options = {});
  static Sent Bearing(Sent sent, std::string_view token);
  // A token of the identity provider's for `subject`, good for ten minutes.
  std::string Jwt(std::string_view subject = kSubject) const;

  struct Lines {
    absl::Mutex mutex;
    std::string text ABSL_GUARDED_BY(mutex);
  };
  std::shared_ptr<Lines> lines = std::make_shared<Lines>();
  metrics::Registry registry;
  std::unique_ptr<audit::Queue> queue;
  std::unique_ptr<engine::Recorder> recorder;
  std::unique_ptr<engine::Authorizer> authorizer;
  std::unique_ptr<engine::Sessions> sessions;
  std::unique_ptr<Gatekeeper> gatekeeper;
};

}  // namespace portcullis::gateway

#endif  // PORTCULLIS_TESTS_UNIT_GATEWAY_GATEWAY_WORLD_H_
