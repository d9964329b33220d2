// Who asks a question of its own.
#include "server/gateway/asker.h"

#include <string>

#include "gtest/gtest.h"

#include "tests/unit/engine/world.h"

namespace portcullis::gateway {
namespace {

constexpr char kSecret[] = "a-secret-of-at-least-thirty-two-bytes";
constexpr char kTrace[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

class RecognizeAskerTest : public ::testing::Test {
 protected:
  RecognizeAskerTest() {
    store::ProxyDefinition& edge = world_.definitions().proxies.emplace_back();
    edge.name = {"edge", {1, 1}};
    edge.identities.push_back({"spiffe://example.org/edge", {1, 1}});
    edge.secret = store::SecretText(kSecret);
    edge.asserts_principals = true;
    store::ProxyDefinition& silent = world_.definitions().proxies.emplace_back();
    silent.name = {"silent", {2, 1}};
    silent.asserts_source_address = false;
    world_.Account("111122223333");
    world_.Publish();
  }

  Asker Recognize(const ProxyCredentials& credentials) {
    const auto asker = RecognizeAsker(credentials, kTrace, world_.store);
    EXPECT_TRUE(asker.ok()) << asker.status();
    return asker.ok() ? *asker : Asker();
  }

  engine::World world_;
};

TEST_F(RecognizeAskerTest, KnowsProxiesByEveryCredential) {
  const std::string_view names[] = {"edge.example.com", "spiffe://example.org/edge"};
  for (const ProxyCredentials& credentials :
       {ProxyCredentials{.name = "edge"}, ProxyCredentials{.identities = names},
        ProxyCredentials{.secret = kSecret}}) {
    const Asker asker = Recognize(credentials);
    EXPECT_EQ(asker.proxy, "edge");
    EXPECT_TRUE(asker.may_assert_principals);
    EXPECT_TRUE(asker.may_supply_request_facts);
    EXPECT_EQ(asker.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
    EXPECT_EQ(asker.snapshot, world_.store.Current());
  }
}

TEST_F(RecognizeAskerTest, KeepsToWhatAProxyMayAssert) {
  const Asker asker = Recognize({.name = "silent"});
  EXPECT_EQ(asker.proxy, "silent");
  EXPECT_FALSE(asker.may_assert_principals);
  EXPECT_FALSE(asker.may_supply_request_facts);
}

TEST_F(RecognizeAskerTest, TrustsNobodyElse) {
  const std::string_view names[] = {"spiffe://example.org/other"};
  for (const ProxyCredentials& credentials :
       {ProxyCredentials{}, ProxyCredentials{.name = "other"},
        ProxyCredentials{.identities = names}, ProxyCredentials{.secret = "wrong"},
        // What the listener says is not replaced by something weaker.
        ProxyCredentials{.name = "other", .secret = kSecret}}) {
    const Asker asker = Recognize(credentials);
    EXPECT_EQ(asker.proxy, "");
    EXPECT_FALSE(asker.may_assert_principals);
    EXPECT_FALSE(asker.may_supply_request_facts);
  }
}

TEST(RecognizeAsker, KnowsNobodyWithoutPolicies) {
  const store::PolicyStore store;
  EXPECT_TRUE(absl::IsUnavailable(RecognizeAsker({.name = "edge"}, kTrace, store).status()));
}

}  // namespace
}  // namespace portcullis::gateway
