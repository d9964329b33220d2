#include "server/rpc/message_bytes.h"

#include <string>
#include <utility>
#include <vector>

#include "grpcpp/support/slice.h"
#include "gtest/gtest.h"

#include "portcullis/v1/authorization_service.pb.h"

namespace portcullis::rpc {
namespace {

using Received = grpc::SerializationTraits<ReceivedMessage>;
using Sent = grpc::SerializationTraits<SentMessage>;

v1::AuthorizeRequest Question(size_t padding = 0) {
  v1::AuthorizeRequest request;
  request.set_principal_arn("arn:aws:iam::111111111111:user/anna");
  request.set_action("s3:GetObject");
  request.set_resource(std::string(padding, 'x'));
  return request;
}

ReceivedMessage Receive(grpc::ByteBuffer bytes) {
  ReceivedMessage received;
  EXPECT_TRUE(Received::Deserialize(&bytes, &received).ok());
  EXPECT_FALSE(bytes.Valid()) << "the bytes belong to the message now";
  return received;
}

// In pieces of `piece` bytes.
grpc::ByteBuffer InPieces(const std::string& text, size_t piece) {
  std::vector<grpc::Slice> slices;
  for (size_t at = 0; at < text.size(); at += piece) slices.emplace_back(text.substr(at, piece));
  return {slices.data(), slices.size()};
}

TEST(MessageBytesTest, ReadsWhatWasSent) {
  for (const size_t padding : {size_t{0}, size_t{1}, size_t{100}, size_t{1'000'000}}) {
    const v1::AuthorizeRequest sent = Question(padding);
    grpc::ByteBuffer bytes;
    bool own_buffer = false;
    ASSERT_TRUE(Sent::Serialize(SentMessage(sent), &bytes, &own_buffer).ok());
    EXPECT_TRUE(own_buffer) << "gRPC destroys what it was given";
    ReceivedMessage received = Receive(std::move(bytes));
    EXPECT_EQ(received.size(), sent.ByteSizeLong());
    v1::AuthorizeRequest read;
    ASSERT_TRUE(received.ReadInto(&read));
    EXPECT_EQ(read.SerializeAsString(), sent.SerializeAsString());
  }
}

TEST(MessageBytesTest, ReadsWhatArrivedInPieces) {
  const std::string sent = Question(1000).SerializeAsString();
  for (const size_t piece : {size_t{1}, size_t{7}, size_t{100}, sent.size()}) {
    ReceivedMessage received = Receive(InPieces(sent, piece));
    EXPECT_EQ(received.size(), sent.size());
    v1::AuthorizeRequest read;
    ASSERT_TRUE(received.ReadInto(&read)) << piece;
    EXPECT_EQ(read.SerializeAsString(), sent) << piece;
  }
}

TEST(MessageBytesTest, LeavesNothingOfTheMessageBefore) {
  v1::AuthorizeRequest read = Question(10);
  read.set_explain(true);
  v1::AuthorizeRequest sent;
  sent.set_action("a:b");
  ASSERT_TRUE(Receive(InPieces(sent.SerializeAsString(), 100)).ReadInto(&read));
  EXPECT_EQ(read.SerializeAsString(), sent.SerializeAsString());
}

TEST(MessageBytesTest, AnEmptyMessageIsOne) {
  v1::AuthorizeRequest read = Question();
  const grpc::Slice nothing;
  ReceivedMessage received = Receive(grpc::ByteBuffer(&nothing, 1));
  EXPECT_EQ(received.size(), 0);
  ASSERT_TRUE(received.ReadInto(&read));
  EXPECT_EQ(read.ByteSizeLong(), 0);
}

TEST(MessageBytesTest, RefusesWhatIsNoMessage) {
  const std::string whole = Question().SerializeAsString();
  for (const std::string& text : {std::string("\xff\xff\xff\xff"), std::string("\x0a\x7f"),
                                  whole.substr(0, whole.size() - 1)}) {
    for (const size_t piece : {size_t{1}, text.size()}) {
      v1::AuthorizeRequest read;
      EXPECT_FALSE(Receive(InPieces(text, piece)).ReadInto(&read));
    }
  }
}

TEST(MessageBytesTest, ForgetsItsBytes) {
  ReceivedMessage received = Receive(InPieces(Question().SerializeAsString(), 100));
  received.Clear();
  EXPECT_EQ(received.size(), 0);
}

}  // namespace
}  // namespace portcullis::rpc
