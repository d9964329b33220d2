// Keeps the text of a policy document in a quarter of its size.
//
// Nearly everything in a document stands elsewhere already: the names of elements are the same in
// all documents, and resources, condition keys and values are in the document's compiled form. What
// is kept refers to these. General compression needs several hundred bytes before it gains as much.
#ifndef PORTCULLIS_SERVER_POLICY_DOCUMENT_CODEC_H_
#define PORTCULLIS_SERVER_POLICY_DOCUMENT_CODEC_H_

#include <string>
#include <string_view>

namespace portcullis::policy {

// `context`: bytes that are likely to have parts in common with the text. Any text can be encoded;
// the result is at most twice as long, and usually much shorter. Time: linear.
std::string EncodeDocument(std::string_view text, std::string_view context);

// The text. REQUIRES: `encoded` was made with the same context, by this version of the program.
std::string DecodeDocument(std::string_view encoded, std::string_view context);

}  // namespace portcullis::policy

#endif  // PORTCULLIS_SERVER_POLICY_DOCUMENT_CODEC_H_
