// Decisions per second through one client that asks many questions in a call.

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "benchmark/benchmark.h"

#include "server/base/text.h"
#include "tests/bench/rpc/batch.h"
#include "tests/bench/rpc/questions.h"
#include "tests/bench/rpc/servers.h"
#include "tests/bench/rpc/subject.h"
#include "tests/bench/world.h"

namespace portcullis::bench {
namespace {

constexpr int kInFlight = 8;
constexpr size_t kUser = 5;

bool IsDenied(size_t item, bool denied) {
  return denied && item % 2 == 1;
}

// range(0): questions in a call. One and two completion queues at the server, on two cores that
// the client works on, too; half of the answers denials, which have a sentence to make; and the
// same questions one by one.
void BM_Batch(benchmark::State& state) {
  const auto count = static_cast<int>(state.range(0));
  const Server& one = Portcullis({"batch-1", UserFiles(1000)});
  const Server& two = Portcullis({"batch-2", UserFiles(1000), Transport::kTcp, false, 2});
  Subject single("authorize", one, AboutOneUser());
  Subject batch("batch", one, AboutObjects(count), count);
  Subject two_queues("two_queues", two, AboutObjects(count), count);
  Subject denied("half_denied", one, AboutObjects(count, true), count);
  TakeTurns({&single, &batch, &two_queues, &denied}, kInFlight, state);
}
BENCHMARK(BM_Batch)->Arg(10)->Arg(100)->Arg(500)->Iterations(1)->UseRealTime()->Unit(
    benchmark::kMillisecond);

}  // namespace

Questions AboutObjects(int count, bool denied) {
  v1::BatchAuthorizeRequest request;
  const v1::AuthorizeRequest alone = UserRequest(kUser);
  request.set_principal_arn(alone.principal_arn());
  *request.mutable_context() = alone.context();
  for (int i = 0; i < count; ++i) {
    v1::BatchAuthorizeItem* const item = request.add_items();
    item->set_action(alone.action());
    const size_t owner = IsDenied(static_cast<size_t>(i), denied) ? kUser + 1 : kUser;
    item->set_resource(base::Concat(
        {"arn:aws:s3:::bucket-", std::to_string(owner), "/reports/", std::to_string(i), ".csv"}));
  }
  return Asking<v1::BatchAuthorizeResponse>(
      "/portcullis.v1.AuthorizationService/BatchAuthorize", std::vector{request},
      [count, denied](size_t, const v1::BatchAuthorizeResponse& response) {
        if (response.results_size() != count) return false;
        for (int i = 0; i < count; ++i) {
          const v1::Decision wanted = IsDenied(static_cast<size_t>(i), denied)
                                          ? v1::DECISION_IMPLICIT_DENY
                                          : v1::DECISION_ALLOW;
          if (response.results(i).decision() != wanted) return false;
        }
        return response.principal_arn() == UserArn(kUser);
      });
}

}  // namespace portcullis::bench
