#include "server/signature/signing_key_cache.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/hash/hash.h"
#include <openssl/crypto.h>

#include "server/base/text.h"
#include "server/signature/crypto_internal.h"

namespace portcullis::signature {
namespace {

constexpr size_t kEntriesPerSet = 4;

bool IsFor(const SigningScope& a, const SigningScope& b) {
  return a.access_key_id == b.access_key_id && a.date == b.date && a.region == b.region &&
         a.service == b.service;
}

}  // namespace

struct SigningKeyCache::Entry {
  Entry() = default;
  ~Entry() { Clear(); }
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;

  SigningScope scope() const { return {access_key_id, date, region, service}; }

  void Clear() {
    OPENSSL_cleanse(secret.data(), secret.size());
    secret.clear();
    key.reset();
  }

  std::string access_key_id;
  std::string date;
  std::string region;
  std::string service;
  std::string secret;
  std::unique_ptr<PreparedKey> key;  // nullptr: the entry is empty.
  uint64_t last_use = 0;
};

SigningKeyCache::SigningKeyCache(size_t entries_max)
    : set_count_(std::max<size_t>(1, (entries_max + kEntriesPerSet - 1) / kEntriesPerSet)),
      entries_(new Entry[set_count_ * kEntriesPerSet]) {}

SigningKeyCache::~SigningKeyCache() = default;

SigningKeyCache::Entry* SigningKeyCache::SetOf(const SigningScope& scope) const {
  const size_t hash = absl::HashOf(base::AbslView(scope.access_key_id), base::AbslView(scope.date),
                                   base::AbslView(scope.region), base::AbslView(scope.service));
  return &entries_[(hash % set_count_) * kEntriesPerSet];
}

PreparedKey* SigningKeyCache::Find(const SigningScope& scope, std::string_view secret) {
  Entry* const set = SetOf(scope);
  for (Entry* entry = set; entry != set + kEntriesPerSet; ++entry) {
    if (entry->key == nullptr || !IsFor(entry->scope(), scope)) continue;
    if (!EqualInConstantTime(entry->secret, secret)) continue;
    entry->last_use = ++clock_;
    return entry->key.get();
  }
  return nullptr;
}

void SigningKeyCache::Insert(const SigningScope& scope, std::string_view secret,
                             const SigningKey& key) {
  std::unique_ptr<PreparedKey> prepared = PreparedKey::Create(key);
  if (prepared == nullptr) return;
  Entry* const set = SetOf(scope);
  // An older secret's entry for the same scope goes first: nobody will ask for it again.
  Entry* victim = std::min_element(set, set + kEntriesPerSet, [&](const Entry& a, const Entry& b) {
    const auto rank = [&](const Entry& entry) {
      return IsFor(entry.scope(), scope) ? uint64_t{0} : entry.last_use + 1;
    };
    return rank(a) < rank(b);
  });
  victim->Clear();
  victim->access_key_id = scope.access_key_id;
  victim->date = scope.date;
  victim->region = scope.region;
  victim->service = scope.service;
  victim->secret = secret;
  victim->key = std::move(prepared);
  victim->last_use = ++clock_;
}

size_t SigningKeyCache::size() const {
  return static_cast<size_t>(
      std::count_if(&entries_[0], &entries_[0] + set_count_ * kEntriesPerSet,
                    [](const Entry& entry) { return entry.key != nullptr; }));
}

}  // namespace portcullis::signature
