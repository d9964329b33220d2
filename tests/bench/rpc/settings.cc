#include "tests/bench/rpc/settings.h"

#include <charconv>
#include <cstdio>
#include <string_view>
#include <system_error>

namespace portcullis::bench {
namespace {

Settings& Mutable() {
  static Settings settings;
  return settings;
}

bool ParseRounds(std::string_view text, int* rounds) {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, *rounds);
  return error == std::errc() && stop == end && *rounds > 0;
}

}  // namespace

const Settings& TheSettings() {
  return Mutable();
}

bool TakeSettings(int* argc, char** argv) {
  constexpr std::string_view kRounds = "--rounds=";
  constexpr std::string_view kCerbos = "--cerbos=";
  int kept = 1;
  int rounds = 0;
  for (int i = 1; i < *argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--smoke") {
      Mutable().smoke = true;
    } else if (argument.starts_with(kCerbos)) {
      Mutable().cerbos = argument.substr(kCerbos.size());
    } else if (!argument.starts_with(kRounds)) {
      argv[kept++] = argv[i];
    } else if (!ParseRounds(argument.substr(kRounds.size()), &rounds)) {
      std::fprintf(stderr, "--rounds takes a number from 1\n");
      return false;
    }
  }
  *argc = kept;
  if (TheSettings().smoke) rounds = 1;
  if (rounds > 0) Mutable().rounds = rounds;
  return true;
}

}  // namespace portcullis::bench
