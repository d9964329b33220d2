#include "client/credentials.h"

#include <utility>

namespace portcullis::client {

FixedCredentials::FixedCredentials(v1::CallerCredentials credentials)
    : credentials_(std::move(credentials)) {}

}  // namespace portcullis::client
