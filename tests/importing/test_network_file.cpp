#include "importing/network_file.h"

#include "base/error.h"
#include "base/files.h"
#include "catch.h"
#include "reporting/scratch_folder.h"

namespace espalier::importing {
namespace {

std::string refusal(const std::filesystem::path& file) {
  try {
    import_network(file.string(), {1, 4, 4}, graph::standard_operators());
  } catch (const Error& e) {
    CHECK(e.code() == Exit::mistake);
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("files are known by their extension") {
  CHECK(is_onnx_name("a/b.ONNX"));
  CHECK(is_torchscript_name("b.pth"));
  CHECK_FALSE(is_torchscript_name("b.onnx"));
}

TEST_CASE("what cannot be read without LibTorch, or at all, says so") {
  const ScratchFolder scratch;
  for (const char* name : {"a.pt", "a.onnx", "a.bin"}) write_atomically(scratch / name, std::string("nothing"));
  CHECK(refusal(scratch / "a.pt").find("LibTorch") != std::string::npos);
  CHECK(refusal(scratch / "a.onnx").find("a.onnx") != std::string::npos);
  CHECK(refusal(scratch / "a.bin").find("cannot be imported") != std::string::npos);
  CHECK(refusal(scratch / "absent.onnx").find("does not exist") != std::string::npos);
}

}  // namespace espalier::importing
