// IDX: datasets/idx_array.h.
#include "datasets/idx_array.h"
#include "fuzz_target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return espalier::fuzz::feed(data, size, [](auto bytes) { espalier::datasets::parse_idx(bytes, "fuzz.idx"); });
}
