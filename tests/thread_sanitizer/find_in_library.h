// Finds what a definition of ours stands in front of.
#ifndef PORTCULLIS_TESTS_THREAD_SANITIZER_FIND_IN_LIBRARY_H_
#define PORTCULLIS_TESTS_THREAD_SANITIZER_FIND_IN_LIBRARY_H_

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>

namespace portcullis {

// The function of a shared library that is named `symbol`. Ends the program if there is none: what
// the sanitizer is told would be wrong. Thread-safe.
inline void* FindInLibrary(const char* symbol) {
  void* const found = dlsym(RTLD_NEXT, symbol);
  if (found == nullptr) {
    std::fprintf(stderr, "thread sanitizer support: no library has %s\n", symbol);
    std::abort();
  }
  return found;
}

}  // namespace portcullis

#endif  // PORTCULLIS_TESTS_THREAD_SANITIZER_FIND_IN_LIBRARY_H_
