#include "server/policy/request.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "absl/strings/ascii.h"

namespace portcullis::policy {
namespace {

constexpr size_t kActionSizeMin = 3;
constexpr size_t kActionSizeMax = 128;
constexpr size_t kResourceBytesMax = 2048;

bool IsServiceCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-';
}

bool IsActionCharacter(char c) {
  return IsServiceCharacter(c) || c == '_';
}

bool IsControlCharacter(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F;
}

// Eight characters at a time: every request's resource passes here.
bool HasControlCharacter(std::string_view text) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  constexpr uint64_t kHighBits = kOnes * 0x80;
  while (text.size() >= sizeof(uint64_t)) {
    uint64_t word;
    std::memcpy(&word, text.data(), sizeof(word));
    // Whether some byte is below 0x20, or some byte is 0x7F: a borrow can only add bytes to one
    // that is found.
    const uint64_t low = (word - kOnes * 0x20) & ~word & kHighBits;
    const uint64_t differs = word ^ (kOnes * 0x7F);
    const uint64_t deleted = (differs - kOnes) & ~differs & kHighBits;
    if ((low | deleted) != 0) return true;
    text.remove_prefix(sizeof(word));
  }
  return std::any_of(text.begin(), text.end(), IsControlCharacter);
}

// The first eight bytes of a text as a number; those after its end are zero.
uint64_t HeadOf(std::string_view text) {
  uint64_t head = 0;
  if (text.size() >= sizeof(head)) {
    std::memcpy(&head, text.data(), sizeof(head));  // One instruction.
    return head;
  }
  for (size_t i = text.size(); i > 0; --i) {
    head = head << 8 | static_cast<unsigned char>(text[i - 1]);
  }
  return head;
}

// Multiplicative hashing: the upper five bits of a product depend on all bits of the factors.
constexpr uint64_t kFactor = 0x9E3779B97F4A7C15;
constexpr int kUpperFive = 59;
constexpr int kServiceBits = 32;

uint64_t BitOfHash(uint64_t action_hash) {
  return uint64_t{1} << (action_hash >> kUpperFive);
}

}  // namespace

uint64_t ActionHash(std::string_view action_folded) {
  // Beginning and end tell actions apart: `s3:getob...ject`, `s3:putob...ject`.
  const std::string_view tail =
      action_folded.substr(action_folded.size() - std::min<size_t>(action_folded.size(), 8));
  const uint64_t mixed = (HeadOf(action_folded) * kFactor) ^ HeadOf(tail) ^ action_folded.size();
  return mixed * kFactor;
}

uint64_t ActionBit(std::string_view action_folded) {
  return BitOfHash(ActionHash(action_folded));
}

uint64_t ServiceBit(std::string_view service_folded) {
  const uint64_t mixed = HeadOf(service_folded) ^ service_folded.size();
  return uint64_t{1} << (kServiceBits + (mixed * kFactor >> kUpperFive));
}

bool IsActionName(std::string_view text) {
  if (text.size() < kActionSizeMin || text.size() > kActionSizeMax) return false;
  const size_t colon = text.find(':');
  if (colon == 0 || colon == std::string_view::npos || colon + 1 == text.size()) return false;
  const std::string_view name = text.substr(colon + 1);
  return std::all_of(text.begin(), text.begin() + colon, IsServiceCharacter) &&
         std::all_of(name.begin(), name.end(), IsActionCharacter);
}

bool IsResourceName(std::string_view text) {
  std::optional<ArnView> arn;
  return ReadResourceName(text, &arn);
}

bool ReadResourceName(std::string_view text, std::optional<ArnView>* arn) {
  arn->reset();
  if (text == "*") return true;
  if (text.size() > kResourceBytesMax) return false;
  if (HasControlCharacter(text)) return false;
  *arn = ArnView::Parse(text);
  return arn->has_value();
}

void PrepareRequest(const Principal& principal, std::string_view action, std::string_view resource,
                    std::string_view owner, const RequestContext* context,
                    AuthorizationRequest* request) {
  PrepareAction(action, request);
  PrepareResource(principal, resource, ArnView::Parse(resource), owner, context, request);
}

void PrepareAction(std::string_view action, AuthorizationRequest* request) {
  request->action = action;
  request->action_folded.assign(action);
  absl::AsciiStrToLower(&request->action_folded);
  request->service_size = static_cast<uint32_t>(std::min(action.find(':'), action.size()));
  request->action_hash = ActionHash(request->action_folded);
  request->action_bits = BitOfHash(request->action_hash) | ServiceBit(request->service_folded());
}

void PrepareResource(const Principal& principal, std::string_view resource,
                     const std::optional<ArnView>& arn, std::string_view owner,
                     const RequestContext* context, AuthorizationRequest* request) {
  request->principal = principal;
  request->resource = resource;
  request->resource_arn = arn;
  request->context = context;

  // The account field may name no account at all: `aws` in the ARNs of managed policies.
  request->resource_account = owner;
  if (owner.empty() && request->resource_arn.has_value() &&
      IsAccountId(request->resource_arn->account)) {
    request->resource_account = request->resource_arn->account;
  }
  if (request->resource_account.empty()) request->resource_account = principal.account;
}

}  // namespace portcullis::policy
