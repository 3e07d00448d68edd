// WFDB annotations: datasets/wfdb_annotations.h.
#include "datasets/wfdb_annotations.h"

#include "datasets/wfdb_heart_beat.h"
#include "fuzz_target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return espalier::fuzz::feed(data, size, [](auto bytes) {
    espalier::datasets::beats_of(espalier::datasets::parse_wfdb_annotations(bytes, "fuzz.atr"));
  });
}
