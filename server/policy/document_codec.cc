#include "server/policy/document_codec.h"

#include <zlib.h>

#include <cstddef>
#include <cstdlib>

#include "server/base/text.h"

namespace portcullis::policy {
namespace {

// What documents have in common, the most frequent last: near references are shorter.
constexpr std::string_view kDictionary =
    R"({"Version":"2012-10-17","Statement":[{"Sid":"","Effect":"Deny","NotAction":["",)"
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

constexpr int kRawWindowBits = -15;  // Negative: no zlib header and no checksum.
constexpr int kLevel = 6;
// Documents are small: more memory would have to be cleared for each and finds nothing more.
constexpr int kMemoryLevel = 4;

// zlib's words for what it only reads.
Bytef* Input(std::string_view bytes) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
}

// A thread's compressor: to make one takes longer than a document.
class Compressor {
 public:
  Compressor() {
    if (deflateInit2(&stream_, kLevel, Z_DEFLATED, kRawWindowBits, kMemoryLevel,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
      std::abort();  // There is no memory: a vector in its place would end the program too.
    }
  }
  ~Compressor() { deflateEnd(&stream_); }
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  std::string Compress(std::string_view text, std::string_view dictionary) {
    deflateReset(&stream_);
    deflateSetDictionary(&stream_, Input(dictionary), static_cast<uInt>(dictionary.size()));
    std::string compressed(deflateBound(&stream_, text.size()), '\0');
    stream_.next_in = Input(text);
    stream_.avail_in = static_cast<uInt>(text.size());
    stream_.next_out = reinterpret_cast<Bytef*>(compressed.data());
    stream_.avail_out = static_cast<uInt>(compressed.size());
    deflate(&stream_, Z_FINISH);  // Ends, as there is room for the longest result.
    compressed.resize(stream_.total_out);
    return compressed;
  }

 private:
  z_stream stream_ = {};
};

// Fills `text`, which grows with what there is: deflate makes at most 1,032 bytes from one.
bool InflateInto(z_stream* stream, std::string* text) {
  int result = Z_OK;
  while (result == Z_OK) {
    const size_t done = stream->total_out;
    text->resize(2 * text->size() + 512);
    stream->next_out = reinterpret_cast<Bytef*>(text->data()) + done;
    stream->avail_out = static_cast<uInt>(text->size() - done);
    result = inflate(stream, Z_NO_FLUSH);
  }
  text->resize(stream->total_out);
  return result == Z_STREAM_END && stream->avail_in == 0;
}

}  // namespace

std::string EncodeDocument(std::string_view text, std::string_view context) {
  if (text.empty()) return {};
  thread_local Compressor compressor;
  return compressor.Compress(text, base::Concat({kDictionary, context}));
}

absl::StatusOr<std::string> DecodeDocument(std::string_view encoded, std::string_view context) {
  std::string text;
  if (encoded.empty()) return text;
  const std::string dictionary = base::Concat({kDictionary, context});
  z_stream stream = {};
  stream.next_in = Input(encoded);
  stream.avail_in = static_cast<uInt>(encoded.size());
  if (inflateInit2(&stream, kRawWindowBits) != Z_OK) {
    return absl::ResourceExhaustedError("no memory to read a policy document");
  }
  inflateSetDictionary(&stream, Input(dictionary), static_cast<uInt>(dictionary.size()));
  const bool whole = InflateInto(&stream, &text);
  inflateEnd(&stream);
  if (!whole) return absl::DataLossError("a policy document in memory is damaged");
  return text;
}

}  // namespace portcullis::policy
