// The reader of .tflite files: exporting/tflite/reader.h.
#include "exporting/tflite/reader.h"
#include "fuzz_target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return espalier::fuzz::feed(data, size, [](auto bytes) { espalier::exporting::tflite::read(bytes, "fuzz.tflite"); });
}
