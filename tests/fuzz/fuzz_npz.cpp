// NumPy's archives, as golden.npz is one: exporting/npz.h.
#include "exporting/npz.h"
#include "fuzz_target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return espalier::fuzz::feed(data, size, [](auto bytes) { espalier::exporting::unpack_npz(bytes, "fuzz.npz"); });
}
