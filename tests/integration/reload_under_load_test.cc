// Reloads while clients ask: no request is lost, and every answer is that of the policies it names.

#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "tests/integration/running_server.h"

namespace portcullis {
namespace {

namespace fs = std::filesystem;

constexpr int kReloads = 1000;
constexpr int kClients = 3;
constexpr char kZoe[] = "arn:aws:iam::111111111111:user/zoe";

// The policy directory as Kubernetes mounts a ConfigMap: every generation complete in a directory
// of its own, the current one named by `..data`, which is replaced by renaming.
class MountedPolicies {
 public:
  explicit MountedPolicies(std::string root) : root_(std::move(root)) {
    example_ = root_ + "-example";
    fs::rename(root_, example_);
    fs::create_directory(root_);
  }

  // Makes the generation current in which zoe is allowed, or denied, s3:GetObject.
  void Publish(bool allowed) {
    const fs::path previous = current_;
    const std::string name = "..generation_" + std::to_string(++generation_);
    current_ = fs::path(root_) / name;
    fs::copy(example_, current_, fs::copy_options::recursive);
    std::ofstream(current_ / "zoe.yaml")
        << "Account: \"111111111111\"\n"
           "Users:\n"
           "  - UserName: zoe\n"
           "    Policies:\n"
           "      - PolicyName: Toggled\n"
           "        PolicyDocument:\n"
           "          Version: \"2012-10-17\"\n"
           "          Statement: { Effect: "
        << (allowed ? "Allow" : "Deny") << ", Action: s3:GetObject, Resource: \"*\" }\n"
        << "# generation " << generation_ << "\n";
    fs::create_directory_symlink(name, fs::path(root_) / "..data_tmp");
    fs::rename(fs::path(root_) / "..data_tmp", fs::path(root_) / "..data");
    if (!previous.empty()) fs::remove_all(previous);
  }

 private:
  const std::string root_;
  std::string example_;
  fs::path current_;
  int generation_ = 0;
};

// What one client was told, by revision.
struct Seen {
  std::map<std::string, v1::Decision> zoe;
  int64_t requests = 0;
  std::string failure;  // The first; empty: none.
};

v1::AuthorizeRequest Question(const std::string& principal, const std::string& action) {
  v1::AuthorizeRequest request;
  request.set_principal_arn(principal);
  request.set_action(action);
  request.set_resource("arn:aws:s3:::developmentapp/x");
  return request;
}

// Asks until told to stop. Ana's answer never changes; zoe's is that of the revision.
void AskRepeatedly(Client client, const std::atomic<bool>& stop, Seen* seen) {
  const v1::AuthorizeRequest constant = Question(kAna, "s3:GetObject");
  const v1::AuthorizeRequest toggled = Question(kZoe, "s3:GetObject");
  while (!stop && seen->failure.empty()) {
    v1::AuthorizeResponse response;
    grpc::Status status = client.Authorize(constant, &response);
    if (!status.ok()) seen->failure = status.error_message();
    if (response.decision() != v1::DECISION_ALLOW) seen->failure = "ana was refused";
    response.Clear();
    status = client.Authorize(toggled, &response);
    if (!status.ok()) seen->failure = status.error_message();
    const auto [entry, fresh] = seen->zoe.emplace(response.policy_revision(), response.decision());
    if (!fresh && entry->second != response.decision()) seen->failure = "one revision, two answers";
    seen->requests += 2;
  }
}

std::string Reload(const Client& client) {
  v1::ReloadPoliciesRequest request;
  request.mutable_caller()->set_principal_arn(kPaula);
  v1::ReloadPoliciesResponse response;
  grpc::ClientContext context;
  SetDeadline(&context);
  const grpc::Status status = client.policy_admin->ReloadPolicies(&context, request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_TRUE(response.status().latest_ok());
  return response.status().serving_revision();
}

TEST(ReloadUnderLoad, LosesNoRequestAndChangesOnlyWhatTheFilesDid) {
  RunningServer server;
  MountedPolicies policies(server.options.policies);
  policies.Publish(true);
  server.Start();
  const Client admin = server.Connect();

  std::atomic<bool> stop = false;
  std::vector<Seen> seen(kClients);
  std::vector<std::thread> clients;
  for (int i = 0; i < kClients; ++i) {
    clients.emplace_back([&, i] { AskRepeatedly(server.Connect(), stop, &seen[i]); });
  }
  std::map<std::string, v1::Decision> expected = {{Reload(admin), v1::DECISION_ALLOW}};
  for (int i = 0; i < kReloads; ++i) {
    const bool allowed = i % 2 == 1;
    policies.Publish(allowed);
    const v1::Decision decision = allowed ? v1::DECISION_ALLOW : v1::DECISION_EXPLICIT_DENY;
    expected.emplace(Reload(admin), decision);
  }
  stop = true;
  for (std::thread& client : clients) client.join();

  EXPECT_EQ(expected.size(), static_cast<size_t>(kReloads) + 1);
  size_t revisions_seen = 0;
  for (const Seen& client : seen) {
    EXPECT_EQ(client.failure, "");
    EXPECT_GT(client.requests, 0);
    revisions_seen += client.zoe.size();
    for (const auto& [revision, decision] : client.zoe) {
      const auto row = expected.find(revision);
      ASSERT_NE(row, expected.end()) << "revision " << revision << " never was";
      EXPECT_EQ(decision, row->second) << revision;
    }
  }
  EXPECT_GT(revisions_seen, 10u);
}

}  // namespace
}  // namespace portcullis
