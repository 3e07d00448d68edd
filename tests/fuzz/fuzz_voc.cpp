// Pascal VOC's annotations: datasets/voc_annotation.h.
#include "datasets/voc_annotation.h"
#include "fuzz_target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return espalier::fuzz::feed(
      data, size, [](auto bytes) { espalier::datasets::parse_voc(espalier::fuzz::text_of(bytes), "fuzz.xml"); });
}
