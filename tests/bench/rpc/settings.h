// How this program was called, apart from what Google Benchmark understands.
#ifndef PORTCULLIS_TESTS_BENCH_RPC_SETTINGS_H_
#define PORTCULLIS_TESTS_BENCH_RPC_SETTINGS_H_

#include <string>

namespace portcullis::bench {

struct Settings {
  // --rounds=N: how often every side of a comparison has its turn.
  int rounds = 9;
  // --smoke: everything as small as it can be and still be asked. Times then say nothing.
  bool smoke = false;
  // --cerbos=FILE: Cerbos' server. Without it nothing is compared with it.
  std::string cerbos;
};

const Settings& TheSettings();

// Takes the settings out of the command line. False after a word on standard error if one is wrong.
bool TakeSettings(int* argc, char** argv);

// `usual`, or `least` in a smoke test.
template <typename T>
T Usually(T usual, T least) {
  return TheSettings().smoke ? least : usual;
}

}  // namespace portcullis::bench

#endif  // PORTCULLIS_TESTS_BENCH_RPC_SETTINGS_H_
