// Between the messages of AuthorizationService and the engine's questions and answers.
#ifndef PORTCULLIS_SERVER_SERVICE_TRANSLATE_H_
#define PORTCULLIS_SERVER_SERVICE_TRANSLATE_H_

#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "google/protobuf/timestamp.pb.h"

#include "portcullis/v1/authorization_service.pb.h"
#include "portcullis/v1/security_token_service.pb.h"
#include "server/engine/query.h"
#include "server/rpc/status.h"

namespace portcullis::service {

// Memory for the lists of one question, kept from call to call by the thread that translates: after
// the first calls translating allocates nothing. Holds views of the message it last translated.
class QueryScratch {
 public:
  // Makes room for the lists of a question. Lists made afterwards stay valid until the next Reset,
  // as long as no more is put into them than was announced here.
  void Reset(size_t entries, size_t values, size_t items);

  template <typename Entry>
  absl::Span<const engine::ContextInput> AddContext(
      const google::protobuf::RepeatedPtrField<Entry>& entries);
  void AddItem(const engine::QueryItem& item) { items_.push_back(item); }
  absl::Span<const engine::QueryItem> items() const { return items_; }

 private:
  std::vector<std::string_view> values_;
  std::vector<engine::ContextInput> context_;
  std::vector<engine::QueryItem> items_;
};

// Translate a question. Views in `query` refer to the message and to `scratch`. What the engine
// checks for every transport (syntax of actions, resources and keys, who may assert) is left to it;
// these check what only this transport can get wrong: a missing caller or action, too many items.
// INVALID_ARGUMENT names the field.
absl::Status ToQuery(const v1::AuthorizeRequest& request, const engine::Peer& peer,
                     QueryScratch* scratch, engine::Query* query);
absl::Status ToQuery(const v1::BatchAuthorizeRequest& request, const engine::Peer& peer,
                     QueryScratch* scratch, engine::Query* query);

// INVALID_ARGUMENT if these are no or too many questions.
absl::Status CheckQuestions(const v1::StreamAuthorizeRequest& request);

// The context of an AssumeRole request.
absl::Span<const engine::ContextInput> ToContext(
    const google::protobuf::RepeatedPtrField<v1::StsContextEntry>& entries, QueryScratch* scratch);

// Translate an answer. `explain`: as in the question. REQUIRES: answer.items.size() == 1 for
// AuthorizeResponse. Overwrites `response` and reuses its memory.
void ToProto(const engine::Answer& answer, bool explain, v1::AuthorizeResponse* response);
void ToProto(const engine::Answer& answer, bool explain, v1::BatchAuthorizeResponse* response);

void ToProto(const rpc::ErrorWords& words, v1::StreamAuthorizeError* error);

v1::Decision ToProto(policy::Effect effect);

// Leaves `timestamp` absent for infinite times. `set` obtains the field: [&] { return mutable_x();
// }.
template <typename MutableField>
void SetTimestamp(absl::Time time, MutableField set) {
  if (time == absl::InfinitePast() || time == absl::InfiniteFuture()) return;
  google::protobuf::Timestamp* timestamp = set();
  const int64_t seconds = absl::ToUnixSeconds(time);
  timestamp->set_seconds(seconds);
  timestamp->set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
}

}  // namespace portcullis::service

#endif  // PORTCULLIS_SERVER_SERVICE_TRANSLATE_H_
