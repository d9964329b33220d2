#include <atomic>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include "google/protobuf/util/json_util.h"

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"

#include "client/authorize.h"
#include "client/authorize_stream.h"
#include "client/caller_options.h"
#include "client/commands.h"
#include "client/line_input.h"
#include "server/base/error_reason.h"
#include "server/base/status_macros.h"

namespace portcullis::client {
namespace {

struct StreamCommandOptions {
  CallerOptions caller;
};

// Who asks the questions that do not say so; empty if nobody is named.
absl::StatusOr<v1::AuthorizeRequest> MakeTemplate(const CallerOptions& options,
                                                  const Console& console) {
  v1::AuthorizeRequest question;
  const absl::StatusOr<v1::CallerCredentials> caller = options.Resolve(console);
  if (base::ReasonOf(caller.status()) == "CALLER_MISSING") return question;
  RETURN_IF_ERROR(caller.status());
  RETURN_IF_ERROR(SetCaller(*caller, &question));
  return question;
}

// A result in one line.
std::string LineOf(absl::StatusOr<v1::AuthorizeResponse> answer) {
  v1::StreamAuthorizeResult result;
  if (answer.ok()) {
    *result.mutable_answer() = *std::move(answer);
  } else {
    result.mutable_error()->set_code(static_cast<int>(answer.status().code()));
    result.mutable_error()->set_message(std::string(answer.status().message()));
    result.mutable_error()->set_reason(base::ReasonOf(answer.status()));
  }
  std::string line;
  // Nothing in it that could not be printed.
  return google::protobuf::util::MessageToJsonString(result, &line).ok() ? line + "\n" : "{}\n";
}

// Asks what the lines say. Keeps the first mistake, and asks nothing after it.
class Asker {
 public:
  Asker(AuthorizeStream* stream, v1::AuthorizeRequest by_default, std::ostream* out)
      : stream_(*stream), by_default_(std::move(by_default)), out_(*out) {}

  void Ask(std::string_view line) {
    ++line_count_;
    if (!mistake_.ok()) return;
    v1::AuthorizeRequest question;
    const auto status = google::protobuf::util::JsonStringToMessage(
        {line.data(), line.size()}, &question, google::protobuf::util::JsonParseOptions());
    if (!status.ok()) {
      mistake_ = absl::InvalidArgumentError(
          absl::StrCat("line ", line_count_, " is not a question: ", status.message().as_string()));
      return;
    }
    if (question.caller_case() == v1::AuthorizeRequest::CALLER_NOT_SET) {
      question.MergeFrom(by_default_);
    }
    // By the stream's thread, in the order of the questions.
    stream_.Ask(std::move(question), [this](absl::StatusOr<v1::AuthorizeResponse> answer) {
      out_ << LineOf(std::move(answer)) << std::flush;
      if (!out_.good()) in_vain_ = true;
    });
  }

  const absl::Status& mistake() const { return mistake_; }
  // There is no use in asking more: a mistake, or nobody reads the answers.
  bool hopeless() const { return !mistake_.ok() || in_vain_; }

 private:
  AuthorizeStream& stream_;
  const v1::AuthorizeRequest by_default_;
  std::ostream& out_;
  size_t line_count_ = 0;
  absl::Status mistake_;
  std::atomic<bool> in_vain_ = false;
};

absl::StatusOr<ExitCode> Run(const StreamCommandOptions& options, const CommandContext& context) {
  ASSIGN_OR_RETURN(v1::AuthorizeRequest by_default, MakeTemplate(options.caller, context.console));
  ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, context.Connect());
  AuthorizeStream stream(*connection);
  Asker asker(&stream, std::move(by_default), &context.out());
  LinePipelineOptions pipeline;
  pipeline.input_fd = context.console.input_fd;
  const absl::Status read = AnswerLines(
      pipeline,
      [&asker] { return [&asker](std::string_view line, std::string*) { asker.Ask(line); }; },
      [&](std::string_view) { return !asker.hopeless(); });
  const absl::Status finished = stream.Finish();
  RETURN_IF_ERROR(finished);
  RETURN_IF_ERROR(asker.mistake());
  RETURN_IF_ERROR(read);
  return ExitCode::kOk;
}

}  // namespace

CommandAction SetUpAuthorizeStream(CLI::App& app) {
  auto options = std::make_shared<StreamCommandOptions>();
  options->caller.AddTo(app);
  app.footer(
      "Reads one AuthorizeRequest a line, as JSON, and writes one result a line in the same "
      "order,\n"
      "each as soon as it is known: {\"answer\": ...} or {\"error\": ...}. Questions that name no "
      "caller\nare asked by the one of the options.\n"
      "Exits with 0 when every line was answered, whatever the answers, and otherwise with 2.");
  return ActionOf<StreamCommandOptions>(options, Run);
}

}  // namespace portcullis::client
