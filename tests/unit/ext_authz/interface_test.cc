// Our own text of Envoy's interface against a table of what the interface is: a number that differs
// would not fail, it would be read as something else.
#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"

#include "envoy/service/auth/v3/external_auth.grpc.pb.h"

namespace portcullis::ext_authz {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;

std::string TypeOf(const FieldDescriptor& field) {
  if (field.is_map()) {
    return absl::StrCat("map<", TypeOf(*field.message_type()->map_key()), ", ",
                        TypeOf(*field.message_type()->map_value()), ">");
  }
  if (field.message_type() != nullptr) return field.message_type()->full_name();
  if (field.enum_type() != nullptr) return field.enum_type()->full_name();
  return field.type_name();
}

void Describe(const EnumDescriptor& values, std::vector<std::string>* lines) {
  for (int i = 0; i < values.value_count(); ++i) {
    lines->push_back(absl::StrCat(values.full_name(), ": ", values.value(i)->name(), " = ",
                                  values.value(i)->number()));
  }
}

void Describe(const Descriptor& message, std::vector<std::string>* lines) {
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    const bool repeated = field.is_repeated() && !field.is_map();
    std::string line = absl::StrCat(message.full_name(), ": ", repeated ? "repeated " : "",
                                    TypeOf(field), " ", field.name(), " = ", field.number());
    if (field.real_containing_oneof() != nullptr) {
      absl::StrAppend(&line, " of ", field.real_containing_oneof()->name());
    }
    lines->push_back(line);
  }
  for (int i = 0; i < message.enum_type_count(); ++i) Describe(*message.enum_type(i), lines);
  for (int i = 0; i < message.nested_type_count(); ++i) {
    if (!message.nested_type(i)->options().map_entry()) Describe(*message.nested_type(i), lines);
  }
}

void Describe(const FileDescriptor& file, std::vector<std::string>* lines) {
  for (int i = 0; i < file.message_type_count(); ++i) Describe(*file.message_type(i), lines);
  for (int i = 0; i < file.enum_type_count(); ++i) Describe(*file.enum_type(i), lines);
  for (int i = 0; i < file.service_count(); ++i) {
    for (int j = 0; j < file.service(i)->method_count(); ++j) {
      const auto& method = *file.service(i)->method(j);
      EXPECT_FALSE(method.client_streaming() || method.server_streaming());
      lines->push_back(absl::StrCat(file.service(i)->full_name(), ": ", method.name(), "(",
                                    method.input_type()->full_name(), ") returns ",
                                    method.output_type()->full_name()));
    }
  }
}

TEST(Interface, IsEnvoys) {
  std::ifstream table("tests/unit/ext_authz/interface.txt");
  ASSERT_TRUE(table.is_open());
  std::vector<std::string> expected;
  for (std::string line; std::getline(table, line);) {
    if (!line.starts_with('#')) expected.push_back(line);
  }
  ASSERT_EQ(expected.size(), 137U);

  std::vector<std::string> lines;
  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  // That the program links the file is what makes it known to the pool.
  ASSERT_EQ(envoy::service::auth::v3::CheckRequest::descriptor()->file()->name(),
            "envoy/service/auth/v3/external_auth.proto");
  for (const char* name : {"google/rpc/status.proto", "envoy/type/v3/http_status.proto",
                           "envoy/config/core/v3/address.proto", "envoy/config/core/v3/base.proto",
                           "envoy/service/auth/v3/attribute_context.proto",
                           "envoy/service/auth/v3/external_auth.proto"}) {
    const FileDescriptor* file = pool->FindFileByName(name);
    ASSERT_NE(file, nullptr) << name;
    Describe(*file, &lines);
  }
  EXPECT_THAT(lines, ::testing::UnorderedElementsAreArray(expected));
}

TEST(Interface, IsCalledByEnvoysName) {
  EXPECT_STREQ(envoy::service::auth::v3::Authorization::service_full_name(),
               "envoy.service.auth.v3.Authorization");
}

}  // namespace
}  // namespace portcullis::ext_authz
