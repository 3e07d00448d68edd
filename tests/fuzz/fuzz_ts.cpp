// .ts: datasets/ts_file.h.
#include "datasets/series_dataset.h"
#include "datasets/ts_file.h"
#include "fuzz_target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return espalier::fuzz::feed(data, size, [](auto bytes) {
    for (const bool skip : {true, false}) {
      auto file = espalier::datasets::parse_ts(espalier::fuzz::text_of(bytes), "fuzz.ts", skip);
      for (auto& one : file.cases) {
        if (one.values.size() != static_cast<std::size_t>(file.channels * one.length)) __builtin_trap();
        espalier::datasets::fill_gaps(one.values, 1);
      }
    }
  });
}
