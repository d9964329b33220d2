#include <algorithm>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <thread>

#include "client/commands.h"
#include "client/line_input.h"
#include "server/base/json_writer.h"
#include "server/base/status_macros.h"
#include "server/policy/simulation.h"

namespace portcullis::client {
namespace {

struct SimulateOptions {
  unsigned threads = std::max(std::thread::hardware_concurrency(), 1U);
};

// Every thread has a writer of its own, which keeps its memory from line to line.
LineHandler MakeSimulator() {
  return
      [writer = std::make_shared<base::JsonWriter>()](std::string_view line, std::string* answer) {
        policy::SimulateJsonLine(line, writer.get());
        answer->append(writer->text()).push_back('\n');
      };
}

absl::StatusOr<ExitCode> Simulate(const SimulateOptions& options, const CommandContext& context) {
  LinePipelineOptions pipeline;
  pipeline.input_fd = context.console.input_fd;
  pipeline.thread_count = options.threads;
  RETURN_IF_ERROR(AnswerLines(pipeline, MakeSimulator, [&context](std::string_view answers) {
    context.out() << answers << std::flush;
    return context.out().good();
  }));
  return ExitCode::kOk;
}

}  // namespace

CommandAction SetUpSimulateCustomPolicy(CLI::App& app) {
  auto options = std::make_shared<SimulateOptions>();
  app.add_option("--threads", options->threads, "How many threads answer; all cores if left out")
      ->check(CLI::Range(1, 256));
  app.footer(
      "Reads one SimulateCustomPolicy request a line, in the JSON shape of AWS with an optional "
      "Id,\n"
      "and writes one answer a line in the same order, each as soon as it is known. Needs no "
      "server.\n"
      "Exits with 0 when every line was answered; a bad request is answered with its Error.");
  return ActionOf<SimulateOptions>(options, Simulate);
}

}  // namespace portcullis::client
