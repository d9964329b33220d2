// Stands in front of the system's header in a build with PORTCULLIS_SANITIZE=thread.
//
// With the thread sanitizer the header gives map fields two members more, and the system's library,
// which was built without, would disagree with our generated code about their layout.
#ifndef PORTCULLIS_TESTS_THREAD_SANITIZER_INCLUDE_GOOGLE_PROTOBUF_MAP_FIELD_H_
#define PORTCULLIS_TESTS_THREAD_SANITIZER_INCLUDE_GOOGLE_PROTOBUF_MAP_FIELD_H_

#pragma push_macro("__SANITIZE_THREAD__")
#undef __SANITIZE_THREAD__
#include_next <google/protobuf/map_field.h>
#pragma pop_macro("__SANITIZE_THREAD__")

#endif  // PORTCULLIS_TESTS_THREAD_SANITIZER_INCLUDE_GOOGLE_PROTOBUF_MAP_FIELD_H_
