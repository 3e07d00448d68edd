// COCO's annotations: datasets/coco_annotations.h.
#include "datasets/coco_annotations.h"
#include "fuzz_target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return espalier::fuzz::feed(data, size, [](auto bytes) {
    espalier::datasets::parse_coco(std::string(espalier::fuzz::text_of(bytes)), "fuzz.json");
  });
}
