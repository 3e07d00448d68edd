// Tensors by name, as checkpoints hold them: graph/safetensors.h.
#include "fuzz_target.h"
#include "graph/safetensors.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return espalier::fuzz::feed(data, size,
                              [](auto bytes) { espalier::graph::decode_safetensors(bytes, "fuzz.safetensors"); });
}
