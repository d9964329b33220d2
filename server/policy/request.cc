#include "server/policy/request.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "server/base/text.h"

namespace portcullis::policy {
namespace {

constexpr size_t kActionSizeMin = 3;
constexpr size_t kActionSizeMax = 128;
constexpr size_t kResourceBytesMax = 2048;

// What may stand in an action, before its colon and after it.
constexpr uint8_t kInService = 1;
constexpr uint8_t kInAction = 2;

constexpr auto kCharacterKinds = [] {
  std::array<uint8_t, 256> kinds = {};
  for (const char c : std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789.-")) {
    kinds[static_cast<unsigned char>(c)] = kInService | kInAction;
  }
  kinds['_'] = kInAction;
  return kinds;
}();

bool AllAre(uint8_t kind, std::string_view text) {
  return std::all_of(text.begin(), text.end(), [kind](char c) {
    return (kCharacterKinds[static_cast<unsigned char>(c)] & kind) != 0;
  });
}

bool IsControlCharacter(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F;
}

// Whether one of the eight characters at `text` is.
bool HasControlInWord(const char* text) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  constexpr uint64_t kHighBits = kOnes * 0x80;
  uint64_t word;
  std::memcpy(&word, text, sizeof(word));
  // Whether some byte is below 0x20, or some byte is 0x7F: a borrow can only add bytes to one that
  // is found.
  const uint64_t low = (word - kOnes * 0x20) & ~word & kHighBits;
  const uint64_t differs = word ^ (kOnes * 0x7F);
  const uint64_t deleted = (differs - kOnes) & ~differs & kHighBits;
  return (low | deleted) != 0;
}

// Eight characters at a time, the last eight again where need be: every request's resource passes
// here.
bool HasControlCharacter(std::string_view text) {
  constexpr size_t kWord = sizeof(uint64_t);
  if (text.size() < kWord) return std::any_of(text.begin(), text.end(), IsControlCharacter);
  const char* const last = text.data() + text.size() - kWord;
  for (const char* word = text.data(); word < last; word += kWord) {
    if (HasControlInWord(word)) return true;
  }
  return HasControlInWord(last);
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
  return AllAre(kInService, text.substr(0, colon)) && AllAre(kInAction, text.substr(colon + 1));
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
  if (arn->emplace().Read(text)) return true;
  arn->reset();
  return false;
}

void PrepareRequest(const Principal& principal, std::string_view action, std::string_view resource,
                    std::string_view owner, const RequestContext* context,
                    AuthorizationRequest* request) {
  PrepareAction(action, request);
  PrepareResource(principal, resource, ArnView::Parse(resource), owner, context, request);
}

void PrepareAction(std::string_view action, AuthorizationRequest* request) {
  request->action = action;
  request->action_folded.resize(action.size());
  base::FoldAsciiInto(action, request->action_folded.data());
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
