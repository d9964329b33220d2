// The engine before anything was loaded: what handlers are tested with.
#ifndef PORTCULLIS_TESTS_UNIT_SERVICE_UNLOADED_SERVER_H_
#define PORTCULLIS_TESTS_UNIT_SERVICE_UNLOADED_SERVER_H_

#include <memory>

#include "server/base/clock.h"
#include "server/engine/accounts.h"
#include "server/engine/administration.h"
#include "server/engine/authorizer.h"
#include "server/engine/mfa.h"
#include "server/engine/recorder.h"
#include "server/engine/sessions.h"
#include "server/service/account_service.h"
#include "server/service/authorization_service.h"
#include "server/service/policy_admin_service.h"
#include "server/service/security_token_service.h"
#include "server/state/database.h"
#include "server/store/policy_store.h"

namespace portcullis::service {

// Says that nothing could be read.
class FailingReload final : public store::ReloadControl {
 public:
  store::ReloadStatus Status() const override {
    store::ReloadStatus status;
    status.latest_result = absl::NotFoundError("policies: no such directory");
    return status;
  }
  absl::StatusOr<store::ReloadStatus> ReloadNow(absl::Time) override { return Status(); }
};

struct UnloadedServer {
  std::unique_ptr<state::Database> database = *state::Database::Open({});
  std::unique_ptr<state::RevocationLog> revocations = *state::RevocationLog::Open(database.get());
  state::ActivityTracker activity{database.get()};
  state::ReportStore reports{database.get()};
  store::PolicyStore store;
  FailingReload reload;
  engine::Mfa mfa;
  engine::Recorder recorder{nullptr, nullptr};
  engine::Authorizer authorizer{store, base::Clock::System(), recorder, nullptr};
  engine::IdentityProviders providers{base::Clock::System(), nullptr, {}};
  engine::Sessions sessions{
      store, base::Clock::System(), {mfa, recorder, providers, authorizer, nullptr}};
  engine::Administration administration{store, base::Clock::System(), authorizer, reload, recorder};
  engine::Accounts accounts{
      store, base::Clock::System(),
      engine::AccountsParts{authorizer, recorder, activity, reports, *revocations}};
  AuthorizationService authorization{authorizer};
  SecurityTokenService security_token{sessions};
  PolicyAdminService policy_admin{administration, "1.2.3"};
  AccountService account{accounts};
};

}  // namespace portcullis::service

#endif  // PORTCULLIS_TESTS_UNIT_SERVICE_UNLOADED_SERVER_H_
