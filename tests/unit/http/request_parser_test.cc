#include "server/http/request_parser.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace portcullis::http {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using State = RequestParser::State;

constexpr ParserLimits kLimits = {
    .header_bytes_max = 1024, .headers_max = 20, .body_bytes_max = 100};

// Gives the parser `bytes` in pieces of `step`, each behind what it left; returns what is left.
std::string Feed(RequestParser* parser, std::string_view bytes, size_t step = 1 << 20) {
  std::string buffer;
  while (!bytes.empty() && (parser->state() == State::kHead || parser->state() == State::kBody)) {
    buffer.append(bytes.substr(0, step));
    bytes.remove_prefix(std::min(step, bytes.size()));
    buffer.erase(0, parser->Put(buffer));
  }
  return buffer + std::string(bytes);
}

std::vector<std::pair<std::string, std::string>> Headers(const RequestParser& parser) {
  std::vector<std::pair<std::string, std::string>> headers;
  for (const Header& header : parser.request().headers)
    headers.emplace_back(header.name, header.value);
  return headers;
}

TEST(RequestParserTest, LeavesNamesOrderAndTargetAsTheyCame) {
  const std::string bytes =
      "POST /a/../b%2f//c?x=1&y=%20?&z HTTP/1.1\r\n"
      "host: h:8080\r\nX-B: 1\r\nx-a:\t 2  3 \t\r\nX-B: 4\r\nContent-Length: 3\r\nX-b:\r\n\r\nabc";
  for (size_t step = 1; step <= bytes.size(); ++step) {
    RequestParser parser(kLimits);
    EXPECT_EQ(Feed(&parser, bytes + "GET", step), "GET") << step;
    ASSERT_EQ(parser.state(), State::kComplete) << step;
    const Request request = parser.request();
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.target, "/a/../b%2f//c?x=1&y=%20?&z");
    EXPECT_EQ(request.path, "/a/../b%2f//c");
    EXPECT_EQ(request.query, "x=1&y=%20?&z");
    EXPECT_EQ(request.body, "abc");
    EXPECT_THAT(Headers(parser),
                ElementsAre(Pair("host", "h:8080"), Pair("X-B", "1"), Pair("x-a", "2  3"),
                            Pair("X-B", "4"), Pair("Content-Length", "3"), Pair("X-b", "")));
    EXPECT_TRUE(parser.wants_keep_alive());
  }
}

TEST(RequestParserTest, JoinsChunks) {
  const std::string bytes =
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n"
      "3\r\nabc\r\n0A\r\n\r\n\r\n\r\n\r\n\r\n\r\n00000\r\n\r\n";
  for (size_t step = 1; step <= bytes.size(); ++step) {
    RequestParser parser(kLimits);
    EXPECT_EQ(Feed(&parser, bytes + "x", step), "x") << step;
    ASSERT_EQ(parser.state(), State::kComplete) << step;
    EXPECT_EQ(parser.request().body, "abc\r\n\r\n\r\n\r\n\r\n");
  }
}

TEST(RequestParserTest, JoinsNoChunksAtAll) {
  const std::string bytes =
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
  for (size_t step = 1; step <= bytes.size(); ++step) {
    RequestParser parser(kLimits);
    EXPECT_EQ(Feed(&parser, bytes, step), "") << step;
    EXPECT_EQ(parser.state(), State::kComplete) << step;
    EXPECT_EQ(parser.body_size(), 0);
  }
}

TEST(RequestParserTest, CountsAChunkOnceHoweverItIsCut) {
  const std::string bytes =
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0000000000000064\r\n" +
      std::string(100, 'b') + "\r\n0\r\n\r\n";
  for (size_t step = 1; step <= 30; ++step) {
    RequestParser parser(kLimits);
    Feed(&parser, bytes, step);
    EXPECT_EQ(parser.state(), State::kComplete) << step;
    EXPECT_EQ(parser.body_size(), 100);
  }
}

TEST(RequestParserTest, ReadsWhetherTheConnectionIsKept) {
  const struct {
    std::string version, header;
    bool kept;
  } cases[] = {
      {"1.1", "", true},
      {"1.1", "Connection: close\r\n", false},
      {"1.1", "Connection: x, Close\r\n", false},
      {"1.1", "Connection: keep-alive\r\n", true},
      {"1.0", "", false},
      {"1.0", "Connection: keep-alive\r\n", true},
      {"1.0", "Host: h\r\n", false},
  };
  for (const auto& [version, header, kept] : cases) {
    RequestParser parser(kLimits);
    Feed(&parser, absl::StrCat("GET / HTTP/", version, "\r\n",
                               version == "1.1" ? "Host: h\r\n" : "", header, "\r\n"));
    ASSERT_EQ(parser.state(), State::kComplete) << version << header;
    EXPECT_EQ(parser.wants_keep_alive(), kept) << version << header;
    EXPECT_EQ(parser.is_http_1_0(), version == "1.0");
  }
}

TEST(RequestParserTest, ForgivesOneBlankLineInFront) {
  RequestParser one(kLimits);
  Feed(&one, "\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", 1);
  EXPECT_EQ(one.state(), State::kComplete);
  RequestParser two(kLimits);
  Feed(&two, "\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", 1);
  EXPECT_EQ(two.state(), State::kRefused);
  EXPECT_EQ(two.refusal(), 400);
}

TEST(RequestParserTest, KnowsWhoWaitsForAContinue) {
  RequestParser waits(kLimits);
  Feed(&waits, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nExpect: 100-Continue\r\n\r\n");
  EXPECT_EQ(waits.state(), State::kBody);
  EXPECT_TRUE(waits.expects_continue());
  RequestParser old(kLimits);
  Feed(&old, "POST / HTTP/1.0\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(old.state(), State::kBody);
  EXPECT_FALSE(old.expects_continue());
}

const std::string kGet = "GET / HTTP/1.1\r\nHost: h\r\n";
const std::string kPost = "POST / HTTP/1.1\r\nHost: h\r\n";
const std::string kChunked = kPost + "Transfer-Encoding: chunked\r\n\r\n";

// What another reader could take for another request, or for two.
const std::vector<std::string> kLines = {
    // Lines.
    "GET / HTTP/1.1\nHost: h\n\n",
    "GET / HTTP/1.1\r\nHost: h\n\r\n",
    "GET / HTTP/1.1\rHost: h\r\n\r\n",
    kGet + "X: a\nY: b\r\n\r\n",
    kGet + "X: a\rY: b\r\n\r\n",
    kGet + "X: a\r\n b\r\n\r\n",
    kGet + "X: a\r\n\tb\r\n\r\n",
    "GET / HTTP/1.1\r\n Host: h\r\n\r\n",
    kGet + " X: a\r\n\r\n",
    // Names and values.
    kGet + "X : a\r\n\r\n",
    kGet + "X\r\n\r\n",
    kGet + ": a\r\n\r\n",
    kGet + "X(: a\r\n\r\n",
    kGet + std::string("X: a\0b\r\n\r\n", 10),
    kGet + "X: a\x01\r\n\r\n",
    kGet + "X: a\x7f\r\n\r\n",
};

const std::vector<std::string> kFraming = {
    // Lengths.
    kPost + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    kPost + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    kPost + "Content-Length: 3, 3\r\n\r\nabc",
    kPost + "Content-Length: +3\r\n\r\nabc",
    kPost + "Content-Length: -1\r\n\r\n",
    kPost + "Content-Length: 0x3\r\n\r\nabc",
    kPost + "Content-Length: 3 3\r\n\r\nabc",
    kPost + "Content-Length:\r\n\r\n",
    kPost + "Content-Length: 99999999999999999999999\r\n\r\n",
    // Codings.
    kPost + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    kPost + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    kPost + "Transfer-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
    kPost + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    kPost + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    kPost + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    kPost + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    kPost + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    kPost + "Transfer-Encoding: identity\r\n\r\n",
    kPost + "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n",
    kPost + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    kPost + "Transfer-Encoding:\r\n\r\n",
    "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
};

const std::vector<std::string> kOthers = {
    // Hosts.
    "GET / HTTP/1.1\r\n\r\n",
    kGet + "Host: h\r\n\r\n",
    "GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n",
    // Targets.
    "GET http://h/ HTTP/1.1\r\nHost: h\r\n\r\n",
    "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
    "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n",
    "GET  / HTTP/1.1\r\nHost: h\r\n\r\n",
    "GET /\tHTTP/1.1\r\nHost: h\r\n\r\n",
    // Expectations.
    kPost + "Expect: 100-continue\r\nExpect: 100-continue\r\n\r\n",
    kPost + "Expect: something\r\n\r\n",
    // Versions.
    "GET /\r\n\r\n",
    "GET / HTTP/0.9\r\nHost: h\r\n\r\n",
    "GET / HTTP/1.2\r\nHost: h\r\n\r\n",
    "GET / HTTP/2.0\r\nHost: h\r\n\r\n",
    "GET / HTTP/1.10\r\nHost: h\r\n\r\n",
    "GET / http/1.1\r\nHost: h\r\n\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    // Another protocol altogether.
    "\x16\x03\x01\x02",
    "G@T / HTTP/1.1\r\nHost: h\r\n\r\n",
    // Chunks.
    kChunked + "3\nabc\r\n0\r\n\r\n",
    kChunked + "3\r\nabcd\r\n0\r\n\r\n",
    kChunked + "3\r\nabc\n0\r\n\r\n",
    kChunked + "-3\r\nabc\r\n0\r\n\r\n",
    kChunked + "0x3\r\nabc\r\n0\r\n\r\n",
    kChunked + " 3\r\nabc\r\n0\r\n\r\n",
    kChunked + "3;a=b\r\nabc\r\n0\r\n\r\n",
    kChunked + "3;a=\"\n\"\r\nabc\r\n0\r\n\r\n",
    kChunked + "3\r\nabc\r\n0;a\r\n\r\n",
    kChunked + "3\r\nabc\r\n0\r\nX-Trailer: 1\r\n\r\n",
    kChunked + "3\r\nabc\r\n0\r\nContent-Length: 5\r\n\r\n",
    kChunked + "\r\n",
    kChunked + "fffffffffffffffff\r\n",
    kChunked + "5;a=\"",
    kChunked + "0\r\nabc\r\n\r\n",
};

TEST(RequestParserTest, RefusesWhatHasTwoReadings) {
  for (const std::vector<std::string>* const cases : {&kLines, &kFraming, &kOthers}) {
    for (const std::string& bytes : *cases) {
      for (const size_t step : {size_t{1}, size_t{7}, bytes.size()}) {
        RequestParser parser(kLimits);
        Feed(&parser, bytes, step);
        ASSERT_EQ(parser.state(), State::kRefused) << bytes << " by " << step;
        EXPECT_EQ(parser.refusal(), 400) << bytes;
      }
    }
  }
}

std::string WithHead(size_t size) {
  const std::string start = "GET / HTTP/1.1\r\nHost: h\r\nX: ";
  return absl::StrCat(start, std::string(size - start.size() - 4, 'x'), "\r\n\r\n");
}

TEST(RequestParserTest, BoundsTheHead) {
  for (const size_t step : {1, 100, 100000}) {
    RequestParser at(kLimits);
    Feed(&at, WithHead(1024), step);
    EXPECT_EQ(at.state(), State::kComplete);
    RequestParser past(kLimits);
    Feed(&past, WithHead(1025), step);
    ASSERT_EQ(past.state(), State::kRefused);
    EXPECT_EQ(past.refusal(), 431);
  }
  RequestParser endless(kLimits);
  Feed(&endless, "GET /" + std::string(5000, 'a'));
  ASSERT_EQ(endless.state(), State::kRefused);
  EXPECT_EQ(endless.refusal(), 431);
}

TEST(RequestParserTest, BoundsTheNumberOfHeaders) {
  std::string head = "GET / HTTP/1.1\r\nHost: h\r\n";
  for (int i = 0; i < 19; ++i) absl::StrAppend(&head, "X: ", i, "\r\n");
  RequestParser at(kLimits);
  Feed(&at, head + "\r\n");
  EXPECT_EQ(at.state(), State::kComplete);
  RequestParser past(kLimits);
  Feed(&past, head + "X: 19\r\n\r\n");
  ASSERT_EQ(past.state(), State::kRefused);
  EXPECT_EQ(past.refusal(), 431);
}

TEST(RequestParserTest, BoundsTheBody) {
  const std::string length = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: ";
  const std::string chunked = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string hundred(100, 'b');
  const std::string fifty = absl::StrCat("32\r\n", hundred.substr(50), "\r\n");
  for (const std::string& bytes : {absl::StrCat(length, "100\r\n\r\n", hundred),
                                   absl::StrCat(chunked, fifty, fifty, "0\r\n\r\n")}) {
    RequestParser parser(kLimits);
    Feed(&parser, bytes);
    EXPECT_EQ(parser.state(), State::kComplete) << bytes;
    EXPECT_EQ(parser.body_size(), 100);
  }
  // By its length, before any of it; by its chunks, before the one that is too much.
  for (const std::string& bytes :
       {absl::StrCat(length, "101\r\n\r\n"), absl::StrCat(length, "18446744073709551615\r\n\r\n"),
        absl::StrCat(chunked, fifty, fifty, "1\r\n"), absl::StrCat(chunked, "65\r\n"),
        absl::StrCat(chunked, "ffffffffffffffff\r\n")}) {
    RequestParser parser(kLimits);
    Feed(&parser, bytes);
    ASSERT_EQ(parser.state(), State::kRefused) << bytes;
    EXPECT_EQ(parser.refusal(), 413) << bytes;
    EXPECT_LE(parser.body_size(), 100);
  }
}

TEST(RequestParserTest, BoundsWhatStandsBeforeAChunk) {
  RequestParser parser(kLimits);
  Feed(&parser,
       "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(5000, '0'),
       100);
  ASSERT_EQ(parser.state(), State::kRefused);
  EXPECT_EQ(parser.refusal(), 400);
}

}  // namespace
}  // namespace portcullis::http
