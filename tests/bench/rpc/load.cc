#include "tests/bench/rpc/load.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "tests/bench/world.h"

namespace portcullis::bench {
namespace {

constexpr int kConnections = 8;
constexpr size_t kUser = 5;

}  // namespace

struct Load::Call {
  std::optional<grpc::ClientContext> context;
  std::unique_ptr<grpc::ClientAsyncResponseReader<v1::AuthorizeResponse>> reader;
  v1::AuthorizeResponse response;
  grpc::Status status;
};

Load::Load(const std::string& address) {
  for (int i = 0; i < kConnections; ++i) {
    // Channels of equal arguments would share a connection.
    grpc::ChannelArguments arguments;
    arguments.SetInt("portcullis.bench.connection", i);
    stubs_.push_back(v1::AuthorizationService::NewStub(
        grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments)));
  }
  request_.set_principal_arn(UserArn(kUser));
  request_.set_action("s3:GetObject");
  request_.set_resource(ObjectArn(kUser));
  for (const auto& [key, value] : {std::pair{"app:department", "blue"},
                                   {"app:project", "portcullis"},
                                   {"s3:prefix", "reports/2026"},
                                   {"aws:SourceIp", "10.1.2.3"}}) {
    v1::ContextEntry* const entry = request_.add_context();
    entry->set_key(key);
    entry->add_values(value);
  }
}

Load::~Load() {
  queue_.Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (queue_.Next(&tag, &ok)) {
  }
}

void Load::Ask(Call* call) {
  call->context.emplace();
  call->response.Clear();
  next_stub_ = next_stub_ + 1 == stubs_.size() ? 0 : next_stub_ + 1;
  call->reader = stubs_[next_stub_]->AsyncAuthorize(&*call->context, request_, &queue_);
  call->reader->Finish(&call->response, &call->status, call);
}

LoadResult Load::Run(int count, int in_flight) {
  LoadResult result;
  std::vector<std::unique_ptr<Call>> calls;
  const auto started = std::chrono::steady_clock::now();
  int asked = 0;
  for (; asked < std::min(count, in_flight); ++asked) {
    calls.push_back(std::make_unique<Call>());
    Ask(calls.back().get());
  }
  void* tag = nullptr;
  bool ok = false;
  for (int answered = 0; answered < count && queue_.Next(&tag, &ok); ++answered) {
    Call* const call = static_cast<Call*>(tag);
    const bool right = ok && call->status.ok() && call->response.decision() == v1::DECISION_ALLOW &&
                       call->response.principal_arn() == request_.principal_arn() &&
                       call->response.policy_revision().size() == 64;
    if (!right) ++result.wrong;
    if (asked < count) {
      ++asked;
      Ask(call);
    }
  }
  result.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  return result;
}

}  // namespace portcullis::bench
