// The bytes of probes, row by row.
#include "client/probe_request.h"

#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "client/probe_rows.h"

namespace portcullis::client {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view kCommon =
    "User-Agent: portcullis-probe/0.1.0\r\nAccept: */*\r\nConnection: close\r\n";

ProbeSubject Subject(const std::string& url = "https://Orders.example.com:8443/orders/7?full=1") {
  ProbeSubject subject;
  subject.target = *ParseProbeTarget(url);
  subject.public_path = "/static/healthz";
  subject.echo_path = "/echo?x=1";
  subject.nonce = "probe00";
  return subject;
}

ProbeSubject WithBearer() {
  ProbeSubject subject = Subject();
  subject.credentials = ProbeBearer{"good-token"};
  return subject;
}

std::string BytesOf(const ProbeRow& row, const ProbeSubject& subject) {
  const auto sent = MakeProbeBytes(row, subject, "probe00n3", absl::FromUnixSeconds(1790000000));
  EXPECT_TRUE(sent.ok()) << sent.status();
  return sent.ok() ? sent->bytes : "";
}

const ProbeRow& RowNamed(ProbeGroup group, std::string_view name) {
  for (const ProbeRow& row : ProbeRows()) {
    if (row.group == group && name == row.name) return row;
  }
  ADD_FAILURE() << "no row " << name;
  return kAnonymousRow;
}

TEST(ProbeRequestTest, ARequestIsWrittenAsItIs) {
  EXPECT_EQ(BytesOf(kAnonymousRow, Subject()),
            "GET /orders/7?full=1 HTTP/1.1\r\nHost: Orders.example.com:8443\r\n" +
                std::string(kCommon) + "\r\n");
}

TEST(ProbeRequestTest, HeadersOfTheUserAreInEveryRequest) {
  ProbeSubject subject = WithBearer();
  subject.headers = {"x-tenant: blue"};
  for (const ProbeRow& row : ProbeRows()) {
    // Two rows are about requests that have next to nothing.
    const std::string name = row.name;
    if (name == "version-0-9" || name == "line-feeds") continue;
    EXPECT_THAT(BytesOf(row, subject), HasSubstr("\r\nx-tenant: blue\r\n")) << name;
  }
}

struct TargetCase {
  ProbeGroup group;
  const char* name;
  std::string target;
};

TEST(ProbeRequestTest, TargetsAreNotTidiedUp) {
  const std::string nul(1, '\0');
  const TargetCase cases[] = {
      {ProbeGroup::kPath, "dot-segment", "/./orders/7?full=1"},
      {ProbeGroup::kPath, "dot-segment-inside", "/orders/./7?full=1"},
      {ProbeGroup::kPath, "dot-dot", "/probe/../orders/7?full=1"},
      {ProbeGroup::kPath, "dot-dot-encoded", "/probe/%2e%2e/orders/7?full=1"},
      {ProbeGroup::kPath, "dot-dot-encoded-twice", "/probe/%252e%252e/orders/7?full=1"},
      {ProbeGroup::kPath, "dot-dot-overlong", "/probe/%c0%ae%c0%ae/orders/7?full=1"},
      {ProbeGroup::kPath, "dot-dot-parameter", "/probe/..;/orders/7?full=1"},
      {ProbeGroup::kPath, "slash-doubled", "//orders/7?full=1"},
      {ProbeGroup::kPath, "slash-doubled-inside", "/orders//7?full=1"},
      {ProbeGroup::kPath, "slash-encoded", "/orders%2f7?full=1"},
      {ProbeGroup::kPath, "slash-missing", "orders/7?full=1"},
      {ProbeGroup::kPath, "backslash", "/orders\\7?full=1"},
      {ProbeGroup::kPath, "backslash-encoded", "/orders%5c7?full=1"},
      {ProbeGroup::kPath, "parameter-inside", "/orders;probe=1/7?full=1"},
      {ProbeGroup::kPath, "letter-encoded", "/%6frders/7?full=1"},
      {ProbeGroup::kPath, "letter-encoded-twice", "/%256frders/7?full=1"},
      {ProbeGroup::kPath, "capitals", "/ORDERS/7?full=1"},
      {ProbeGroup::kPath, "dot-behind", "/orders/7.?full=1"},
      {ProbeGroup::kPath, "nul", "/orders/7" + nul + "?full=1"},
      {ProbeGroup::kPath, "fragment", "/orders/7#probe"},
      {ProbeGroup::kPublicPath, "dot-dot", "/static/healthz/../../orders/7?full=1"},
      {ProbeGroup::kPublicPath, "dot-dot-encoded-slash",
       "/static/healthz/..%2f..%2forders/7?full=1"},
      {ProbeGroup::kPublicPath, "dot-dot-backslash", "/static/healthz/..\\..\\orders/7?full=1"},
      {ProbeGroup::kPublicPath, "dot-dot-parameter", "/static/healthz/..;/..;/orders/7?full=1"},
      {ProbeGroup::kPublicPath, "slash-doubled-dot-dot",
       "/static/healthz//../../../orders/7?full=1"},
      {ProbeGroup::kPublicPath, "fragment-dot-dot", "/static/healthz#/../../orders/7"},
      {ProbeGroup::kPublicPath, "absolute-dot-dot",
       "https://Orders.example.com:8443/static/healthz/../../orders/7?full=1"},
      {ProbeGroup::kHost, "absolute-other", "https://portcullis-probe.invalid/orders/7?full=1"},
      {ProbeGroup::kDecisionPoint, "envoy", "/ext_authz/static/healthz"},
  };
  for (const TargetCase& c : cases) {
    EXPECT_THAT(BytesOf(RowNamed(c.group, c.name), Subject()),
                StartsWith("GET " + c.target + " HTTP/1.1\r\n"))
        << c.name;
  }
}

struct BytesCase {
  ProbeGroup group;
  const char* name;
  const char* bytes;
};

TEST(ProbeRequestTest, WhatIsOddIsThere) {
  const BytesCase cases[] = {
      {ProbeGroup::kMethod, "lower-case", "get /orders/7?full=1 HTTP/1.1\r\n"},
      {ProbeGroup::kMethod, "connect", "CONNECT Orders.example.com:8443 HTTP/1.1\r\n"},
      {ProbeGroup::kHost, "dot-behind", "\r\nHost: Orders.example.com.\r\n"},
      {ProbeGroup::kHost, "capitals", "\r\nHost: ORDERS.EXAMPLE.COM\r\n"},
      {ProbeGroup::kHost, "doubled",
       "\r\nHost: Orders.example.com:8443\r\nHost: portcullis-probe.invalid\r\n"},
      {ProbeGroup::kHeader, "original-uri", "\r\nX-Original-URI: /static/healthz\r\n"},
      {ProbeGroup::kHeader, "public-rewrite-url",
       "GET /static/healthz HTTP/1.1\r\nHost: Orders.example.com:8443\r\n"},
      {ProbeGroup::kHeader, "public-rewrite-url", "\r\nX-Rewrite-URL: /orders/7\r\n"},
      {ProbeGroup::kCredentials, "doubled",
       "\r\nAuthorization: Bearer good-token\r\nAuthorization: Bearer probe\r\n"},
      {ProbeGroup::kCredentials, "doubled-other-first",
       "\r\nAuthorization: Bearer probe\r\nAuthorization: Bearer good-token\r\n"},
      {ProbeGroup::kCredentials, "joined",
       "\r\nAuthorization: Bearer good-token, Bearer probe\r\n"},
      {ProbeGroup::kFraming, "line-feeds",
       "GET /orders/7?full=1 HTTP/1.1\nHost: Orders.example.com:8443\nConnection: close\n\n"},
      {ProbeGroup::kFraming, "length-and-chunks",
       "\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n"},
      {ProbeGroup::kFraming, "length-and-chunks", "\r\n\r\n0\r\n\r\n"},
      {ProbeGroup::kFraming, "folded-header", "\r\nX-Probe: a\r\n b\r\n"},
      {ProbeGroup::kProtocol, "websocket", "\r\nUpgrade: websocket\r\n"},
      {ProbeGroup::kIdentity, "principal-underscores", "\r\nX_Portcullis_Principal: probe00n3\r\n"},
      {ProbeGroup::kIdentity, "principal", "GET /echo?x=1 HTTP/1.1\r\n"},
      {ProbeGroup::kIdentity, "principal", "\r\nAuthorization: Bearer good-token\r\n"},
      {ProbeGroup::kIdentity, "hop-by-hop", "\r\nConnection: close, X-Portcullis-Principal\r\n"},
  };
  for (const BytesCase& c : cases) {
    EXPECT_THAT(BytesOf(RowNamed(c.group, c.name), WithBearer()), HasSubstr(c.bytes)) << c.name;
  }
}

TEST(ProbeRequestTest, EveryRowCanBeWrittenAndHasAName) {
  std::set<std::string> names;
  for (const ProbeRow& row : ProbeRows()) {
    const std::string name = std::string(GroupName(row.group)) + "/" + row.name;
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_STRNE(GroupAdvice(row.group), "");
    EXPECT_THAT(BytesOf(row, WithBearer()), Not(HasSubstr("{"))) << name;
    const auto described = DescribeProbe(row, WithBearer());
    ASSERT_TRUE(described.ok()) << name << described.status();
    EXPECT_LT(described->size(), 2000U) << name;
    EXPECT_THAT(*described, Not(HasSubstr("good-token"))) << name;
  }
  EXPECT_GT(names.size(), 150U);
}

// Whoever sends no credentials may prove nothing with the help of somebody's.
TEST(ProbeRequestTest, OnlyRowsThatNeedThemHaveCredentials) {
  for (const ProbeRow& row : ProbeRows()) {
    const bool has = BytesOf(row, WithBearer()).find("good-token") != std::string::npos;
    const bool may = (row.needs & (kNeedsCredentials | kNeedsEcho)) != 0;
    EXPECT_TRUE(may || !has) << row.name;
  }
}

// A probe may be run against what is in use.
TEST(ProbeRequestTest, OnlyIntrusiveRowsChangeAnything) {
  for (const ProbeRow& row : ProbeRows()) {
    const std::string bytes = BytesOf(row, WithBearer());
    for (const char* method : {"POST ", "PUT ", "PATCH ", "DELETE "}) {
      EXPECT_TRUE(bytes.find(method) == std::string::npos || (row.needs & kNeedsIntrusive) != 0)
          << row.name;
    }
  }
}

TEST(ProbeRequestTest, HiddenRequestsHaveTheirLength) {
  const std::string bytes =
      BytesOf(RowNamed(ProbeGroup::kFraming, "hidden-behind-chunks"), Subject());
  const size_t body = bytes.find("\r\n\r\n") + 4;
  EXPECT_THAT(bytes, HasSubstr("\r\nContent-Length: " + std::to_string(bytes.size() - body)));
  EXPECT_THAT(bytes.substr(body), StartsWith("0\r\n\r\nGET /orders/7?full=1 HTTP/1.1\r\n"));
}

TEST(ProbeRequestTest, FillersAreAsLongAsTheySay) {
  const std::string bytes = BytesOf(RowNamed(ProbeGroup::kSize, "long-body"), Subject());
  EXPECT_THAT(bytes, HasSubstr("\r\nContent-Length: 131072\r\n"));
  EXPECT_EQ(bytes.size() - bytes.find("\r\n\r\n") - 4, 131072U);
}

TEST(ProbeRequestTest, AnAccessKeySignsThePathThatIsAskedFor) {
  ProbeSubject subject = Subject();
  subject.credentials =
      ProbeAccessKey{"AKIAPROBE", "secret-of-the-key", "eu-west-1", "execute-api"};
  const std::string protected_bytes = BytesOf(kAuthorizedRow, subject);
  EXPECT_THAT(protected_bytes, HasSubstr("Credential=AKIAPROBE/20260921/eu-west-1/execute-api/"));
  EXPECT_THAT(protected_bytes, Not(HasSubstr("secret-of-the-key")));
  const auto signature = [](const std::string& bytes) {
    return bytes.substr(bytes.find("Signature="), 74);
  };
  EXPECT_NE(signature(protected_bytes), signature(BytesOf(kEchoRow, subject)));
}

TEST(ProbeRequestTest, WhatIsNotATemplateIsAnError) {
  for (const char* target : {"{nobody}", "{target", "{fill:many}", "{fill:-1}"}) {
    const ProbeRow row = {.group = ProbeGroup::kPath, .name = "bad", .target = target};
    EXPECT_EQ(MakeProbeBytes(row, Subject(), "", absl::Now()).status().code(),
              absl::StatusCode::kInternal)
        << target;
  }
}

TEST(ProbeRequestTest, DescriptionsTellWhatIsSpecial) {
  EXPECT_EQ(*DescribeProbe(RowNamed(ProbeGroup::kHeader, "original-uri"), WithBearer()),
            "GET /orders/7?full=1 HTTP/1.1\r\nX-Original-URI: /static/healthz");
  EXPECT_EQ(*DescribeProbe(RowNamed(ProbeGroup::kCredentials, "doubled"), WithBearer()),
            "GET /orders/7?full=1 HTTP/1.1\r\n(credentials)\r\nAuthorization: Bearer probe");
}

struct SubjectCase {
  const char* public_path;
  const char* echo_path;
  const char* header;
  const char* problem;  // Empty: there is none.
};

TEST(ProbeRequestTest, SubjectsAreChecked) {
  const SubjectCase cases[] = {
      {"/healthz", "/echo?x=1", "x-tenant: blue", ""},
      {"healthz", "", "a: b", "--public"},
      {"/health z", "", "a: b", "--public"},
      {"/healthz?x", "", "a: b", "--public"},
      {"", "/echo#x", "a: b", "--echo"},
      {"", "", "x-tenant", "--header"},
      {"", "", ": blue", "--header"},
      {"", "", "x tenant: blue", "--header"},
      {"", "", "a: b\r\nc: d", "--header"},
      {"", "", "Host: other", "--header"},
      {"", "", "authorization: Bearer x", "--header"},
  };
  for (const SubjectCase& c : cases) {
    ProbeSubject subject = Subject();
    subject.public_path = c.public_path;
    subject.echo_path = c.echo_path;
    subject.headers = {c.header};
    EXPECT_THAT(std::string(CheckSubject(subject).message()), StartsWith(c.problem)) << c.header;
    EXPECT_EQ(CheckSubject(subject).ok(), std::string(c.problem).empty()) << c.header;
  }
  EXPECT_FALSE(CheckAlsoPath("").ok());
  EXPECT_FALSE(CheckAlsoPath("orders").ok());
  EXPECT_TRUE(CheckAlsoPath("/orders/8?x=1").ok());
}

}  // namespace
}  // namespace portcullis::client
