// SHA-256 of texts and of sets of texts.
#ifndef PORTCULLIS_SERVER_SOURCE_DIGEST_H_
#define PORTCULLIS_SERVER_SOURCE_DIGEST_H_

#include <memory>
#include <string>
#include <string_view>

namespace portcullis::source {

// In lower-case hex.
std::string DigestOf(std::string_view text);

// Collects parts into one digest. Parts are delimited by their lengths, so that no two different
// sequences of parts look alike.
class DigestBuilder {
 public:
  DigestBuilder();
  ~DigestBuilder();
  DigestBuilder(const DigestBuilder&) = delete;
  DigestBuilder& operator=(const DigestBuilder&) = delete;

  void Add(std::string_view part);
  std::string Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace portcullis::source

#endif  // PORTCULLIS_SERVER_SOURCE_DIGEST_H_
