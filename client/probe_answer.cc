#include "client/probe_answer.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"

#include "server/base/blanks.h"
#include "server/base/numbers.h"
#include "server/base/percent.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"

namespace portcullis::client {
namespace {

constexpr uint64_t kLengthMax = uint64_t{1} << 40;
constexpr std::string_view kProtocol = "HTTP/";

// The line at the start of `rest`, which is then behind it; nullopt if it has not ended yet.
std::optional<std::string_view> TakeLine(std::string_view* rest) {
  const size_t end = rest->find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view line = rest->substr(0, end);
  rest->remove_prefix(end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

int StatusOfLine(std::string_view line) {
  const size_t blank = line.find(' ');
  if (blank == std::string_view::npos) return 0;
  const auto status = base::ParseUnsigned(line.substr(blank + 1, 3), 999);
  return static_cast<int>(status.value_or(0));
}

// Status and headers. False if they have not ended yet.
bool TakeHead(std::string_view* rest, ProbeAnswer* answer) {
  std::optional<std::string_view> line = TakeLine(rest);
  if (!line.has_value()) return false;
  answer->status = StatusOfLine(*line);
  while ((line = TakeLine(rest)).has_value() && !line->empty()) {
    const size_t colon = std::min(line->find(':'), line->size());
    const std::string_view name = line->substr(0, colon);
    const std::string_view value = line->substr(std::min(colon + 1, line->size()));
    answer->headers.emplace_back(absl::AsciiStrToLower(base::AbslView(name)),
                                 base::TrimBlanks(value));
  }
  return line.has_value();
}

std::optional<uint64_t> ChunkSize(std::string_view line) {
  const std::string_view digits = base::TrimBlanks(line.substr(0, line.find(';')));
  if (digits.empty() || digits.size() > 8) return std::nullopt;
  uint64_t size = 0;
  for (const char c : digits) {
    const int digit = base::HexDigitValue(c);
    if (digit < 0) return std::nullopt;
    size = size * 16 + static_cast<uint64_t>(digit);
  }
  return size;
}

// True once the last chunk and its trailers are there. A broken chunk ends the body, too.
bool TakeChunks(std::string_view* rest, std::string* body) {
  while (true) {
    std::optional<std::string_view> line = TakeLine(rest);
    if (!line.has_value()) return false;
    const std::optional<uint64_t> size = ChunkSize(*line);
    if (!size.has_value()) return true;
    if (*size == 0) {
      while ((line = TakeLine(rest)).has_value() && !line->empty()) continue;
      return line.has_value();
    }
    body->append(rest->substr(0, *size));
    if (rest->size() < *size) return false;
    rest->remove_prefix(*size);
    if (!TakeLine(rest).has_value()) return false;
  }
}

// False if it has not ended yet; the body then has what there is.
bool TakeBody(bool bodiless, std::string_view* rest, ProbeAnswer* answer) {
  if (bodiless || answer->status == 204 || answer->status == 304) return true;
  if (answer->Header("transfer-encoding").find("chunked") != std::string_view::npos) {
    return TakeChunks(rest, &answer->body);
  }
  const auto length = base::ParseUnsigned(answer->Header("content-length"), kLengthMax);
  answer->body = std::string(rest->substr(0, length.value_or(rest->size())));
  rest->remove_prefix(answer->body.size());
  // Without a length, or behind a switch of protocols, it goes on to the end of the connection.
  return length.has_value() && answer->body.size() == *length;
}

bool IsInterim(const ProbeAnswer& answer) {
  return answer.status / 100 == 1 && answer.status != 101;
}

}  // namespace

std::string_view ProbeAnswer::Header(std::string_view name) const {
  for (const auto& [known, value] : headers) {
    if (known == name) return value;
  }
  return {};
}

std::vector<ProbeAnswer> ParseAnswers(std::string_view received, const ProbeBytes& sent,
                                      bool is_all) {
  std::vector<ProbeAnswer> answers;
  while (!received.empty() && answers.size() < sent.answers) {
    ProbeAnswer answer;
    if (received.substr(0, kProtocol.size()) != kProtocol) {
      if (!is_all) break;
      answer.body = std::string(received);
      answers.push_back(std::move(answer));
      break;
    }
    const bool has_head = TakeHead(&received, &answer);
    if (has_head && IsInterim(answer)) continue;
    const bool complete =
        has_head && (answer.status == 101 || TakeBody(sent.bodiless, &received, &answer));
    if (!complete && !is_all) break;
    answers.push_back(std::move(answer));
    if (!complete || answers.back().status == 101) break;
  }
  return answers;
}

std::string StatusText(const ProbeAnswer& answer) {
  return answer.status == 0 ? "no HTTP" : base::StrCat(answer.status);
}

}  // namespace portcullis::client
