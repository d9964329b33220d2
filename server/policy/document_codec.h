// Keeps the text of a policy document in a fifth of its size.
//
// Nearly everything in a document stands elsewhere already: the names of elements are the same in
// all documents, and resources, condition keys and values are in the document's compiled form. Both
// are the dictionary of what is kept, which is raw deflate (RFC 1951) by zlib. Without them deflate
// needs several hundred bytes before it gains as much.
#ifndef PORTCULLIS_SERVER_POLICY_DOCUMENT_CODEC_H_
#define PORTCULLIS_SERVER_POLICY_DOCUMENT_CODEC_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace portcullis::policy {

// `context`: bytes that are likely to have parts in common with the text. Any text can be encoded;
// the result is at most a few bytes longer, and usually much shorter.
// REQUIRES: both are smaller than 4 GiB.
std::string EncodeDocument(std::string_view text, std::string_view context);

// The text. REQUIRES: `encoded` was made with the same context, by this version of the program.
// DATA_LOSS if it was not, as far as that shows: whatever it is, reading it ends, after at most
// about a thousand times as many bytes.
absl::StatusOr<std::string> DecodeDocument(std::string_view encoded, std::string_view context);

}  // namespace portcullis::policy

#endif  // PORTCULLIS_SERVER_POLICY_DOCUMENT_CODEC_H_
