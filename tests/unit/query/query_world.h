// The endpoint's tests ask it as clients do: signed requests in, documents out.
#ifndef PORTCULLIS_TESTS_UNIT_QUERY_QUERY_WORLD_H_
#define PORTCULLIS_TESTS_UNIT_QUERY_QUERY_WORLD_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"

#include "server/audit/queue.h"
#include "server/engine/accounts.h"
#include "server/engine/administration.h"
#include "server/engine/directory.h"
#include "server/http/message.h"
#include "server/metrics/registry.h"
#include "server/query/endpoint.h"
#include "server/state/activity.h"
#include "server/state/report_store.h"
#include "server/store/reload_status.h"
#include "tests/unit/audit/audit_fixtures.h"
#include "tests/unit/engine/sts_world.h"

namespace portcullis::query {

// Who signs, and with what.
struct Signer {
  std::string access_key_id;
  std::string secret;
  std::optional<std::string> token = std::nullopt;
};

// A request, and how it is signed.
struct Sent {
  std::string method = "POST";
  std::string path = "/";
  std::string query;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  bool secure = false;
};

// What came back.
struct Reply {
  int status = 0;
  std::vector<http::ResponseHeader> headers;
  std::string body;

  // What the first element of that name holds; "" if there is none.
  std::string Text(std::string_view element) const;
  std::string Header(std::string_view name) const;
  // "200", or the error's status and code: "403 AccessDenied".
  std::string Outcome() const;
};

// Form parameters by name; Encode() makes the body.
using Fields = std::vector<std::pair<std::string_view, std::string_view>>;
std::string Encode(const Fields& fields);

class NoReload : public store::ReloadControl {
 public:
  store::ReloadStatus Status() const override { return {}; }
  absl::StatusOr<store::ReloadStatus> ReloadNow(absl::Time) override {
    return absl::UnimplementedError("no policies are read here");
  }
};

// The users of StsTest: ana, bob and root, each with a key, behind an endpoint at "/".
class QueryTest : public engine::StsTest {
 public:
  explicit QueryTest(std::optional<audit::QueueOptions> audited = std::nullopt);

  static Signer Ana() { return {std::string(kAnaKey), std::string(kSecret)}; }
  static Signer Bob() { return {std::string(kBobKey), std::string(kSecret)}; }
  // A session's credentials; the role must be assumable by ana.
  Signer Session(std::string_view role_name);

  // Signs `sent` for `service` at the clock's time plus `later`, header form.
  Sent Signed(Sent sent, const Signer& signer, std::string_view service = "sts",
              absl::Duration later = absl::ZeroDuration()) const;
  Sent Presigned(Sent sent, const Signer& signer, absl::Duration expires,
                 std::string_view service = "sts") const;
  Reply Deliver(const Sent& sent) const;

  // A POST with the fields and Action and Version before them.
  static Sent Request(std::string_view action, const Fields& fields = {},
                      Service service = Service::kSts);
  Reply Sts(const Signer& signer, std::string_view action, const Fields& fields = {}) const {
    return Deliver(Signed(Request(action, fields), signer));
  }
  Reply Iam(const Signer& signer, std::string_view action, const Fields& fields = {}) const {
    return Deliver(Signed(Request(action, fields, Service::kIam), signer, "iam"));
  }

  using engine::StsTest::kAccount;
  using engine::StsTest::kAna;

 protected:
  static state::ActivityOptions Quiet(const base::Clock* clock);

  metrics::Registry registry;
  std::vector<std::string> internal_errors;
  state::ActivityTracker activity{world.database.get(), Quiet(&world.clock)};
  state::ReportStore reports{world.database.get()};
  NoReload reload;
  audit::Memory audit_log;
  std::unique_ptr<audit::Queue> queue;  // nullptr unless the test is audited; writes `audit_log`.
  engine::Recorder recorder;
  engine::Authorizer authorizer{world.store, world.clock, recorder, world.revocations.get()};
  engine::Sessions sessions{world.store, world.clock,
                            engine::SessionsParts{world.mfa, recorder, world.providers, authorizer,
                                                  world.revocations.get()}};
  engine::Accounts accounts{
      world.store, world.clock,
      engine::AccountsParts{authorizer, recorder, activity, reports, *world.revocations}};
  engine::Administration administration{world.store, world.clock, authorizer, reload, recorder};
  engine::Directory directory{
      world.store, world.clock,
      engine::DirectoryParts{authorizer, recorder, activity, world.revocations.get()}};
  std::unique_ptr<Endpoint> endpoint;
};

}  // namespace portcullis::query

#endif  // PORTCULLIS_TESTS_UNIT_QUERY_QUERY_WORLD_H_
