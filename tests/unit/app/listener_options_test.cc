#include "server/app/listener_options.h"

#include "gtest/gtest.h"

namespace portcullis::app {
namespace {

TEST(ParseListener, TrustsNobodyUnlessTold) {
  const auto listener = ParseListener("tcp://127.0.0.1:7443");
  ASSERT_TRUE(listener.ok()) << listener.status();
  EXPECT_EQ(listener->host, "127.0.0.1");
  EXPECT_EQ(listener->port, 7443);
  EXPECT_FALSE(listener->trusted);
  EXPECT_FALSE(listener->reflection);
  EXPECT_FALSE(listener->tls());
  EXPECT_EQ(listener->GrpcAddress(), "127.0.0.1:7443");
  EXPECT_EQ(listener->Name(), "tcp://127.0.0.1:7443");
}

TEST(ParseListener, ReadsSockets) {
  const auto listener = ParseListener("unix:///run/portcullis/a.sock?mode=0660&trusted=true");
  ASSERT_TRUE(listener.ok()) << listener.status();
  EXPECT_TRUE(listener->unix_socket);
  EXPECT_EQ(listener->path, "/run/portcullis/a.sock");
  EXPECT_EQ(listener->mode, 0660u);
  EXPECT_TRUE(listener->trusted);
  EXPECT_TRUE(listener->reflection);
  EXPECT_EQ(listener->GrpcAddress(), "unix:/run/portcullis/a.sock");
  EXPECT_EQ(ParseListener("unix://run/a.sock")->mode, 0600u);
}

TEST(ParseListener, ReadsMutualTls) {
  const auto listener = ParseListener(
      "tls://[::]:443?cert=a%26b.pem&key=k.pem&client-ca=ca.pem&client-cert=optional"
      "&assert=spiffe://example.org/a&assert=spiffe://example.org/b/*&reflection=true");
  ASSERT_TRUE(listener.ok()) << listener.status();
  EXPECT_TRUE(listener->tls());
  EXPECT_EQ(listener->host, "::");
  EXPECT_EQ(listener->GrpcAddress(), "[::]:443");
  EXPECT_EQ(listener->certificate_file, "a&b.pem");
  EXPECT_EQ(listener->key_file, "k.pem");
  EXPECT_EQ(listener->client_ca_file, "ca.pem");
  EXPECT_FALSE(listener->client_certificate_required);
  EXPECT_EQ(listener->identities.size(), 2u);
  EXPECT_TRUE(listener->reflection);
  EXPECT_FALSE(listener->trusted);
}

TEST(ParseListener, ReadsWhichProxyConnects) {
  EXPECT_EQ(ParseListener("tcp://127.0.0.1:7443")->proxy, "");
  EXPECT_EQ(ParseListener("tcp://127.0.0.1:7443?proxy=edge")->proxy, "edge");
  EXPECT_FALSE(ParseListener("tcp://127.0.0.1:7443?proxy=edge")->trusted);
  EXPECT_EQ(ParseListener("unix:///run/a.sock?proxy=edge")->proxy, "edge");
  EXPECT_EQ(ParseListener("tcp://0.0.0.0:7443?proxy=edge&insecure=true")->proxy, "edge");
}

TEST(ParseListener, RefusesWhatIsMalformedOrDangerous) {
  struct Case {
    const char* text;
    const char* message;  // Part of it.
  };
  const Case cases[] = {
      {"", "starts with tcp://"},
      {"127.0.0.1:7443", "starts with tcp://"},
      {"http://127.0.0.1:80", "starts with tcp://"},
      {"tcp://127.0.0.1", "must be HOST:PORT"},
      {"tcp://127.0.0.1:65536", "0 to 65535"},
      {"tcp://127.0.0.1:x", "0 to 65535"},
      {"tcp://:80", "a host is missing"},
      {"tcp://::1:80", "in brackets"},
      {"unix://", "a path is missing"},
      {"tcp://127.0.0.1:1?trusted", "NAME=VALUE"},
      {"tcp://127.0.0.1:1?trusted=1", "must be `true` or `false`"},
      {"tcp://127.0.0.1:1?trused=true", "did you mean `trusted`?"},
      {"tcp://127.0.0.1:1?trusted=true&trusted=true", "is given twice"},
      {"tcp://127.0.0.1:1?mode=0660", "does not go with"},
      {"tcp://127.0.0.1:1?cert=a", "does not go with"},
      {"unix://a?mode=1777", "at most 0777"},
      {"unix://a?mode=0980", "octal"},
      {"tls://127.0.0.1:1", "cert: is missing"},
      {"tls://127.0.0.1:1?cert=a", "key: is missing"},
      {"tls://127.0.0.1:1?cert=a&key=b&assert=spiffe://a/b", "needs client-ca"},
      {"tls://127.0.0.1:1?cert=a&key=b&client-cert=optional", "needs client-ca"},
      {"tls://127.0.0.1:1?cert=a&key=b&client-ca=c&client-cert=maybe", "`required` or `optional`"},
      {"tls://127.0.0.1:1?cert=a&key=b&client-ca=c&assert=*", "last segment"},
      {"tls://127.0.0.1:1?cert=%4", "malformed"},
      {"tcp://0.0.0.0:1?trusted=true", "speak for every principal"},
      {"tcp://example.org:1?trusted=true", "speak for every principal"},
      {"tls://10.0.0.1:1?cert=a&key=b&trusted=true", "speak for every principal"},
      {"tcp://0.0.0.0:1?proxy=edge", "for this proxy"},
      {"tls://10.0.0.1:1?cert=a&key=b&proxy=edge", "for this proxy"},
      {"tcp://127.0.0.1:1?proxy=", "malformed"},
      {"tcp://127.0.0.1:1?proxy=a&proxy=b", "is given twice"},
  };
  for (const Case& c : cases) {
    const auto listener = ParseListener(c.text);
    ASSERT_FALSE(listener.ok()) << c.text;
    EXPECT_NE(std::string(listener.status().message()).find(c.message), std::string::npos)
        << c.text << ": " << listener.status();
  }
  EXPECT_TRUE(ParseListener("tcp://0.0.0.0:1?trusted=true&insecure=true").ok());
}

TEST(ParseListener, BoundsTheLengthOfASocketsPath) {
  EXPECT_TRUE(ParseListener("unix://" + std::string(107, 'a')).ok());
  EXPECT_FALSE(ParseListener("unix://" + std::string(108, 'a')).ok());
}

TEST(ParseQueryListener, ReadsAddressesAndPaths) {
  const auto listener = ParseQueryListener("tcp://localhost:7480?path=/aws/v1");
  ASSERT_TRUE(listener.ok()) << listener.status();
  EXPECT_EQ(listener->host, "127.0.0.1");
  EXPECT_EQ(listener->port, 7480);
  EXPECT_EQ(listener->http_path, "/aws/v1");
  EXPECT_FALSE(listener->tls());
  EXPECT_EQ(ParseQueryListener("tcp://[::1]:0")->http_path, "/");
  const auto tls = ParseQueryListener("tls://0.0.0.0:443?cert=c&key=k&client-ca=ca");
  ASSERT_TRUE(tls.ok()) << tls.status();
  EXPECT_TRUE(tls->tls());
  EXPECT_EQ(tls->client_ca_file, "ca");
  EXPECT_TRUE(ParseQueryListener("tcp://0.0.0.0:80?insecure=true").ok());
}

TEST(ParseQueryListener, RefusesWhatIsMalformedOrDangerous) {
  const struct {
    const char* text;
    const char* message;
  } cases[] = {
      {"tcp://0.0.0.0:80", "secret keys in the clear"},
      {"tcp://192.0.2.1:80", "secret keys in the clear"},
      {"unix:///run/a.sock", "starts with tcp:// or tls://"},
      {"http://127.0.0.1:80", "starts with tcp:// or tls://"},
      {"tcp://127.0.0.1:80?trusted=true", "trusted: does not go with"},
      {"tcp://127.0.0.1:80?reflection=true", "reflection: does not go with"},
      {"tls://127.0.0.1:80?cert=c&key=k&assert=spiffe://a/b", "assert: does not go with"},
      {"tls://127.0.0.1:80?cert=c&key=k&client-cert=optional", "client-cert: does not go with"},
      {"tls://127.0.0.1:80?cert=c", "key: is missing"},
      {"tcp://127.0.0.1:80?path=aws", "plain path"},
      {"tcp://127.0.0.1:80?path=//aws", "plain path"},
      {"tcp://127.0.0.1:80?path=/a%20b", "plain path"},
      {"tcp://127.0.0.1:80?pth=/aws", "did you mean `path`?"},
  };
  for (const auto& c : cases) {
    const auto refused = ParseQueryListener(c.text);
    ASSERT_FALSE(refused.ok()) << c.text;
    EXPECT_NE(std::string(refused.status().message()).find(c.message), std::string::npos)
        << c.text << ": " << refused.status();
  }
  EXPECT_FALSE(ParseListener("tcp://127.0.0.1:80?path=/aws").ok());
}

TEST(ParseGatewayListener, ReadsAddressesAndProxies) {
  const auto listener =
      ParseGatewayListener("tcp://localhost:8181?proxy=edge&url=https://pdp.example.com/authz");
  ASSERT_TRUE(listener.ok()) << listener.status();
  EXPECT_EQ(listener->host, "127.0.0.1");
  EXPECT_EQ(listener->proxy, "edge");
  EXPECT_EQ(listener->public_url, "https://pdp.example.com/authz");
  EXPECT_EQ(ParseGatewayListener("tcp://[::1]:0")->proxy, "");
  for (const char* text : {
           // Somebody else protects it;
           "tcp://0.0.0.0:80?proxy=edge&insecure=true",
           "tls://0.0.0.0:443?cert=c&key=k&proxy=edge&insecure=true",
           // who connects has a certificate of the authority;
           "tls://0.0.0.0:443?cert=c&key=k&client-ca=ca&proxy=edge",
           // or nobody is believed without a certificate's name or a secret.
           "tls://0.0.0.0:443?cert=c&key=k&client-ca=ca",
           "tls://0.0.0.0:443?cert=c&key=k",
           "tls://127.0.0.1:443?cert=c&key=k&proxy=edge",
       }) {
    EXPECT_TRUE(ParseGatewayListener(text).ok()) << text;
  }
}

TEST(ParseGatewayListener, RefusesWhatIsMalformedOrDangerous) {
  const struct {
    const char* text;
    const char* message;
  } cases[] = {
      {"tcp://0.0.0.0:80", "in the clear"},
      {"tcp://192.0.2.1:80", "in the clear"},
      {"tcp://192.0.2.1:80?proxy=edge", "proxy: would take everyone"},
      {"tls://0.0.0.0:443?cert=c&key=k&proxy=edge", "proxy: would take everyone"},
      {"tls://0.0.0.0:443?cert=c", "key: is missing"},
      {"unix:///run/a.sock", "starts with tcp:// or tls://"},
      {"tcp://127.0.0.1:80?path=/a", "path: does not go with"},
      {"tcp://127.0.0.1:80?trusted=true", "trusted: does not go with"},
      {"tcp://127.0.0.1:80?proxy=a&proxy=b", "proxy: is given twice"},
      {"tcp://127.0.0.1:80?poxy=a", "did you mean `proxy`?"},
      {"tcp://127.0.0.1:80?url=pdp.example.com", "plain URL"},
      {"tcp://127.0.0.1:80?url=ftp://pdp.example.com", "plain URL"},
      {"tcp://127.0.0.1:80?url=https://pdp.example.com/", "plain URL"},
      {"tcp://127.0.0.1:80?url=https://pdp.example.com/%3Fa", "plain URL"},
      {"tcp://127.0.0.1:80?url=https://", "plain URL"},
  };
  for (const auto& c : cases) {
    const auto refused = ParseGatewayListener(c.text);
    ASSERT_FALSE(refused.ok()) << c.text;
    EXPECT_NE(std::string(refused.status().message()).find(c.message), std::string::npos)
        << c.text << ": " << refused.status();
  }
  EXPECT_FALSE(ParseQueryListener("tcp://127.0.0.1:80?proxy=edge").ok());
  EXPECT_FALSE(ParseListener("tcp://127.0.0.1:80?url=https://pdp.example.com").ok());
}

TEST(ParseMetadataListener, KeepsARoleOnThisHost) {
  const auto listener = ParseMetadataListener("tcp://localhost:7481?path=/creds", true);
  ASSERT_TRUE(listener.ok()) << listener.status();
  EXPECT_EQ(listener->host, "127.0.0.1");
  EXPECT_EQ(listener->http_path, "/creds");
  EXPECT_TRUE(ParseMetadataListener("tcp://[::1]:0", false).ok());
  EXPECT_TRUE(ParseMetadataListener("tcp://169.254.170.2:80?insecure=true", true).ok());
  const struct {
    const char* text;
    bool with_path;
    const char* message;
  } cases[] = {
      {"tcp://127.0.0.1:1?path=/creds", false, "path: does not go with"},
      {"tcp://0.0.0.0:1", true, "whoever reaches this address"},
      {"tcp://169.254.169.254:80", false, "whoever reaches this address"},
      {"tls://127.0.0.1:1?cert=a&key=b", true, "use tcp://"},
      {"unix://a", true, "tcp://"},
      {"tcp://127.0.0.1:1?trusted=true", true, "trusted"},
  };
  for (const auto& c : cases) {
    const auto refused = ParseMetadataListener(c.text, c.with_path);
    ASSERT_FALSE(refused.ok()) << c.text;
    EXPECT_NE(std::string(refused.status().message()).find(c.message), std::string::npos)
        << c.text << ": " << refused.status();
  }
}

TEST(IsLoopback, KnowsAllOfThem) {
  for (const char* host : {"localhost", "127.0.0.1", "127.8.9.10", "::1"}) {
    EXPECT_TRUE(IsLoopback(host)) << host;
  }
  for (const char* host :
       {"0.0.0.0", "::", "128.0.0.1", "example.org", "127.0.0.1.example.org", ""}) {
    EXPECT_FALSE(IsLoopback(host)) << host;
  }
}

}  // namespace
}  // namespace portcullis::app
