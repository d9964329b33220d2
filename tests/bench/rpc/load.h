// Asks a server as fast as it answers.
#ifndef PORTCULLIS_TESTS_BENCH_RPC_LOAD_H_
#define PORTCULLIS_TESTS_BENCH_RPC_LOAD_H_

#include <memory>
#include <string>
#include <vector>

#include "grpcpp/grpcpp.h"

#include "portcullis/v1/authorization_service.grpc.pb.h"

namespace portcullis::bench {

struct LoadResult {
  double seconds = 0;
  int wrong = 0;  // Not OK, or not the answer that was expected.
};

// A client with several connections, one completion queue and one thread. The question has four
// context entries; the right answer is DECISION_ALLOW for user-5.
class Load {
 public:
  explicit Load(const std::string& address);
  ~Load();

  // Asks `count` questions, `in_flight` at a time, and waits for all answers.
  LoadResult Run(int count, int in_flight);

 private:
  struct Call;
  void Ask(Call* call);

  std::vector<std::unique_ptr<v1::AuthorizationService::Stub>> stubs_;
  size_t next_stub_ = 0;
  grpc::CompletionQueue queue_;
  v1::AuthorizeRequest request_;
};

}  // namespace portcullis::bench

#endif  // PORTCULLIS_TESTS_BENCH_RPC_LOAD_H_
