// Rings and claims that the tests of this directory share.
#ifndef PORTCULLIS_TESTS_UNIT_SESSION_SESSION_FIXTURES_H_
#define PORTCULLIS_TESTS_UNIT_SESSION_SESSION_FIXTURES_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "server/session/claims.h"
#include "server/session/key_ring.h"

namespace portcullis::session {

// A key whose material is that byte, over and over.
inline KeyRingEntry Key(std::string_view id, uint8_t byte) {
  KeyRingEntry entry{.id = std::string(id)};
  entry.material.fill(byte);
  return entry;
}

inline std::shared_ptr<const KeyRing> Ring(std::vector<KeyRingEntry> entries) {
  absl::StatusOr<std::shared_ptr<const KeyRing>> ring = KeyRing::Create(std::move(entries));
  EXPECT_TRUE(ring.ok()) << ring.status();
  return ring.ok() ? *std::move(ring) : nullptr;
}

inline constexpr int64_t kIssued = 1790000000;

// The least that a session can say.
inline SessionClaims MinimalClaims() {
  SessionClaims claims;
  claims.kind = SessionKind::kAssumedRole;
  claims.session_id = {0, 1, 2, 3, 4, 5, 6, 7, 8, 255};
  claims.partition = "aws";
  claims.account = "111122223333";
  claims.principal_id = "AROAAAAAAAAAAAAAAAAAA";
  claims.issued_at_seconds = kIssued;
  claims.expires_at_seconds = kIssued + 3600;
  return claims;
}

// Every member set.
inline SessionClaims FullClaims() {
  SessionClaims claims = MinimalClaims();
  claims.kind = SessionKind::kWebIdentity;
  claims.principal_name = "Deployer";
  claims.session_name = "build-42";
  claims.limited = true;
  claims.session_policy = R"({"Version":"2012-10-17","Statement":[]})";
  claims.policy_arns = {"arn:aws:iam::aws:policy/ReadOnlyAccess",
                        "arn:aws:iam::111122223333:policy/Narrow"};
  claims.tags = {{"Project", "Automation", true}, {"Cost\u00E9", "", false}};
  claims.source_identity = "Alice";
  claims.mfa_at_seconds = kIssued - 100;
  claims.federated_provider = "accounts.example.com";
  claims.federated_subject = "system:serviceaccount:ns:name";
  claims.federated_audience = "sts.example.com";
  claims.federated_keys = {
      {"accounts.example.com:aud", {"sts.example.com"}, false},
      {"accounts.example.com:amr", {"pwd", "otp"}, true},
  };
  claims.issuer_access_key_id = "AKIAIOSFODNN7EXAMPLE";
  claims.chain_depth = 3;
  claims.chain = {"arn:aws:iam::111122223333:user/Bob",
                  "arn:aws:sts::111122223333:assumed-role/A/Bob"};
  return claims;
}

}  // namespace portcullis::session

#endif  // PORTCULLIS_TESTS_UNIT_SESSION_SESSION_FIXTURES_H_
