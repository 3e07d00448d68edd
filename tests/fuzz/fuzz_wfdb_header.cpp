// WFDB headers: datasets/wfdb_record.h.
#include "datasets/wfdb_record.h"
#include "fuzz_target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return espalier::fuzz::feed(data, size, [](auto bytes) {
    espalier::datasets::parse_wfdb_header(espalier::fuzz::text_of(bytes), "fuzz.hea");
  });
}
