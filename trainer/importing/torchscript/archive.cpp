#include "importing/torchscript/archive.h"

#include <caffe2/serialize/inline_container.h>

#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "base/text.h"

namespace espalier::importing::torchscript {

constexpr std::uintmax_t most_of_code = 64 << 20;  // which is compressed

void refuse_no_archive(const std::string& path, const std::string& what) {
  std::error_code failure;
  if (!std::filesystem::is_regular_file(path, failure)) mistake(path, "does not exist, or is no file");
  std::ifstream file(path, std::ios::binary);
  std::string start(4, '\0');
  file.read(start.data(), 4);
  if (start != "PK\x03\x04") mistake(path, concat("cannot be read as ", what, ": it is no zip archive"));
}

std::uintmax_t most_unpacked(const std::string& path) { return 2 * std::filesystem::file_size(path) + most_of_code; }

void fail_inflated(const std::string& path) {
  mistake(path, concat("would unpack to many times its ", std::filesystem::file_size(path),
                       " bytes; PyTorch stores tensors as they are"));
}

void refuse_inflated(caffe2::serialize::PyTorchStreamReader& archive, const std::string& path) {
  const auto most = most_unpacked(path);
  std::uintmax_t total = 0;
  for (const auto& record : archive.getAllRecords()) {
    const std::uintmax_t more = archive.getRecordSize(record);
    if (more > most - total) fail_inflated(path);
    total += more;
  }
}

}  // namespace espalier::importing::torchscript
