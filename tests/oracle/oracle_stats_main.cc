// Prints how the answers to generated questions are distributed, as a whole and per kind of
// caller, and how many break a law.
//
//   oracle_stats [COUNT [FIRST_SEED]]        default 50000 questions from seed 0
//   oracle_stats --laws [COUNT [FIRST_SEED]] puts every law to every question as well
//   oracle_stats --show SEED                 prints one question and its answer

#include <array>
#include <charconv>
#include <chrono>
#include <iomanip>
#include <iostream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/oracle/generator.h"
#include "tests/oracle/laws.h"
#include "tests/oracle/oracle.h"

namespace portcullis::oracle {
namespace {

std::string KindName(CallerKind kind) {
  switch (kind) {
    case CallerKind::kAnonymous:
      return "anonymous";
    case CallerKind::kUnnamed:
      return "unnamed";
    case CallerKind::kUser:
      return "user";
    case CallerKind::kRoleSession:
      return "role session";
    case CallerKind::kFederatedUser:
      return "federated user";
    case CallerKind::kRoot:
      return "root";
    case CallerKind::kService:
      return "service";
    case CallerKind::kWebIdentity:
      return "web identity";
  }
  return "";
}

void ShowSet(const std::string& title, const PolicySet& set) {
  for (const PolicyText& policy : set) {
    std::cout << title << " " << policy.id << ": " << policy.json << "\n";
  }
}

void ShowContext(const Context& context) {
  for (const auto& [key, values] : context) {
    std::cout << "  " << key << (values.multivalued ? " (list):" : ":");
    for (const std::string& value : values.values) {
      std::cout << " \"" << value << "\"";
    }
    std::cout << "\n";
  }
}

void Show(uint64_t seed) {
  const Question question = Generate(seed);
  const Caller& caller = question.caller;
  std::cout << KindName(caller.kind) << " " << caller.arn << " role=" << caller.role_arn
            << " creator=" << caller.creator_arn << "\n"
            << question.action << " on " << question.resource << " of " << question.resource_account
            << (question.requires_resource_policy ? " (requires resource policy)" : "") << "\n";
  ShowContext(question.context);
  ShowSet("identity", question.identity);
  ShowSet("boundary", question.boundary.value_or(PolicySet{}));
  ShowSet("session", question.session.value_or(PolicySet{}));
  if (question.resource_policy.has_value()) {
    ShowSet("resource", {*question.resource_policy});
  }
  for (const PolicySet& level : question.scp_levels) {
    ShowSet("scp", level);
  }
  for (const PolicySet& level : question.rcp_levels) {
    ShowSet("rcp", level);
  }
  const Verdict verdict = Decide(question);
  std::cout << EffectName(verdict.effect) << "\n";
  for (const auto& [policy, statement] : verdict.determining) {
    std::cout << "  " << policy << " statement " << statement << "\n";
  }
}

using Counts = std::array<uint64_t, 3>;  // by Effect

void PrintCounts(const std::string& title, const Counts& counts) {
  const uint64_t total = counts[0] + counts[1] + counts[2];
  std::cout << std::left << std::setw(16) << title << std::right << std::setw(9) << total;
  for (const Effect effect : {Effect::kAllow, Effect::kExplicitDeny, Effect::kImplicitDeny}) {
    const double share = 100.0 * static_cast<double>(counts[static_cast<size_t>(effect)]) /
                         static_cast<double>(total == 0 ? 1 : total);
    std::cout << "  " << EffectName(effect) << " " << std::fixed << std::setprecision(1)
              << std::setw(5) << share << " %";
  }
  std::cout << "\n";
}

int Count(uint64_t count, uint64_t first_seed, bool laws) {
  const auto begin = std::chrono::steady_clock::now();
  Counts all = {};
  std::map<std::string, Counts> by_kind;
  uint64_t broken = 0;
  for (uint64_t seed = first_seed; seed < first_seed + count; ++seed) {
    const Question question = Generate(seed);
    const auto effect = static_cast<size_t>(Decide(question).effect);
    ++all[effect];
    ++by_kind[KindName(question.caller.kind)][effect];
    if (!laws) {
      continue;
    }
    const auto decide = [](const Question& q) { return Decide(q).effect; };
    for (const std::string& law : BrokenLaws(question, GenerateCap(~seed, question), decide)) {
      std::cout << "seed " << seed << " breaks " << law << "\n";
      ++broken;
    }
  }
  const std::chrono::duration<double, std::micro> spent = std::chrono::steady_clock::now() - begin;
  for (const auto& [kind, counts] : by_kind) {
    PrintCounts(kind, counts);
  }
  PrintCounts("all", all);
  std::cout << std::setprecision(1) << spent.count() / static_cast<double>(count)
            << " us per question\n";
  if (laws) {
    std::cout << broken << " laws broken\n";
  }
  return broken == 0 ? 0 : 1;
}

bool ReadNumber(std::string_view text, uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

int Run(std::vector<std::string_view> arguments) {
  std::string_view mode;
  if (!arguments.empty() && arguments[0].substr(0, 2) == "--") {
    mode = arguments[0];
    arguments.erase(arguments.begin());
  }
  uint64_t count = 50000;
  uint64_t first_seed = 0;
  const bool readable = arguments.size() <= 2 &&
                        (arguments.empty() || ReadNumber(arguments[0], count)) &&
                        (arguments.size() < 2 || ReadNumber(arguments[1], first_seed));
  if (!readable || (!mode.empty() && mode != "--laws" && mode != "--show")) {
    std::cerr << "usage: oracle_stats [--laws | --show] [COUNT [FIRST_SEED]]\n";
    return 2;
  }
  if (mode == "--show") {
    Show(count);
    return 0;
  }
  return Count(count, first_seed, mode == "--laws");
}

}  // namespace
}  // namespace portcullis::oracle

int main(int argc, char** argv) {
  return portcullis::oracle::Run(std::vector<std::string_view>(argv + 1, argv + argc));
}
