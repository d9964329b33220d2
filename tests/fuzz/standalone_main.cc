// Runs one fuzzer once on each input named on the command line, without libFuzzer: a file is an
// input, a directory is searched for files. So the seeds are a regression test for every compiler.
//
// Exits with 1 if there is no input at all: a test that ran nothing has shown nothing.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

namespace fs = std::filesystem;

bool RunFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file.is_open() || file.bad()) {
    std::cerr << path.string() << ": cannot be read\n";
    return false;
  }
  // A copy of exactly this size: reading past its end is reading past the heap block.
  const std::vector<uint8_t> input(bytes.begin(), bytes.end());
  std::cerr << "running " << path.string() << "\n";
  LLVMFuzzerTestOneInput(input.data(), input.size());
  return true;
}

std::vector<fs::path> FindInputs(const fs::path& argument) {
  if (!fs::is_directory(argument)) return {argument};
  std::vector<fs::path> inputs;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(argument)) {
    if (entry.is_regular_file()) inputs.push_back(entry.path());
  }
  return inputs;
}

}  // namespace

int main(int argument_count, char** arguments) {
  int count = 0;
  for (int i = 1; i < argument_count; ++i) {
    for (const fs::path& path : FindInputs(arguments[i])) {
      if (!RunFile(path)) return EXIT_FAILURE;
      ++count;
    }
  }
  std::cout << count << " inputs\n";
  return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
