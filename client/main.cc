#include "client/command_line.h"

int main(int argc, char** argv) {
  return portcullis::client::RunCommandLine(argc, argv, portcullis::client::SystemConsole());
}
