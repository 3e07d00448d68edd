// Records of CIFAR-10: datasets/cifar10_records.h.
#include "datasets/cifar10_records.h"
#include "fuzz_target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return espalier::fuzz::feed(data, size, [](auto bytes) { espalier::datasets::parse_cifar10(bytes, "fuzz.bin"); });
}
