#include "server/federation/key_source.h"

#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "server/base/error_reason.h"
#include "server/base/str_cat.h"
#include "tests/unit/federation/identity_token_maker.h"

namespace portcullis::federation {
namespace {

using base::StrCat;

constexpr char kIssuer[] = "https://oidc.example.com/id/1";
constexpr char kDiscovery[] = "https://oidc.example.com/id/1/.well-known/openid-configuration";
constexpr char kJwks[] = "https://keys.example.com/jwks";

class FakeClock : public base::Clock {
 public:
  absl::Time Now() const override {
    absl::MutexLock lock(&mutex_);
    return now_;
  }
  void Advance(absl::Duration duration) {
    absl::MutexLock lock(&mutex_);
    now_ += duration;
  }

 private:
  mutable absl::Mutex mutex_;
  absl::Time now_ = absl::FromUnixSeconds(1790000000);
};

// Answers from a table; an address that is not in it cannot be reached.
class FakeFetcher : public HttpFetcher {
 public:
  absl::StatusOr<HttpResponse> Get(const std::string& url, absl::Duration timeout) override {
    absl::Notification* gate = nullptr;
    {
      absl::MutexLock lock(&mutex_);
      ++counts_[url];
      longest_timeout_ = std::max(longest_timeout_, timeout);
      gate = gate_;
    }
    if (gate != nullptr) gate->WaitForNotification();
    absl::MutexLock lock(&mutex_);
    const auto found = answers_.find(url);
    if (found == answers_.end()) return absl::UnavailableError("connection refused");
    return found->second;
  }

  void Answer(const std::string& url, std::string body, std::string cache_control = "",
              int status = 200) {
    absl::MutexLock lock(&mutex_);
    answers_[url] = {status, std::move(body), std::move(cache_control)};
  }
  void GoDown() {
    absl::MutexLock lock(&mutex_);
    answers_.clear();
  }
  void HoldUntil(absl::Notification* gate) {
    absl::MutexLock lock(&mutex_);
    gate_ = gate;
  }
  int Count(const std::string& url) {
    absl::MutexLock lock(&mutex_);
    return counts_[url];
  }
  absl::Duration longest_timeout() {
    absl::MutexLock lock(&mutex_);
    return longest_timeout_;
  }

 private:
  absl::Mutex mutex_;
  std::map<std::string, HttpResponse> answers_;
  std::map<std::string, int> counts_;
  absl::Notification* gate_ = nullptr;
  absl::Duration longest_timeout_;
};

std::string KeysNamed(std::string_view key_id) {
  return KeySetText({SigningKey::For("ES256").Jwk(base::Concat({R"("kid":")", key_id, "\""}))});
}

std::string Discovery(std::string_view issuer, std::string_view jwks_url) {
  return base::Concat({R"({"issuer":")", issuer, R"(","jwks_uri":")", jwks_url,
                       R"(","response_types_supported":["id_token"]})"});
}

class RemoteKeySourceTest : public testing::Test {
 protected:
  RemoteKeySourceTest() { fetcher_.Answer(kJwks, KeysNamed("1")); }

  void ExpectKey(const absl::StatusOr<KeySource::Keys>& keys, std::string_view key_id) {
    ASSERT_TRUE(keys.ok()) << keys.status();
    EXPECT_TRUE((*keys)->HasKeyId(key_id)) << key_id;
  }
  void ExpectReason(const absl::Status& status, std::string_view reason) {
    EXPECT_EQ(base::ReasonOf(status), reason) << status;
    EXPECT_EQ(status.code(), reason == "IDPCommunicationError"
                                 ? absl::StatusCode::kUnavailable
                                 : absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(status.message().find("example.com"), absl::string_view::npos)
        << "whoever sends tokens learns nothing about our network";
  }

  FakeClock clock_;
  FakeFetcher fetcher_;
  RemoteKeySource source_{{.issuer = kIssuer, .jwks_url = kJwks}, &fetcher_, &clock_};
};

TEST_F(RemoteKeySourceTest, FetchesOnceAndRemembers) {  // R-5.68
  EXPECT_EQ(fetcher_.Count(kJwks), 0);
  for (int i = 0; i < 3; ++i) ExpectKey(source_.Current(), "1");
  EXPECT_EQ(fetcher_.Count(kJwks), 1);
  EXPECT_LE(fetcher_.longest_timeout(), absl::Seconds(5));
  EXPECT_TRUE(source_.last_failure().ok());
}

TEST_F(RemoteKeySourceTest, KeepsKeysAsLongAsTheAnswerSays) {  // R-5.68
  struct Case {
    const char* cache_control;
    absl::Duration fresh_for;
  };
  const Case cases[] = {
      {"", absl::Minutes(5)},
      {"max-age=0", absl::Minutes(5)},
      {"max-age=299", absl::Minutes(5)},
      {"public, max-age=3600, must-revalidate", absl::Hours(1)},
      {"Max-Age=3600", absl::Hours(1)},
      {"max-age=86400", absl::Hours(24)},
      {"max-age=86401", absl::Hours(24)},
      {"max-age=4294967295", absl::Hours(24)},
      {"max-age=99999999999999999999", absl::Minutes(5)},
      {"max-age=-1", absl::Minutes(5)},
      {"max-age=", absl::Minutes(5)},
      {"max-age=3600, no-cache", absl::Minutes(5)},
      {"no-store", absl::Minutes(5)},
  };
  for (const Case& c : cases) {
    fetcher_.Answer(kJwks, KeysNamed("1"), c.cache_control);
    RemoteKeySource source({.issuer = kIssuer, .jwks_url = kJwks}, &fetcher_, &clock_);
    const int before = fetcher_.Count(kJwks);
    ExpectKey(source.Current(), "1");
    clock_.Advance(c.fresh_for - absl::Seconds(1));
    ExpectKey(source.Current(), "1");
    EXPECT_EQ(fetcher_.Count(kJwks), before + 1) << c.cache_control;
    clock_.Advance(absl::Seconds(1));
    ExpectKey(source.Current(), "1");
    EXPECT_EQ(fetcher_.Count(kJwks), before + 2) << c.cache_control;
  }
}

TEST_F(RemoteKeySourceTest, DropsKeysThatTheProviderWithdrew) {
  ExpectKey(source_.Current(), "1");
  fetcher_.Answer(kJwks, KeysNamed("2"));
  clock_.Advance(absl::Minutes(5));
  const auto keys = source_.Current();
  ExpectKey(keys, "2");
  EXPECT_FALSE((*keys)->HasKeyId("1"));
}

TEST_F(RemoteKeySourceTest, ServesOldKeysWhenTheProviderIsSilent) {  // R-5.68
  ExpectKey(source_.Current(), "1");
  fetcher_.GoDown();
  clock_.Advance(absl::Minutes(5));
  ExpectKey(source_.Current(), "1");
  EXPECT_EQ(fetcher_.Count(kJwks), 2);
  EXPECT_FALSE(source_.last_failure().ok());
  ExpectKey(source_.Current(), "1");
  EXPECT_EQ(fetcher_.Count(kJwks), 2) << "not every request waits for a provider that is down";
  clock_.Advance(RemoteKeySource::kRetryInterval);
  ExpectKey(source_.Current(), "1");
  EXPECT_EQ(fetcher_.Count(kJwks), 3);
  fetcher_.Answer(kJwks, KeysNamed("2"));
  clock_.Advance(RemoteKeySource::kRetryInterval);
  ExpectKey(source_.Current(), "2");
  EXPECT_TRUE(source_.last_failure().ok());
}

TEST_F(RemoteKeySourceTest, ServesOldKeysNotForEver) {
  ExpectKey(source_.Current(), "1");
  fetcher_.GoDown();
  clock_.Advance(RemoteKeySource::kFreshMin + RemoteKeySource::kStaleMax - absl::Seconds(1));
  ExpectKey(source_.Current(), "1");
  clock_.Advance(absl::Seconds(1));
  ExpectReason(source_.Current().status(), "IDPCommunicationError");
}

TEST_F(RemoteKeySourceTest, FailsWhenNothingIsRemembered) {  // R-5.68
  fetcher_.GoDown();
  ExpectReason(source_.Current().status(), "IDPCommunicationError");
  ExpectReason(source_.Current().status(), "IDPCommunicationError");
  EXPECT_EQ(fetcher_.Count(kJwks), 1);
  EXPECT_EQ(source_.last_failure().message(), "connection refused");
  clock_.Advance(RemoteKeySource::kRetryInterval);
  fetcher_.Answer(kJwks, KeysNamed("1"));
  ExpectKey(source_.Current(), "1");
}

TEST_F(RemoteKeySourceTest, JudgesTheAnswer) {
  struct Case {
    std::string body;
    int status;
    const char* reason;
  };
  for (const Case& c :
       {Case{KeysNamed("1"), 500, "IDPCommunicationError"},
        Case{KeysNamed("1"), 404, "IDPCommunicationError"},
        Case{KeysNamed("1"), 302, "IDPCommunicationError"},
        Case{KeysNamed("1"), 204, "IDPCommunicationError"},
        Case{KeysNamed("1") + std::string(kHttpBodyBytesMax, ' '), 200, "IDPCommunicationError"},
        Case{"", 200, "InvalidIdentityToken"}, Case{"<html>", 200, "InvalidIdentityToken"},
        Case{R"({"keys":[]})", 200, "InvalidIdentityToken"},
        Case{R"({"keys":[{"kty":"oct","k":"AA"}]})", 200, "InvalidIdentityToken"}}) {
    fetcher_.Answer(kJwks, c.body, "", c.status);
    RemoteKeySource source({.issuer = kIssuer, .jwks_url = kJwks}, &fetcher_, &clock_);
    ExpectReason(source.Current().status(), c.reason);
    EXPECT_FALSE(source.last_failure().ok());
  }
}

TEST_F(RemoteKeySourceTest, FetchesNoAddressButHttps) {  // R-5.64
  for (const char* url : {"http://keys.example.com/jwks", "http://127.0.0.1/jwks", "file:///etc",
                          "ftp://keys.example.com/", "https://", "HTTPS://keys.example.com/"}) {
    fetcher_.Answer(url, KeysNamed("1"));
    RemoteKeySource direct({.issuer = kIssuer, .jwks_url = url}, &fetcher_, &clock_);
    EXPECT_FALSE(direct.Current().ok()) << url;
    fetcher_.Answer(kDiscovery, Discovery(kIssuer, url));
    RemoteKeySource discovered({.issuer = kIssuer, .jwks_url = ""}, &fetcher_, &clock_);
    EXPECT_FALSE(discovered.Current().ok()) << url;
    EXPECT_EQ(fetcher_.Count(url), 0) << url;
  }
}

TEST_F(RemoteKeySourceTest, Discovers) {  // R-5.64
  fetcher_.Answer(kDiscovery, Discovery(kIssuer, kJwks));
  RemoteKeySource source({.issuer = kIssuer, .jwks_url = ""}, &fetcher_, &clock_);
  ExpectKey(source.Current(), "1");
  EXPECT_EQ(fetcher_.Count(kDiscovery), 1);
  // A slash at the end is part of the issuer, but not doubled in the address.
  const std::string with_slash = StrCat(kIssuer, "/");
  fetcher_.Answer(kDiscovery, Discovery(with_slash, kJwks));
  RemoteKeySource slashed({.issuer = with_slash, .jwks_url = ""}, &fetcher_, &clock_);
  ExpectKey(slashed.Current(), "1");
}

TEST_F(RemoteKeySourceTest, RefusesTheDiscoveryOfAnotherIssuer) {  // R-5.64
  for (const std::string& document :
       {Discovery("https://oidc.example.com/id/2", kJwks), Discovery(StrCat(kIssuer, "/"), kJwks),
        std::string("{}"), std::string("[]"), std::string("no JSON"),
        StrCat(R"({"issuer":")", kIssuer, "\"}"),
        StrCat(R"({"issuer":")", kIssuer, R"(","issuer":")", kIssuer, R"(","jwks_uri":")", kJwks,
               "\"}"),
        StrCat(R"({"issuer":")", kIssuer, R"(","jwks_uri":[")", kJwks, "\"]}")}) {
    fetcher_.Answer(kDiscovery, document);
    RemoteKeySource source({.issuer = kIssuer, .jwks_url = ""}, &fetcher_, &clock_);
    ExpectReason(source.Current().status(), "InvalidIdentityToken");
    EXPECT_EQ(fetcher_.Count(kJwks), 0) << document;
  }
}

TEST_F(RemoteKeySourceTest, AsksAgainForUnknownKeysButNotTooOften) {  // R-5.68
  const KeySource::Keys first = *source_.Current();
  fetcher_.Answer(kJwks, KeysNamed("2"));
  // The keys were fetched just now.
  EXPECT_EQ(*source_.NewerThan(first), first);
  EXPECT_EQ(fetcher_.Count(kJwks), 1);
  clock_.Advance(absl::Seconds(30));
  const KeySource::Keys second = *source_.NewerThan(first);
  EXPECT_TRUE(second->HasKeyId("2"));
  EXPECT_EQ(fetcher_.Count(kJwks), 2);
  // Somebody who still holds the old keys gets the new ones without a fetch.
  EXPECT_EQ(*source_.NewerThan(first), second);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(*source_.NewerThan(second), second);
  EXPECT_EQ(fetcher_.Count(kJwks), 2);
  clock_.Advance(absl::Seconds(29));
  EXPECT_EQ(*source_.NewerThan(second), second);
  EXPECT_EQ(fetcher_.Count(kJwks), 2);
  // A provider that is down loses us nothing.
  clock_.Advance(absl::Seconds(1));
  fetcher_.GoDown();
  EXPECT_EQ(*source_.NewerThan(second), second);
  EXPECT_EQ(fetcher_.Count(kJwks), 3);
}

TEST_F(RemoteKeySourceTest, SharesOneFetchAmongCallers) {
  absl::Notification gate;
  fetcher_.HoldUntil(&gate);
  std::atomic<int> served = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { served += source_.Current().ok(); });
  }
  while (fetcher_.Count(kJwks) == 0) absl::SleepFor(absl::Milliseconds(1));
  absl::SleepFor(absl::Milliseconds(50));
  EXPECT_EQ(served, 0);
  gate.Notify();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(served, 8);
  EXPECT_EQ(fetcher_.Count(kJwks), 1);
}

TEST_F(RemoteKeySourceTest, DoesNotHoldUpCallersWhoHaveOldKeys) {
  ExpectKey(source_.Current(), "1");
  fetcher_.Answer(kJwks, KeysNamed("2"));
  clock_.Advance(absl::Minutes(5));
  absl::Notification gate;
  fetcher_.HoldUntil(&gate);
  std::thread refreshing([&] { ExpectKey(source_.Current(), "2"); });
  while (fetcher_.Count(kJwks) < 2) absl::SleepFor(absl::Milliseconds(1));
  ExpectKey(source_.Current(), "1");
  gate.Notify();
  refreshing.join();
  ExpectKey(source_.Current(), "2");
}

TEST_F(RemoteKeySourceTest, NobodyWaitsLongerThanStated) {
  absl::Notification gate;
  fetcher_.HoldUntil(&gate);
  std::thread stuck([&] { ExpectKey(source_.Current(), "1"); });
  while (fetcher_.Count(kJwks) == 0) absl::SleepFor(absl::Milliseconds(1));
  const absl::Time start = absl::Now();
  ExpectReason(source_.Current().status(), "IDPCommunicationError");
  EXPECT_LT(absl::Now() - start, RemoteKeySource::kWaitMax + absl::Seconds(2));
  gate.Notify();
  stuck.join();
}

constexpr int64_t kNowSeconds = 1790000000;

std::string TokenBy(std::string_view key_id) {
  return MakeToken(SigningKey::For("ES256"), "ES256",
                   base::Concat({R"({"alg":"ES256","kid":")", key_id, "\"}"}),
                   StrCat(R"({"iss":")", kIssuer, R"(","sub":"s","aud":"client","iat":)",
                          kNowSeconds, R"(,"exp":)", kNowSeconds + 600, "}"));
}

absl::StatusOr<IdentityToken> Verify(const std::string& token, KeySource& source) {
  const ProviderFacts provider{
      .issuer = kIssuer, .client_ids = {"client"}, .keys = nullptr, .extra_claims = {}};
  return VerifyIdentityToken(token, provider, source, absl::FromUnixSeconds(kNowSeconds));
}

TEST_F(RemoteKeySourceTest, VerifiesTokensAcrossARotation) {  // R-5.68
  EXPECT_TRUE(Verify(TokenBy("1"), source_).ok());
  fetcher_.Answer(kJwks, KeysNamed("2"));
  clock_.Advance(absl::Seconds(30));
  EXPECT_TRUE(Verify(TokenBy("1"), source_).ok());
  EXPECT_EQ(fetcher_.Count(kJwks), 1);
  EXPECT_TRUE(Verify(TokenBy("2"), source_).ok());
  EXPECT_EQ(fetcher_.Count(kJwks), 2);
  for (int i = 0; i < 5; ++i) {
    const absl::Status refused = Verify(TokenBy("3"), source_).status();
    EXPECT_EQ(base::ReasonOf(refused), "InvalidIdentityToken");
    EXPECT_TRUE(IsUnknownKey(refused));
  }
  EXPECT_EQ(fetcher_.Count(kJwks), 2);
}

TEST_F(RemoteKeySourceTest, VerifiesNothingWithoutKeys) {
  fetcher_.GoDown();
  ExpectReason(Verify(TokenBy("1"), source_).status(), "IDPCommunicationError");
}

TEST(FixedKeySource, HasTheSameKeysAlways) {
  std::vector<base::TextError> errors;
  const auto keys = KeySet::Parse(KeysNamed("1"), {}, &errors);
  ASSERT_NE(keys, nullptr);
  FixedKeySource source(keys);
  EXPECT_EQ(*source.Current(), keys);
  EXPECT_EQ(*source.NewerThan(keys), keys);
  EXPECT_TRUE(Verify(TokenBy("1"), source).ok());
  EXPECT_TRUE(IsUnknownKey(Verify(TokenBy("2"), source).status()));
}

}  // namespace
}  // namespace portcullis::federation
