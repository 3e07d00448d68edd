#include "importing/torchscript/archive.h"

#include <caffe2/serialize/inline_container.h>

#include <filesystem>

#include "base/error.h"
#include "base/text.h"

namespace espalier::importing::torchscript {

constexpr std::uintmax_t most_of_code = 64 << 20;  // which is compressed

void refuse_inflated(caffe2::serialize::PyTorchStreamReader& archive, const std::string& path) {
  const auto size = std::filesystem::file_size(path), most = 2 * size + most_of_code;
  std::uintmax_t total = 0;
  for (const auto& record : archive.getAllRecords()) {
    const std::uintmax_t more = archive.getRecordSize(record);
    if (more > most - total)
      mistake(path, concat("would unpack to many times its ", size, " bytes; PyTorch stores tensors as they are"));
    total += more;
  }
}

}  // namespace espalier::importing::torchscript
