#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/policy/request.h"
#include "server/route/refusal.h"
#include "server/route/rule_internal.h"
#include "server/route/table.h"
#include "server/route/values_internal.h"

namespace portcullis::route {
namespace {

using Fit = PathTemplate::Fit;

bool MethodFits(const Matcher& matcher, std::string_view method) {
  if (matcher.methods.empty()) return method != "CONNECT";
  return std::find(matcher.methods.begin(), matcher.methods.end(), method) != matcher.methods.end();
}

bool GrpcFits(const Matcher& matcher, const CanonicalRequest& canonical) {
  if (!matcher.grpc.has_value()) return true;
  const auto fits = [](const std::string& wanted, const std::string& actual) {
    return !actual.empty() && (wanted.empty() || wanted == actual);
  };
  return fits(matcher.grpc->service, canonical.grpc_service) &&
         fits(matcher.grpc->method, canonical.grpc_method);
}

bool HasPathOfGrpcCall(const Matcher& matcher, const CanonicalRequest& canonical) {
  const std::optional<PathTemplate>& path = matcher.grpc->path;
  return path.has_value() && path->FitOf(canonical) != Fit::kNone;
}

// Refusal::kMissingValue if that depends on which of several headers counts.
absl::StatusOr<bool> HeadersFit(const Matcher& matcher, const Request& request) {
  for (const HeaderCondition& condition : matcher.headers) {
    if (condition.value == "*") {
      if (!HasHeader(request, condition.name)) return false;
      continue;
    }
    const HeaderMatch match = MatchHeader(request, condition.name, condition.value);
    if (match.ambiguous) {
      return Refuse(Refusal::kMissingValue,
                    base::Concat({"a rule asks for the header ", base::Quoted(condition.name),
                                  ", which may be several"}));
    }
    if (!match.matches) return false;
  }
  return true;
}

}  // namespace

absl::StatusOr<RuleFit> FitOf(const CompiledRule& rule, const Request& request,
                              const CanonicalRequest& canonical) {
  const Matcher& matcher = rule.matcher;
  if (matcher.connection != request.connection_only) return RuleFit{Fit::kNone, Misfit::kKind};
  if (matcher.connection) return RuleFit{Fit::kExact, Misfit::kNothing};
  if (!MethodFits(matcher, canonical.method)) return RuleFit{Fit::kNone, Misfit::kMethod};
  const bool grpc_fits = GrpcFits(matcher, canonical);
  if (!grpc_fits && !HasPathOfGrpcCall(matcher, canonical)) {
    return RuleFit{Fit::kNone, Misfit::kGrpc};
  }
  const Fit fit = matcher.path.has_value() ? matcher.path->FitOf(canonical) : Fit::kExact;
  if (fit == Fit::kNone) return RuleFit{fit, Misfit::kPath};
  ASSIGN_OR_RETURN(const bool headers_fit, HeadersFit(matcher, request));
  if (!headers_fit) return RuleFit{Fit::kNone, Misfit::kHeaders};
  if (!grpc_fits) return RuleFit{Fit::kLoose, Misfit::kGrpc};
  return RuleFit{fit, fit == Fit::kLoose ? Misfit::kSpelling : Misfit::kNothing};
}

namespace {

// What a rule says about paths, if anything.
const PathTemplate* PathOf(const Matcher& matcher) {
  if (matcher.path.has_value()) return &*matcher.path;
  return matcher.grpc.has_value() && matcher.grpc->path.has_value() ? &*matcher.grpc->path
                                                                    : nullptr;
}

// Whether `taken` may have a request that an earlier rule fits loosely: only if it says as much
// about paths as that one, and not that it takes all.
bool MayTakeFrom(const CompiledRule& taken, const CompiledRule& loose) {
  const PathTemplate* const path = PathOf(taken.matcher);
  return path != nullptr && path->IsAsSpecificAs(*PathOf(loose.matcher));
}

absl::Status RefuseToSlip(const CompiledRule& loose, const CompiledRule& taken) {
  return Refuse(Refusal::kAmbiguousPath,
                base::Concat({loose.matcher.grpc.has_value()
                                  ? "the request is no gRPC call, but the path is that of the rule "
                                  : "but for case or a final slash the path is that of the rule ",
                              base::Quoted(loose.name), ", before ", base::Quoted(taken.name)}));
}

Route RouteTo(const Gateway& gateway, const CompiledRule& rule, const CanonicalRequest& canonical) {
  Route route;
  route.gateway = &gateway;
  route.rule = rule.name;
  route.position = rule.position;
  route.is_public = rule.is_public;
  route.identification = &rule.identification;
  route.compiled = &rule;
  if (rule.matcher.path.has_value()) route.variables = rule.matcher.path->ValuesIn(canonical);
  return route;
}

absl::Status CheckItems(const Question& question) {
  for (const QuestionItem& item : question.items) {
    if (!policy::IsActionName(item.action)) {
      return Refuse(Refusal::kMalformed, "what comes out is no action");
    }
    if (!policy::IsResourceName(item.resource)) {
      return Refuse(Refusal::kMalformed, "what comes out is no resource");
    }
  }
  return absl::OkStatus();
}

absl::Status AskItself(const CompiledRule& rule, const Values& values, Question* question) {
  QuestionItem item;
  RETURN_IF_ERROR(rule.action->AppendTo(values, &item.action));
  RETURN_IF_ERROR(rule.resource->AppendTo(values, &item.resource));
  question->items.push_back(std::move(item));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Route> FindRoute(const Gateway& gateway, const Request& request,
                                const CanonicalRequest& canonical) {
  const CompiledRule* loose = nullptr;
  for (const auto& rule : gateway.rules) {
    ASSIGN_OR_RETURN(const RuleFit found, FitOf(*rule, request, canonical));
    switch (found.fit) {
      case Fit::kNone:
        continue;
      case Fit::kLoose:
        if (loose == nullptr) loose = rule.get();
        continue;
      case Fit::kExact:
        break;
    }
    if (loose == nullptr || MayTakeFrom(*rule, *loose)) return RouteTo(gateway, *rule, canonical);
    return RefuseToSlip(*loose, *rule);
  }
  return Refuse(Refusal::kNoRoute, "no rule is about the request");
}

absl::StatusOr<Question> AskFor(const Route& route, const Request& request,
                                const CanonicalRequest& canonical) {
  const CompiledRule& rule = *route.compiled;
  const Values values = {*route.gateway, request, canonical, route.variables};
  Question question;
  if (rule.action.has_value()) {
    RETURN_IF_ERROR(AskItself(rule, values, &question));
  } else {
    RETURN_IF_ERROR(RowOf(rule.mapping).ask(rule.target, values, &question));
    RETURN_IF_ERROR(CheckItems(question));
  }
  for (const CompiledRule::ContextTemplate& entry : rule.context) {
    std::string value;
    RETURN_IF_ERROR(entry.value.AppendTo(values, &value));
    question.context.push_back({entry.key, {std::move(value)}});
  }
  return question;
}

}  // namespace portcullis::route
