// Derived signing keys, kept so that they are not derived at every request.
#ifndef PORTCULLIS_SERVER_SIGNATURE_SIGNING_KEY_CACHE_H_
#define PORTCULLIS_SERVER_SIGNATURE_SIGNING_KEY_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace portcullis::signature {

class PreparedKey;
struct SigningKey;

// What a derived key is for. Views.
struct SigningScope {
  std::string_view access_key_id;
  std::string_view date;  // 20261121.
  std::string_view region;
  std::string_view service;
};

// A bounded cache of derived keys by scope **and secret**: an entry remembers the secret that it
// was derived from and is found only with that one, compared in constant time. So a key whose
// secret was rotated, or an id that a later snapshot gives to somebody else, never meets what the
// old secret left behind; nothing has to be invalidated.
//
// Sets of four entries, the least recently used of a set makes room. Secrets and keys are wiped
// when an entry is replaced and when the cache dies. Memory is about 2 KiB per entry in use.
//
// Not thread-safe: one per thread.
class SigningKeyCache {
 public:
  static constexpr size_t kEntriesDefault = 1024;

  // `entries_max` is rounded up to a multiple of four.
  explicit SigningKeyCache(size_t entries_max = kEntriesDefault);
  ~SigningKeyCache();
  SigningKeyCache(const SigningKeyCache&) = delete;
  SigningKeyCache& operator=(const SigningKeyCache&) = delete;

  // nullptr if absent. The key lives until the next call of a non-const member.
  PreparedKey* Find(const SigningScope& scope, std::string_view secret);

  // Keeps `key`, which must have been derived from exactly these. Does nothing if the cryptographic
  // library fails.
  void Insert(const SigningScope& scope, std::string_view secret, const SigningKey& key);

  size_t size() const;

 private:
  struct Entry;
  Entry* SetOf(const SigningScope& scope) const;

  const size_t set_count_;
  const std::unique_ptr<Entry[]> entries_;  // set_count_ sets of four.
  uint64_t clock_ = 0;                      // Counts uses; the least recent use has the least.
};

}  // namespace portcullis::signature

#endif  // PORTCULLIS_SERVER_SIGNATURE_SIGNING_KEY_CACHE_H_
