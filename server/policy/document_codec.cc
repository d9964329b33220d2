#include "server/policy/document_codec.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "server/base/text.h"

namespace portcullis::policy {
namespace {

// What documents have in common. The first byte is never referred to: position zero means none.
constexpr std::string_view kDictionary =
    R"( {"Version":"2012-10-17","Statement":[{"Sid":"","Effect":"Deny","NotAction":["",)"
    R"("NotResource":["},{"Effect":"Allow","Principal":{"Service":".amazonaws.com"},)"
    R"("Action":"sts:AssumeRole"}]}{"Federated":"arn:aws:iam::oidc-provider/saml-provider/)"
    R"("AWS":["arn:aws:sts::assumed-role/:root",user/role/policy/"Resource":"*")"
    R"("arn:aws:s3:::dynamodb:ec2:sqs:sns:kms:lambda:logs:ssm:)"
    R"(,"Condition":{"NumericLessThanEquals":{"DateGreaterThan":{"Null":{"IpAddress":{)"
    R"("ArnLike":{"ForAllValues:ForAnyValue:StringNotEqualsIfExists":{"StringLike":{"Bool":{)"
    R"("aws:MultiFactorAuthPresent":"true"aws:SourceArnaws:SourceIp":"aws:PrincipalTag/)"
    R"(aws:ResourceTag/aws:RequestTag/aws:TagKeysaws:PrincipalOrgIDaws:SecureTransport":"false")"
    R"("}}}]}","Resource":["GetObjectPutObjectDeleteObjectListBucketDescribe","Action":[")"
    R"("},"Action":"","Resource":"arn:aws:","Condition":{"StringEquals":{"aws:":["","]}}}]})"
    R"({"Version":"2012-10-17","Statement":{"Sid":"","Effect":"Allow","Action":")";

// The encoded form. A byte is a character of the text, but for those below kLiteralNext, which
// refer to 4 to 34 characters at a position of 16 bits, given next, low byte first: in the
// dictionary, in the context behind it, or in the text so far, which is behind that. kLiteralNext
// says that the next byte is a character.
constexpr unsigned char kLiteralNext = 0x1F;
constexpr size_t kReferenceMin = 4;
constexpr size_t kReferenceMax = kReferenceMin + kLiteralNext - 1;
constexpr size_t kPositionsMax = size_t{1} << 16;

// Where four characters stood last, by their hash.
using Positions = std::array<uint16_t, 4096>;

size_t HashAt(std::string_view window, size_t position) {
  uint32_t four;
  std::memcpy(&four, window.data() + position, sizeof(four));
  return (four * 2654435761U) >> 20;  // Of 32 bits, the upper 12.
}

void Remember(std::string_view window, size_t position, Positions* positions) {
  if (position + kReferenceMin > window.size() || position >= kPositionsMax) return;
  (*positions)[HashAt(window, position)] = static_cast<uint16_t>(position);
}

const Positions& DictionaryPositions() {
  static const auto* const positions = [] {
    auto* made = new Positions();
    for (size_t i = 1; i < kDictionary.size(); ++i) Remember(kDictionary, i, made);
    return made;
  }();
  return *positions;
}

// How many characters from `position` on are also those from an earlier place on.
size_t MatchSize(std::string_view window, size_t earlier, size_t position) {
  const size_t limit = std::min(window.size() - position, kReferenceMax);
  size_t size = 0;
  while (size < limit && window[earlier + size] == window[position + size]) ++size;
  return size;
}

}  // namespace

std::string EncodeDocument(std::string_view text, std::string_view context) {
  const std::string window = base::Concat({kDictionary, context, text});
  Positions positions = DictionaryPositions();
  const size_t begin = window.size() - text.size();
  for (size_t i = kDictionary.size(); i < begin; ++i) Remember(window, i, &positions);
  std::string encoded;
  for (size_t at = begin; at < window.size();) {
    const bool whole = at + kReferenceMin <= window.size();
    const size_t earlier = whole ? positions[HashAt(window, at)] : 0;
    const size_t size = earlier == 0 ? 0 : MatchSize(window, earlier, at);
    if (size < kReferenceMin) {
      const char c = window[at];
      if (static_cast<unsigned char>(c) <= kLiteralNext) {
        encoded.push_back(static_cast<char>(kLiteralNext));
      }
      encoded.push_back(c);
      Remember(window, at++, &positions);
      continue;
    }
    encoded.push_back(static_cast<char>(size - kReferenceMin));
    encoded.push_back(static_cast<char>(earlier & 0xFF));
    encoded.push_back(static_cast<char>(earlier >> 8));
    for (const size_t end = at + size; at < end; ++at) Remember(window, at, &positions);
  }
  return encoded;
}

std::string DecodeDocument(std::string_view encoded, std::string_view context) {
  std::string window = base::Concat({kDictionary, context});
  const size_t begin = window.size();
  window.reserve(begin + encoded.size() * 5);
  const auto byte_at = [&](size_t i) {
    return i < encoded.size() ? static_cast<unsigned char>(encoded[i]) : size_t{0};
  };
  for (size_t i = 0; i < encoded.size();) {
    const size_t first = byte_at(i++);
    if (first > kLiteralNext) {
      window.push_back(static_cast<char>(first));
    } else if (first == kLiteralNext) {
      window.push_back(static_cast<char>(byte_at(i++)));
    } else {
      const size_t earlier = byte_at(i) | byte_at(i + 1) << 8;
      i += 2;
      // One by one: the characters may include some that this very reference adds.
      for (size_t k = 0; k < first + kReferenceMin && earlier + k < window.size(); ++k) {
        window.push_back(window[earlier + k]);
      }
    }
  }
  return window.substr(begin);
}

}  // namespace portcullis::policy
