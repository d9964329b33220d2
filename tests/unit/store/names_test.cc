#include "server/store/names.h"

#include <set>
#include <string>

#include "gtest/gtest.h"

namespace portcullis::store {
namespace {

// R-1.36.
TEST(NamesTest, EntityNames) {
  for (const char* good : {"a", "Ana", "svc_1", "a+b=c,d.e@f-g"})
    EXPECT_TRUE(IsEntityName(good, 64));
  for (const char* bad : {"", "a b", "a/b", "a*", "\xc3\xa9", "a:b"}) {
    EXPECT_FALSE(IsEntityName(bad, 64)) << bad;
  }
  EXPECT_TRUE(IsEntityName(std::string(64, 'x'), 64));
  EXPECT_FALSE(IsEntityName(std::string(65, 'x'), 64));
}

// R-1.36.
TEST(NamesTest, Paths) {
  for (const char* good : {"/", "/a/", "/division_abc/sub/", "/a!b~/"}) {
    EXPECT_TRUE(IsEntityPath(good)) << good;
  }
  for (const char* bad : {"", "a", "/a", "a/", "//", "/a b/", "/a*/", "/a?/", "/\x7f/"}) {
    EXPECT_FALSE(IsEntityPath(bad)) << bad;
  }
  EXPECT_TRUE(IsEntityPath("/" + std::string(510, 'x') + "/"));
  EXPECT_FALSE(IsEntityPath("/" + std::string(511, 'x') + "/"));
  EXPECT_TRUE(IsPolicyPath("/a.b,c+d@e=f_g-h/"));
  EXPECT_FALSE(IsPolicyPath("/a!b/"));
}

// R-1.1.
TEST(NamesTest, AccountAliases) {
  for (const char* good : {"abc", "my-corp-2"}) EXPECT_TRUE(IsAccountAlias(good)) << good;
  for (const char* bad : {"ab", "Abc", "-abc", "abc-", "a--b", "123456789012", "a_b"}) {
    EXPECT_FALSE(IsAccountAlias(bad)) << bad;
  }
  EXPECT_TRUE(IsAccountAlias(std::string(63, 'a')));
  EXPECT_FALSE(IsAccountAlias(std::string(64, 'a')));
}

// R-1.38.
TEST(NamesTest, Tags) {
  for (const char* good : {"team", "cost center", "a_.:/=+-@", "\xc3\xa9quipe", "awsome"}) {
    EXPECT_TRUE(IsTagKey(good)) << good;
  }
  for (const char* bad : {"", "aws:team", "AWS:team", "a*b", "a\nb", "\xff"}) {
    EXPECT_FALSE(IsTagKey(bad)) << bad;
  }
  std::string at_limit;
  for (int i = 0; i < 128; ++i) at_limit += "\xc3\xa9";  // Code points count, not bytes.
  EXPECT_TRUE(IsTagKey(at_limit));
  EXPECT_FALSE(IsTagKey(at_limit + "x"));
  EXPECT_TRUE(IsTagValue(""));
  EXPECT_TRUE(IsTagValue(std::string(256, 'x')));
  EXPECT_FALSE(IsTagValue(std::string(257, 'x')));
}

// R-1.19.
TEST(NamesTest, OidcProviderUrls) {
  for (const char* good : {"https://idp.example.com", "https://idp.example.com/a/b"}) {
    EXPECT_TRUE(IsOidcProviderUrl(good)) << good;
  }
  for (const char* bad : {"", "http://idp.example.com", "https://", "https://idp.example:8443/x",
                          "https://idp.example/x?y", "https://idp.example/#x", "https://.idp",
                          "idp.example.com", "https://idp", "https://saml/x.y"}) {
    EXPECT_FALSE(IsOidcProviderUrl(bad)) << bad;
  }
}

// R-1.35.
TEST(NamesTest, ExplicitIds) {
  EXPECT_TRUE(IsUniqueId("AIDAJQABLZS4A3QDU576Q", "AIDA"));
  EXPECT_FALSE(IsUniqueId("AROAJQABLZS4A3QDU576Q", "AIDA"));
  EXPECT_FALSE(IsUniqueId("AIDA", "AIDA"));
  EXPECT_FALSE(IsUniqueId("AIDA-QABLZS4A3QDU576Q", "AIDA"));
}

// R-1.35, R-6.10: everything that identifies an entity changes its id.
TEST(NamesTest, DerivedIdsDependOnEverythingAndOnNothingElse) {
  const UniqueIdSource ana = {"AIDA", "aws", "111111111111", "ana", std::nullopt};
  const std::string id = DeriveUniqueId(ana);
  EXPECT_EQ(id.size(), 21u);
  EXPECT_EQ(id.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), std::string::npos) << id;
  EXPECT_EQ(id, DeriveUniqueId(ana));

  std::set<std::string> ids = {id};
  UniqueIdSource other = ana;
  other.prefix = "AROA";
  ids.insert(DeriveUniqueId(other));
  other = ana;
  other.partition = "aws-cn";
  ids.insert(DeriveUniqueId(other));
  other = ana;
  other.account = "111111111112";
  ids.insert(DeriveUniqueId(other));
  other = ana;
  other.name = "anb";
  ids.insert(DeriveUniqueId(other));
  other = ana;
  other.create_date = absl::FromUnixSeconds(1700000000);
  ids.insert(DeriveUniqueId(other));
  other.create_date = absl::FromUnixSeconds(1700000001);
  ids.insert(DeriveUniqueId(other));
  EXPECT_EQ(ids.size(), 7u);
}

// Replicas of different versions must agree, so the derivation never changes. The digits are the
// first 85 bits of SHA-256("AIDA\naws\n111111111111\nana\n-1") in RFC 4648's alphabet.
TEST(NamesTest, DerivationIsFixed) {
  EXPECT_EQ(DeriveUniqueId({"AIDA", "aws", "111111111111", "ana", std::nullopt}),
            "AIDASQWERPVMUYDEXEPHI");
}

TEST(NamesTest, KeySetUrls) {
  for (const char* good : {"https://a", "https://a.example.com/keys", "https://a:1/k?x=1&y=%20",
                           "https://a:65535", "https://a?x"}) {
    EXPECT_TRUE(IsKeySetUrl(good)) << good;
  }
  for (const char* bad : {"", "https://", "http://a", "HTTPS://a", "https://a:0/k",
                          "https://a:65536/k", "https://a:", "https://a:x", "https://u@a/k",
                          "https://u:p@a/k", "https://a/k#f", "https://a/k k", "https://a/\xc3\xa9",
                          "https://a/\"", "https://[::1]/k", "https://.a", "https:///k"}) {
    EXPECT_FALSE(IsKeySetUrl(bad)) << bad;
  }
  EXPECT_TRUE(IsKeySetUrl("https://a/" + std::string(2038, 'x')));
  EXPECT_FALSE(IsKeySetUrl("https://a/" + std::string(2039, 'x')));
}

TEST(NamesTest, TrustDomainsAndClaims) {
  for (const char* good : {"example.org", "a", "my_domain-1.x"}) EXPECT_TRUE(IsTrustDomain(good));
  for (const char* bad : {"", "Example.org", "spiffe://a", "a/b", "a:1", "a b", "\xc3\xa9", "a*"}) {
    EXPECT_FALSE(IsTrustDomain(bad)) << bad;
  }
  EXPECT_TRUE(IsTrustDomain(std::string(255, 'a')));
  EXPECT_FALSE(IsTrustDomain(std::string(256, 'a')));

  for (const char* good : {"repository", "https://example.com/groups", "a-b_c.d:e"}) {
    EXPECT_TRUE(IsClaimName(good)) << good;
  }
  for (const char* bad : {"", "a b", "a*", "a?", "${a}", "\xc3\xa9", "a\n"}) {
    EXPECT_FALSE(IsClaimName(bad)) << bad;
  }
  EXPECT_TRUE(IsClaimName(std::string(128, 'a')));
  EXPECT_FALSE(IsClaimName(std::string(129, 'a')));
}

TEST(NamesTest, IdsOfInlinePoliciesTellTheirNames) {
  const std::string id = InlinePolicyId("user", "a+b=c,d.e@f-g", "Read=Only");
  EXPECT_EQ(id, "user/a+b=c,d.e@f-g:Read=Only");
  EXPECT_TRUE(IsInlinePolicyId(id));
  EXPECT_EQ(InlinePolicyName(id), "Read=Only");
  EXPECT_FALSE(IsInlinePolicyId("arn:aws:iam::111111111111:policy/P"));
}

}  // namespace
}  // namespace portcullis::store
