// Both readers of ONNX: of networks made elsewhere (importing/onnx/reader.h) and of the project's own int8 files
// (exporting/onnx/quantized_reader.h).
#include "exporting/onnx/quantized_reader.h"
#include "fuzz_target.h"
#include "importing/onnx/reader.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace espalier;
  fuzz::feed(data, size, [](auto bytes) { importing::onnx::read(fuzz::text_of(bytes), "/nowhere", "fuzz.onnx", {}); });
  return fuzz::feed(data, size, [](auto bytes) { exporting::onnx::read_quantized(bytes, "fuzz.onnx"); });
}
