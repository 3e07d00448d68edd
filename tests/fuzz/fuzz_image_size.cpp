// What headers of pictures say: datasets/image_size.h. Their pixels are OpenCV's to decode.
#include "datasets/image_size.h"
#include "fuzz_target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return espalier::fuzz::feed(data, size, [](auto bytes) { espalier::datasets::size_of_image(bytes); });
}
