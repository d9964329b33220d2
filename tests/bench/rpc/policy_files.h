// Policies as an operator writes them: files of YAML, as many as a benchmark wants.
#ifndef PORTCULLIS_TESTS_BENCH_RPC_POLICY_FILES_H_
#define PORTCULLIS_TESTS_BENCH_RPC_POLICY_FILES_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::bench {

struct PolicyFile {
  std::string name;
  std::string text;
};

// How many users are in one file: about 50 kilobytes.
inline constexpr size_t kUsersPerFile = 20;

// Users like World::AddUsers()'s with their policies, and their account. Their policies want one
// department instead of one of two, and statements have no names, to stay within the quota of what
// a user's inline policies may weigh.
std::vector<PolicyFile> UserFiles(size_t policy_count);

// The file of UserFiles() in which `user` is. `department` is what the policies in it want
// app:department to be: "blue" in UserFiles().
PolicyFile FileOfUser(size_t user, size_t user_count, std::string_view department);

}  // namespace portcullis::bench

#endif  // PORTCULLIS_TESTS_BENCH_RPC_POLICY_FILES_H_
