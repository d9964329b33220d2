#include "server/federation/http_fetcher.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <thread>

#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "server/base/clock.h"
#include "server/base/str_cat.h"
#include "server/federation/key_source.h"
#include "tests/unit/federation/identity_token_maker.h"

namespace portcullis::federation {
namespace {

using base::StrCat;
namespace fs = std::filesystem;

TEST(CheckFetchUrl, PermitsHttps) {
  for (const char* url :
       {"https://example.com", "https://example.com/", "https://example.com:8443/a",
        "https://[2001:db8::1]/a", "https://10.0.0.1/a?b=c&d=%20"}) {
    EXPECT_TRUE(CheckFetchUrl(url, false).ok()) << url;
    EXPECT_TRUE(CheckFetchUrl(url, true).ok()) << url;
  }
}

TEST(CheckFetchUrl, PermitsHttpToThisMachineOnRequest) {
  for (const char* url : {"http://127.0.0.1:80/a", "http://localhost/", "http://[::1]:1/a"}) {
    EXPECT_FALSE(CheckFetchUrl(url, false).ok()) << url;
    EXPECT_TRUE(CheckFetchUrl(url, true).ok()) << url;
  }
}

TEST(CheckFetchUrl, RefusesTheRest) {
  for (const char* url : {"",
                          "https:",
                          "https://",
                          "https:///a",
                          "https://:80/",
                          "example.com",
                          "//example.com",
                          "HTTPS://example.com",
                          "ftp://127.0.0.1/",
                          "file:///etc/passwd",
                          "http://example.com/",
                          "http://127.0.0.1.example.com/",
                          "http://localhost.example.com/",
                          "http://127.0.0.2/",
                          "http://localhost@example.com/",
                          "http://127.0.0.1\\@example.com/",
                          "http://127.0.0.1%2eexample.com",
                          "https://user@example.com/",
                          "https://user:pass@example.com/",
                          "https://example.com/#a",
                          "https://example.com/a b",
                          "https://example.com/\n",
                          "https://ex\xc3\xa4mple.com/",
                          "https://[::1/"}) {
    EXPECT_FALSE(CheckFetchUrl(url, true).ok()) << url;
  }
  EXPECT_FALSE(CheckFetchUrl("https://example.com/" + std::string(2048, 'a'), false).ok());
}

// A server for plain HTTP on a port that the system picks: answers each path with a fixed text, and
// others not at all.
class PlainServer {
 public:
  explicit PlainServer(std::map<std::string, std::string> answers) : answers_(std::move(answers)) {
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
        listen(listener_, 8) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
      std::abort();
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~PlainServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  std::string Url(std::string_view path) const { return StrCat("http://127.0.0.1:", port_, path); }

 private:
  void Serve() {
    while (true) {
      const int connection = accept(listener_, nullptr, nullptr);
      if (connection < 0) return;
      std::string request;
      char buffer[4096];
      while (request.find("\r\n\r\n") == std::string::npos) {
        const ssize_t count = read(connection, buffer, sizeof(buffer));
        if (count <= 0) break;
        request.append(buffer, static_cast<size_t>(count));
      }
      const auto found = answers_.find(request.substr(4, request.find(' ', 4) - 4));
      if (found == answers_.end()) {
        // Silence: the client must give up by itself, and then closes.
        while (read(connection, buffer, sizeof(buffer)) > 0) continue;
      } else {
        std::string_view rest = found->second;
        while (!rest.empty()) {
          const ssize_t count = send(connection, rest.data(), rest.size(), MSG_NOSIGNAL);
          if (count <= 0) break;
          rest.remove_prefix(static_cast<size_t>(count));
        }
      }
      close(connection);
    }
  }

  const std::map<std::string, std::string> answers_;
  int listener_ = -1;
  int port_ = 0;
  std::thread thread_;
};

std::string Ok(std::string_view body, std::string_view more_headers = "") {
  return StrCat("HTTP/1.1 200 OK\r\nConnection: close\r\n", more_headers, "\r\n", body);
}

TEST(HttpFetcher, GetsFromThisMachine) {
  const PlainServer server(
      {{"/a", Ok("hello", "Cache-Control: public\r\ncache-control: max-age=600\r\n")},
       {"/404", "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"}});
  const auto fetcher = NewHttpFetcher({.ca_file = "", .allow_loopback_http = true});
  const auto found = fetcher->Get(server.Url("/a"), absl::Seconds(5));
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->status, 200);
  EXPECT_EQ(found->body, "hello");
  EXPECT_EQ(found->cache_control, "public,max-age=600");
  const auto absent = fetcher->Get(server.Url("/404"), absl::Seconds(5));
  ASSERT_TRUE(absent.ok()) << absent.status();
  EXPECT_EQ(absent->status, 404);
  EXPECT_EQ(absent->cache_control, "");
  EXPECT_FALSE(NewHttpFetcher(HttpFetcherOptions())->Get(server.Url("/a"), absl::Seconds(5)).ok());
}

TEST(HttpFetcher, DoesNotFollowRedirectsWithoutTls) {
  const PlainServer server(
      {{"/r", "HTTP/1.1 302 Found\r\nLocation: /a\r\nContent-Length: 0\r\n\r\n"},
       {"/a", Ok("hello")}});
  const auto fetcher = NewHttpFetcher({.ca_file = "", .allow_loopback_http = true});
  const auto answer = fetcher->Get(server.Url("/r"), absl::Seconds(5));
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->status, 302);
  EXPECT_EQ(answer->body, "");
}

TEST(HttpFetcher, BoundsSizeAndTime) {
  const std::string largest(kHttpBodyBytesMax, 'a');
  const PlainServer server(
      {{"/largest", Ok(largest)},
       {"/larger", Ok(largest + "a")},
       {"/announced", Ok("a", StrCat("Content-Length: ", kHttpBodyBytesMax + 1, "\r\n"))},
       {"/cut-off", Ok("a", "Content-Length: 10\r\n")}});
  const auto fetcher = NewHttpFetcher({.ca_file = "", .allow_loopback_http = true});
  const auto at_the_limit = fetcher->Get(server.Url("/largest"), absl::Seconds(5));
  ASSERT_TRUE(at_the_limit.ok()) << at_the_limit.status();
  EXPECT_EQ(at_the_limit->body.size(), kHttpBodyBytesMax);
  for (const char* path : {"/larger", "/announced", "/cut-off"}) {
    EXPECT_FALSE(fetcher->Get(server.Url(path), absl::Seconds(5)).ok()) << path;
  }
  const absl::Time start = absl::Now();
  const auto silent = fetcher->Get(server.Url("/silent"), absl::Milliseconds(200));
  EXPECT_EQ(silent.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_LT(absl::Now() - start, absl::Seconds(3));
  EXPECT_FALSE(fetcher->Get(server.Url("/largest"), absl::ZeroDuration()).ok());
}

// `openssl s_server`, serving complete HTTP answers from files with a certificate for localhost
// that only its own ca_file() vouches for.
class TlsServer {
 public:
  explicit TlsServer(const std::map<std::string, std::string>& answers) {
    std::string name = (fs::temp_directory_path() / "portcullis-tls-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    directory_ = name;
    for (const auto& [path, text] : answers) {
      fs::create_directories((directory_ / path).parent_path());
      std::ofstream(directory_ / path, std::ios::binary) << text;
    }
    const pid_t maker =
        Start({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
               "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-days", "2", "-subj",
               "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"});
    int result = -1;
    waitpid(maker, &result, 0);
    if (result != 0) std::abort();
    server_ = Start({"openssl", "s_server", "-accept", "127.0.0.1:0", "-HTTP", "-cert", "cert.pem",
                     "-key", "key.pem"});
    ReadPort();
  }
  ~TlsServer() {
    kill(server_, SIGKILL);
    waitpid(server_, nullptr, 0);
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
  }

  std::string Url(std::string_view host, std::string_view path) const {
    return StrCat("https://", host, ":", port_, path);
  }
  std::string ca_file() const { return (directory_ / "cert.pem").string(); }
  void Answer(const std::string& path, const std::string& text) const {
    fs::create_directories((directory_ / path).parent_path());
    std::ofstream(directory_ / path, std::ios::binary) << text;
  }

 private:
  // Runs a program in the directory, its output in the file `output`.
  pid_t Start(std::vector<std::string> words) {
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const pid_t child = fork();
    if (child != 0) return child;
    const int output = open((directory_ / "output").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (output < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0 ||
        chdir(directory_.c_str()) != 0) {
      _exit(127);
    }
    execvp(arguments[0], arguments.data());
    _exit(127);
  }

  // Waits for the line `ACCEPT 127.0.0.1:<port>`.
  void ReadPort() {
    for (int i = 0; i < 1000 && port_.empty(); ++i) {
      std::ifstream file(directory_ / "output");
      std::string line;
      while (std::getline(file, line)) {
        if (line.compare(0, 7, "ACCEPT ") == 0 && !file.eof()) {
          port_ = line.substr(line.rfind(':') + 1);
        }
      }
      if (port_.empty()) absl::SleepFor(absl::Milliseconds(10));
    }
    if (port_.empty()) std::abort();
  }

  fs::path directory_;
  pid_t server_ = -1;
  std::string port_;
};

std::string RedirectTo(std::string_view url) {
  return StrCat("HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: ", url, "\r\n\r\n");
}

TEST(HttpFetcher, TrustsWhomTheCertificateFileVouchesFor) {
  unsetenv("https_proxy");
  unsetenv("HTTPS_PROXY");
  unsetenv("ALL_PROXY");
  const PlainServer plain({{"/a", Ok("without TLS")}});
  const TlsServer server({{"a", Ok("hello", "Cache-Control: max-age=60\r\n")},
                          {"down", RedirectTo(plain.Url("/a"))},
                          {"file", RedirectTo("file:///etc/hostname")}});
  server.Answer("up", RedirectTo(server.Url("localhost", "/a")));
  server.Answer("loop", RedirectTo(server.Url("localhost", "/loop")));
  const auto fetcher = NewHttpFetcher({.ca_file = server.ca_file(), .allow_loopback_http = true});
  for (const char* path : {"/a", "/up"}) {
    const auto answer = fetcher->Get(server.Url("localhost", path), absl::Seconds(5));
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->body, "hello") << path;
    EXPECT_EQ(answer->cache_control, "max-age=60") << path;
  }
  for (const char* path : {"/down", "/file", "/loop"}) {
    EXPECT_FALSE(fetcher->Get(server.Url("localhost", path), absl::Seconds(5)).ok()) << path;
  }
  EXPECT_FALSE(fetcher->Get(server.Url("127.0.0.1", "/a"), absl::Seconds(5)).ok())
      << "the certificate is for another name";
  EXPECT_FALSE(NewHttpFetcher(HttpFetcherOptions())
                   ->Get(server.Url("localhost", "/a"), absl::Seconds(5))
                   .ok())
      << "nobody vouches for the certificate";
}

// Discovery, keys and a token, over TLS (R-5.64).
TEST(RemoteKeySource, GetsKeysFromARealServer) {
  unsetenv("https_proxy");
  unsetenv("HTTPS_PROXY");
  unsetenv("ALL_PROXY");
  const TlsServer server(
      {{"id/1/keys", Ok(KeySetText({SigningKey::For("ES256").Jwk(R"("kid":"1")")}))}});
  const std::string issuer = server.Url("localhost", "/id/1");
  server.Answer("id/1/.well-known/openid-configuration",
                Ok(StrCat(R"({"issuer":")", issuer, R"(","jwks_uri":")", issuer, "/keys\"}")));
  const auto fetcher = NewHttpFetcher({.ca_file = server.ca_file(), .allow_loopback_http = false});
  RemoteKeySource source({.issuer = issuer, .jwks_url = ""}, fetcher.get(), &base::Clock::System());
  const auto keys = source.Current();
  ASSERT_TRUE(keys.ok()) << source.last_failure();
  EXPECT_TRUE((*keys)->HasKeyId("1"));
}

}  // namespace
}  // namespace portcullis::federation
