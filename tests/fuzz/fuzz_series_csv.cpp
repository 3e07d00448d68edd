// Series in CSV: datasets/series_csv.h.
#include "datasets/series_csv.h"
#include "fuzz_target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return espalier::fuzz::feed(data, size, [](auto bytes) {
    for (const auto& columns : {espalier::datasets::SeriesColumns{{}, "", "", ""}, {{"x"}, "label", "", ""}}) {
      const auto csv = espalier::datasets::parse_series_csv(espalier::fuzz::text_of(bytes), "fuzz.csv", columns, true);
      if (csv.values.size() != csv.channels.size() * static_cast<std::size_t>(csv.rows)) __builtin_trap();
    }
  });
}
