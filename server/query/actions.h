// The operations of the endpoint: one row for each.
#ifndef PORTCULLIS_SERVER_QUERY_ACTIONS_H_
#define PORTCULLIS_SERVER_QUERY_ACTIONS_H_

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

#include "server/base/shape.h"
#include "server/engine/accounts.h"
#include "server/engine/administration.h"
#include "server/engine/authorizer.h"
#include "server/engine/directory.h"
#include "server/engine/query.h"
#include "server/engine/sessions.h"
#include "server/metrics/names.h"
#include "server/query/form.h"
#include "server/query/parameter_reader.h"
#include "server/query/xml.h"

namespace portcullis::query {

// What answers. Not owned; outlive the endpoint.
struct Engine {
  engine::Sessions& sessions;
  engine::Accounts& accounts;
  engine::Administration& administration;
  engine::Directory& directory;
  engine::Authorizer& authorizer;
};

struct Action;

// One call of one action.
struct ActionCall {
  const Action& action;
  const Engine& engine;
  const engine::CallerProof& caller;  // kNone for unsigned actions.
  const engine::Peer& peer;
  FormView form;

  // The answer to a call whose parameters cannot be read, for `problem`. Who signed wrongly hears
  // of that first, and of nothing else (spec 7). Recorded, whoever asked.
  absl::Status Refuse(const absl::Status& problem) const;
};

struct Action {
  std::string_view name;
  Service service = Service::kSts;
  bool is_signed = true;
  metrics::QueryAction metric = metrics::QueryAction::kOther;
  // Reads the parameters, asks the engine, shapes its answer: the members of the result.
  absl::StatusOr<base::Shape> (*answer)(const ActionCall& call) = nullptr;
};

// An Action::answer from its three steps: parameters from the form, the engine's answer from these,
// and what of it is sent. `Read(ParameterReader*)`, `Ask(call, parameters)`, `Write(answer)`.
template <auto Read, auto Ask, auto Write>
absl::StatusOr<base::Shape> Answer(const ActionCall& call) {
  ParameterReader reader(call.form);
  const auto parameters = Read(&reader);
  if (absl::Status status = reader.status(); !status.ok()) return call.Refuse(status);
  auto answer = Ask(call, parameters);
  if (!answer.ok()) return answer.status();
  return Write(*answer);
}

// nullptr: there is no such action in that version of the service. Names are case-sensitive.
const Action* FindAction(std::string_view name, std::string_view version);

// All rows: for tests.
absl::Span<const Action> Actions();

}  // namespace portcullis::query

#endif  // PORTCULLIS_SERVER_QUERY_ACTIONS_H_
