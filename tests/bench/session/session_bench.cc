// Session tokens: what opening one costs, in parts and as a whole, the first time and again, and
// what issuing and validating cost. The floor is OpenSSL's own AES-256-GCM over the same bytes,
// with context and key kept. Every answer is checked.

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "benchmark/benchmark.h"
#include <openssl/evp.h>

#include "server/base/clock.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/engine/sessions.h"
#include "server/session/claims_codec.h"
#include "server/session/token_codec.h"
#include "tests/bench/world.h"

namespace portcullis::bench {
namespace {

using base::Concat;
using base::StrCat;
using session::SessionClaims;

constexpr int64_t kNowSeconds = 1790000000;
constexpr size_t kBytes = 512;  // As the floor of the specification.
const absl::Time kNow = absl::FromUnixSeconds(kNowSeconds);

class StandingClock : public base::Clock {
 public:
  absl::Time Now() const override { return kNow; }
};

void Require(bool holds) {
  if (!holds) std::abort();
}

const session::KeyRing& Ring() {
  static const std::shared_ptr<const session::KeyRing> ring = [] {
    session::KeyRingEntry entry;
    entry.id = "2026-11";
    entry.material.fill(7);
    std::vector<session::KeyRingEntry> entries;
    entries.push_back(std::move(entry));
    return *session::KeyRing::Create(std::move(entries));
  }();
  return *ring;
}

// A role session as most are.
SessionClaims PlainClaims() {
  SessionClaims claims;
  claims.kind = session::SessionKind::kAssumedRole;
  claims.session_id = session::NewSessionId(kAccount);
  claims.partition = "aws";
  claims.account = std::string(kAccount);
  claims.principal_id = "AROAEXAMPLEEXAMPLE001";
  claims.principal_name = "Deployer";
  claims.session_name = "build-42";
  claims.issued_at_seconds = kNowSeconds;
  claims.expires_at_seconds = kNowSeconds + 3600;
  claims.issuer_access_key_id = "AKIAIOSFODNN7EXAMPLE";
  claims.chain = {"arn:aws:iam::111111111111:user/ana"};
  return claims;
}

// With a session policy and tags: its claims are compressed.
SessionClaims LargeClaims() {
  SessionClaims claims = PlainClaims();
  claims.limited = true;
  claims.session_policy = R"({"Version":"2012-10-17","Statement":[)";
  for (int i = 0; i < 10; ++i) {
    claims.session_policy +=
        StrCat(i == 0 ? "" : ",", R"({"Effect":"Allow","Action":["s3:GetObject","s3:ListBucket"],)",
               R"("Resource":"arn:aws:s3:::bucket-)", i, R"(/*"})");
  }
  claims.session_policy += "]}";
  for (int i = 0; i < 20; ++i) {
    claims.tags.push_back({StrCat("key-", i), StrCat("value-", i * 7919), i % 2 == 0});
  }
  return claims;
}

std::string SealOrDie(const SessionClaims& claims) {
  absl::StatusOr<std::string> token = session::SealToken(claims, Ring());
  Require(token.ok());
  return *std::move(token);
}

// ---- The floor ----------------------------------------------------------------------------------

// Opens with one context whose key is set once.
class GcmFloor {
 public:
  explicit GcmFloor(std::string_view plaintext) : plaintext_(plaintext) {
    const std::vector<uint8_t> key(32, 7);
    EVP_CIPHER_CTX* const sealing = EVP_CIPHER_CTX_new();
    int length = 0;
    sealed_.resize(plaintext.size());
    Require(EVP_EncryptInit_ex2(sealing, cipher_, key.data(), Nonce(), nullptr) == 1 &&
            EVP_EncryptUpdate(sealing, nullptr, &length, Bytes(header_), Size(header_)) == 1 &&
            EVP_EncryptUpdate(sealing, sealed_.data(), &length, Bytes(plaintext_),
                              Size(plaintext_)) == 1 &&
            EVP_EncryptFinal_ex(sealing, sealed_.data() + length, &length) == 1 &&
            EVP_CIPHER_CTX_ctrl(sealing, EVP_CTRL_AEAD_GET_TAG, 16, tag_.data()) == 1);
    EVP_CIPHER_CTX_free(sealing);
    opened_.resize(plaintext.size());
    Require(EVP_DecryptInit_ex2(context_, cipher_, key.data(), Nonce(), nullptr) == 1);
  }
  ~GcmFloor() {
    EVP_CIPHER_CTX_free(context_);
    EVP_CIPHER_free(cipher_);
  }
  GcmFloor(const GcmFloor&) = delete;
  GcmFloor& operator=(const GcmFloor&) = delete;

  bool Opens() {
    int length = 0;
    return EVP_DecryptInit_ex2(context_, nullptr, nullptr, Nonce(), nullptr) == 1 &&
           EVP_DecryptUpdate(context_, nullptr, &length, Bytes(header_), Size(header_)) == 1 &&
           EVP_DecryptUpdate(context_, opened_.data(), &length, sealed_.data(),
                             static_cast<int>(sealed_.size())) == 1 &&
           EVP_CIPHER_CTX_ctrl(context_, EVP_CTRL_AEAD_SET_TAG, 16, tag_.data()) == 1 &&
           EVP_DecryptFinal_ex(context_, opened_.data() + length, &length) == 1 &&
           opened_.back() == static_cast<uint8_t>(plaintext_.back());
  }

 private:
  const unsigned char* Nonce() const { return Bytes(nonce_); }
  static const unsigned char* Bytes(const std::string& text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  }
  static int Size(const std::string& text) { return static_cast<int>(text.size()); }

  const std::string plaintext_;
  const std::string nonce_ = std::string(12, 'n');
  const std::string header_ = std::string(21, 'h');
  EVP_CIPHER* const cipher_ = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  EVP_CIPHER_CTX* const context_ = EVP_CIPHER_CTX_new();
  std::vector<uint8_t> sealed_;
  std::vector<uint8_t> tag_ = std::vector<uint8_t>(16);
  std::vector<uint8_t> opened_;
};

void BM_OpenSslOpenGcm(benchmark::State& state) {
  GcmFloor floor(std::string(static_cast<size_t>(state.range(0)), 'p'));
  for (auto _ : state) {
    if (!floor.Opens()) {
      state.SkipWithError("OpenSSL refuses what it sealed");
      break;
    }
  }
}
BENCHMARK(BM_OpenSslOpenGcm)->Arg(256)->Arg(kBytes);

// ---- The parts of opening -----------------------------------------------------------------------

void BM_DecodeClaims(benchmark::State& state, const SessionClaims& claims) {
  const absl::StatusOr<std::string> bytes = session::EncodeClaims(claims);
  Require(bytes.ok());
  for (auto _ : state) {
    const absl::StatusOr<SessionClaims> decoded = session::DecodeClaims(*bytes);
    if (!decoded.ok() || decoded->session_name != "build-42") {
      state.SkipWithError("claims do not decode");
      break;
    }
  }
  state.SetLabel(StrCat(bytes->size(), " bytes"));
}
BENCHMARK_CAPTURE(BM_DecodeClaims, plain, PlainClaims());
BENCHMARK_CAPTURE(BM_DecodeClaims, large, LargeClaims());

// ---- Opening ------------------------------------------------------------------------------------

// Text to claims: what a token costs that nobody has seen.
void BM_OpenToken(benchmark::State& state, const SessionClaims& claims) {
  const std::string token = SealOrDie(claims);
  for (auto _ : state) {
    const absl::StatusOr<SessionClaims> opened = session::OpenToken(token, Ring(), kNow);
    if (!opened.ok() || opened->principal_id != claims.principal_id) {
      state.SkipWithError("a good token does not open");
      break;
    }
  }
  state.SetLabel(StrCat(token.size(), " characters"));
}
BENCHMARK_CAPTURE(BM_OpenToken, plain, PlainClaims());
BENCHMARK_CAPTURE(BM_OpenToken, large, LargeClaims());
BENCHMARK_CAPTURE(BM_OpenToken, two_threads, PlainClaims())->Threads(2);

// The same without the claims: text to bytes, decrypted and refused.
void BM_OpenToken_Forged(benchmark::State& state) {
  std::string token = SealOrDie(PlainClaims());
  token[token.size() / 2] = token[token.size() / 2] == 'A' ? 'B' : 'A';
  for (auto _ : state) {
    if (session::OpenToken(token, Ring(), kNow).ok()) {
      state.SkipWithError("a forged token opens");
      break;
    }
  }
}
BENCHMARK(BM_OpenToken_Forged);

// ---- The engine ---------------------------------------------------------------------------------

constexpr std::string_view kRoleArn = "arn:aws:iam::111111111111:role/Deployer";
constexpr std::string_view kUser = "arn:aws:iam::111111111111:user/ana";

// A role that user ana may assume.
struct Sts {
  Sts() {
    world.AddUser("ana");
    world.AddRole("Deployer",
                  Concat({R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":)",
                          R"({"AWS":")", kUser, R"("},"Action":"sts:AssumeRole"}})"}));
    world.Publish();
  }

  std::string Assume(size_t i) {
    session::AssumeRoleParameters parameters;
    parameters.role_arn = std::string(kRoleArn);
    parameters.role_session_name = StrCat("build-", i);
    const auto assumed = sessions.AssumeRole({engine::CallerProof::Kind::kPrincipalArn, kUser, {}},
                                             parameters, {}, TrustedPeer());
    Require(assumed.ok());
    return assumed->credentials.session_token;
  }

  std::vector<std::string> AssumeMany(size_t count) {
    std::vector<std::string> tokens;
    for (size_t i = 0; i < count; ++i) tokens.push_back(Assume(i));
    return tokens;
  }

  World world;
  StandingClock clock;
  engine::Recorder recorder{nullptr, nullptr};
  engine::Mfa mfa;
  engine::Authorizer authorizer{world.store(), clock, recorder, nullptr};
  engine::IdentityProviders providers{clock, nullptr, {}};
  engine::Sessions sessions{world.store(), clock, {mfa, recorder, providers, authorizer, nullptr}};
};

// Tokens in turn: with 1 each is remembered, with more than a thread remembers (512) none is.
void BM_OpenSession(benchmark::State& state) {
  Sts sts;
  const std::vector<std::string> tokens = sts.AssumeMany(static_cast<size_t>(state.range(0)));
  const auto snapshot = sts.world.store().Current();
  size_t i = 0;
  for (auto _ : state) {
    const auto opened = engine::OpenSession(tokens[i], snapshot->key_ring(), kNow);
    if (!opened.ok() || (*opened)->claims.session_name != StrCat("build-", i)) {
      state.SkipWithError("a good token does not open");
      break;
    }
    i = i + 1 == tokens.size() ? 0 : i + 1;
  }
}
BENCHMARK(BM_OpenSession)->Arg(1)->Arg(256)->Arg(2048);

void BM_ValidateSession(benchmark::State& state) {
  Sts sts;
  const std::vector<std::string> tokens = sts.AssumeMany(static_cast<size_t>(state.range(0)));
  const engine::Peer peer = TrustedPeer();
  size_t i = 0;
  for (auto _ : state) {
    const auto described = sts.sessions.Validate(tokens[i], peer);
    if (!described.ok() || described->status != engine::SessionStatus::kValid ||
        described->role_arn != kRoleArn) {
      state.SkipWithError("a good session is not valid");
      break;
    }
    i = i + 1 == tokens.size() ? 0 : i + 1;
  }
}
BENCHMARK(BM_ValidateSession)->Arg(1)->Arg(2048);

void BM_AssumeRole(benchmark::State& state) {
  Sts sts;
  session::AssumeRoleParameters parameters;
  parameters.role_arn = std::string(kRoleArn);
  parameters.role_session_name = "build-42";
  const engine::Peer peer = TrustedPeer();
  for (auto _ : state) {
    const auto assumed = sts.sessions.AssumeRole(
        {engine::CallerProof::Kind::kPrincipalArn, kUser, {}}, parameters, {}, peer);
    if (!assumed.ok() || assumed->credentials.session_token.empty()) {
      state.SkipWithError("the role cannot be assumed");
      break;
    }
  }
}
BENCHMARK(BM_AssumeRole);

}  // namespace
}  // namespace portcullis::bench
