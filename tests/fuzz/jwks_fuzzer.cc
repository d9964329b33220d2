// Key sets and discovery documents, as policy files hold them and identity providers send them.
//
// A set that is accepted must be usable: every key is found by its own name, and verifies nothing
// that it has not signed. One that is refused must say why, and where.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/clock.h"
#include "server/base/error_reason.h"
#include "server/federation/http_fetcher.h"
#include "server/federation/identity_token.h"
#include "server/federation/jwks.h"
#include "server/federation/key_source.h"

namespace portcullis::federation {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

std::string_view AlgorithmFor(KeyType type) {
  switch (type) {
    case KeyType::kNone:
      break;
    case KeyType::kRsa:
      return "RS256";
    case KeyType::kP256:
      return "ES256";
    case KeyType::kP384:
      return "ES384";
    case KeyType::kP521:
      return "ES512";
    case KeyType::kEd25519:
      return "EdDSA";
  }
  std::abort();
}

void CheckSet(std::string_view text) {
  std::vector<base::TextError> errors;
  const std::shared_ptr<const KeySet> set = KeySet::Parse(text, {}, &errors);
  Require((set == nullptr) == !errors.empty());
  for (const base::TextError& error : errors) {
    Require(error.position.line > 0 && !error.message.empty());
  }
  if (set == nullptr) return;
  Require(!set->keys().empty() && set->keys().size() <= 2 * KeySet::kKeysOfAKindMax);
  for (const VerificationKey& key : set->keys()) {
    Require(key.public_key != nullptr);
    if (key.key_id.empty()) continue;
    const std::string_view algorithm =
        key.algorithm.empty() ? AlgorithmFor(key.type) : std::string_view(key.algorithm);
    Require(set->Select(key.key_id, algorithm) == &key);
    Require(set->Select(key.key_id, "HS256") == nullptr);
  }
}

// Answers everything with the input.
class Echo : public HttpFetcher {
 public:
  explicit Echo(std::string_view input) : input_(input) {}
  absl::StatusOr<HttpResponse> Get(const std::string& url, absl::Duration /*timeout*/) override {
    Require(CheckFetchUrl(url, false).ok());
    ++count_;
    return HttpResponse{200, std::string(input_), std::string(input_.substr(0, 64))};
  }
  int count() const { return count_; }

 private:
  const std::string_view input_;
  int count_ = 0;
};

void CheckSource(std::string_view input) {
  for (const char* jwks_url : {"", "https://oidc.example.com/keys"}) {
    Echo echo(input);
    RemoteKeySource source({.issuer = "https://oidc.example.com", .jwks_url = jwks_url}, &echo,
                           &base::Clock::System());
    const absl::StatusOr<KeySource::Keys> keys = source.Current();
    Require(echo.count() >= 1 && echo.count() <= 2);
    if (keys.ok()) {
      Require(*keys != nullptr);
    } else {
      Require(base::ReasonOf(keys.status()) == "InvalidIdentityToken");
    }
  }
}

}  // namespace
}  // namespace portcullis::federation

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  portcullis::federation::CheckSet(input);
  portcullis::federation::CheckSource(input);
  return 0;
}
