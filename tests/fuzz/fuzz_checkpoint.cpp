// What checkpoints/ holds: networks in the metadata of safetensors, graph/saved_network.h. (What a training adds to
// them needs LibTorch: tests/training/test_checkpoint.cpp damages that.)
#include "fuzz_target.h"
#include "graph/saved_network.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace espalier;
  return fuzz::feed(data, size, [](auto bytes) {
    const auto file = graph::decode_safetensors(bytes, "fuzz.safetensors");
    const auto network = graph::take_network(file, graph::read_meta(file, "fuzz.safetensors"), "fuzz.safetensors");
    for (const auto& node : network.nodes) graph::cost_of(network, node);
    graph::TensorFile again;
    auto meta = graph::new_meta("network");
    graph::put_network(again, meta, network);
  });
}
